// SPDX-License-Identifier: Apache-2.0
internal import Text

@testable import Cryptography
@testable import HTTP

/// The input is a file that may be PEM.
///
/// Promises: a block that was read is read the same when it is written again, and its text is
/// Base64 to the stricter decoder too; a private key is never taken; a certificate is read the same
/// from its PEM and its DER.
enum PEMTarget {
    static func test(_ input: [UInt8]) {
        let blocks = (try? PEM.blocks(input)) ?? []
        claim(blocks.count <= PEM.blocksMax, "there are not too many blocks")
        for block in blocks { check(block) }
        if let starts = starts(of: input), !blocks.isEmpty {
            claim(starts.elementsEqual(blocks.map(\.label)), "each BEGIN line is a block")
        }
        if !blocks.isEmpty, !PEM.isBinary(input) {
            claim(PEM.looksLikePEM(input), "what has blocks looks like PEM")
        }
        let found = try? CertificateFile.certificates(in: input)
        if blocks.contains(where: \.isPrivateKey) {
            claim(found == nil, "a private key is refused")
        }
        if let chain = try? ServerChain(in: input) {
            let others = blocks.filter { !$0.isParameters && !$0.isPrivateKey }
            claim(chain.certificates.count == others.count, "no block is left out of a chain")
        }
        guard let found else { return }
        claim(!found.isEmpty, "at least one certificate is read")
        for certificate in found {
            for spelling in [Array(certificate.pem.utf8), certificate.der] {
                let again = try? CertificateFile.certificate(in: spelling)
                claim(again?.der == certificate.der, "either encoding is the same certificate")
            }
        }
        let one = try? CertificateFile.certificate(in: input)
        claim((one != nil) == (found.count == 1), "one certificate is one")
    }

    /// The labels of the lines that begin a block; nil where the file has a byte order mark.
    private static func starts(of input: [UInt8]) -> [String]? {
        guard input.first != 0xef else { return nil }
        return input.split { $0 == 0x0a || $0 == 0x0d }.compactMap { line in
            let text = String(decoding: line, as: UTF8.self).trimming { $0 == " " || $0 == "\t" }
            guard text.hasPrefix("-----BEGIN "), text.hasSuffix("-----"),
                text.utf8.count >= 16, text.utf8.allSatisfy({ (0x20...0x7e).contains($0) })
            else { return nil }
            let label = text.dropFirst(11).dropLast(5)
            return label.utf8.count <= 64 && !label.contains("--") ? String(label) : nil
        }
    }

    private static func check(_ block: PEMBlock) {
        guard let bytes = block.bytes else { return }
        let text = PEM.text(block.label, bytes)
        guard let again = try? PEM.blocks(Array(text.utf8)), again.count == 1 else {
            return claim(false, "one block is written: \(text)")
        }
        claim(again[0].label == block.label && again[0].bytes == bytes, "it is read the same")
        let body = text.split(separator: "\n").dropFirst().dropLast().joined()
        claim(Base64.decode(Array(body.utf8).span) == bytes, "every decoder reads the same")
    }
}

extension String {
    /// Without those at either end; by scalars, so that no two are taken for one character.
    fileprivate func trimming(_ isSpace: (Unicode.Scalar) -> Bool) -> String {
        var rest = unicodeScalars[...]
        while let first = rest.first, isSpace(first) { rest.removeFirst() }
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return String(rest)
    }
}
