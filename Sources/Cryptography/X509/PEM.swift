// SPDX-License-Identifier: Apache-2.0
internal import Text

/// One block of a PEM file (RFC 7468).
struct PEMBlock {
    /// The label after BEGIN, such as `CERTIFICATE`.
    let label: String
    /// The number of the block in the file, from 1 on.
    let number: Int
    /// The line of BEGIN, from 1 on.
    let line: Int
    /// The decoded bytes, nil if the text between the lines is no base64, or is encrypted.
    let bytes: [UInt8]?
    /// Whether header lines say that the text is encrypted (RFC 1421 §4.6.1.1).
    let isEncrypted: Bool
    /// Why there are no bytes; nil where there are some.
    let reason: String?

    /// Whether it is a private key of any form.
    var isPrivateKey: Bool { label.hasSuffix("PRIVATE KEY") }

    /// Whether it has parameters of EC or DH alone, which `openssl ecparam -genkey` and programs
    /// with finite-field groups put beside keys and certificates; they name no key.
    var isParameters: Bool { Self.parameterLabels.contains(label) }

    private static let parameterLabels = ["EC PARAMETERS", "DH PARAMETERS", "X9.42 DH PARAMETERS"]

    /// The error with the place of this block before its text.
    func locating(_ error: CertificateError) -> CertificateError {
        CertificateError(error.kind, "Block \(number), line \(line): \(error.description)")
    }

    /// The bytes; throws where there are none, and says why.
    func content() throws(CertificateError) -> [UInt8] {
        guard let bytes else {
            throw locating(CertificateError(.malformed, reason ?? "It is not base64."))
        }
        guard !bytes.isEmpty else {
            throw locating(CertificateError(.empty, "There is nothing between BEGIN and END."))
        }
        return bytes
    }
}

/// Finds the blocks of PEM text; text between blocks is a comment, as OpenSSL writes it.
package enum PEM {
    /// More blocks than this in one file are refused.
    static let blocksMax = 256

    /// Whether some line begins a block, or has one begin within it.
    ///
    /// DER is told from text by its first length: PEM may stand within a certificate.
    static func looksLikePEM(_ bytes: [UInt8]) -> Bool {
        guard !isBinary(bytes) else { return false }
        var hyphens = 0
        for (index, byte) in bytes.enumerated() {
            if hyphens >= 5, bytes[index...].starts(with: "BEGIN".utf8) { return true }
            hyphens = byte == UInt8(ascii: "-") ? hyphens + 1 : 0
        }
        return false
    }

    /// Whether it begins as HTML or XML does.
    static func looksLikeMarkup(_ bytes: [UInt8]) -> Bool {
        bytes.first { $0 != 0x20 && !(0x09...0x0D).contains($0) } == UInt8(ascii: "<")
    }

    /// Whether it begins as a SEQUENCE of 128 bytes or more, whose length is no character.
    static func isBinary(_ bytes: [UInt8]) -> Bool {
        bytes.first == DERTag.sequence && bytes.dropFirst().first ?? 0 >= 0x80
    }

    /// The blocks in order; throws for every line that is neither part of a block nor comment, and
    /// where there are more than `most`.
    static func blocks(
        _ bytes: [UInt8],
        most: Int = blocksMax
    ) throws(CertificateError) -> [PEMBlock] {
        var reading = PEMReading(blocksMax: most)
        var content = bytes[...]
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        if content.starts(with: mark) { content = content.dropFirst(mark.count) }
        var number = 1
        while !content.isEmpty {
            let end = content.firstIndex { $0 == 0x0A || $0 == 0x0D } ?? content.endIndex
            try reading.take(trimmed(content[..<end]), line: number)
            content = content[end...]
            // CR, LF, or both are one end of a line.
            let first = content.popFirst()
            if first == 0x0D, content.first == 0x0A { content.removeFirst() }
            number += 1
        }
        return try reading.finish()
    }

    /// The text form of a certificate in DER.
    package static func certificate(_ der: [UInt8]) -> String { text("CERTIFICATE", der) }

    /// The text form of `bytes`, in lines of 64 characters.
    static func text(_ label: String, _ bytes: [UInt8]) -> String {
        let characters = Base64.encode(bytes.span)
        var text = "-----BEGIN \(label)-----\n"
        for start in stride(from: 0, to: characters.count, by: 64) {
            let line = characters[start..<min(start + 64, characters.count)]
            text += String(decoding: line, as: UTF8.self) + "\n"
        }
        return text + "-----END \(label)-----\n"
    }

    /// Without blanks at either end.
    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var line = line.drop { $0 == 0x20 || $0 == 0x09 }
        while let last = line.last, last == 0x20 || last == 0x09 { line.removeLast() }
        return line
    }
}

extension Certificate {
    /// PEM text, with BEGIN and END lines.
    public var pem: String { PEM.certificate(der) }
}

extension DerivedKey {
    /// The private key as PEM text.
    public var pem: String { PEM.text("PRIVATE KEY", pkcs8) }
}
