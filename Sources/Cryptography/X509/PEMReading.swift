// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Reads PEM text line by line, strictly: a line that may be a damaged boundary is an error.
///
/// OpenSSL leaves such a line out as comment, and with it the block that it was to begin: a chain
/// would be cut there without a word.
struct PEMReading {
    private struct OpenBlock {
        let label: String
        let line: Int
        var body: [UInt8] = []
        var hasHeaders = false
        var isEncrypted = false
        /// The first line that is no base64, and why.
        var reason: String?
    }

    /// More blocks than this are refused.
    private let blocksMax: Int
    private var blocks: [PEMBlock] = []
    private var open: OpenBlock?

    private static let begin = Array("-----BEGIN ".utf8)
    private static let end = Array("-----END ".utf8)
    private static let dashes = Array("-----".utf8)

    init(blocksMax: Int) { self.blocksMax = blocksMax }

    /// Takes the next line, without its end and without blanks around it.
    mutating func take(_ text: ArraySlice<UInt8>, line: Int) throws(CertificateError) {
        guard text.contains(UInt8(ascii: "-")) else {
            if open != nil { return takeBody(text, line) }
            return try checkComment(text, line)
        }
        if let label = Self.label(text, Self.begin) {
            try beginBlock(label, line)
        } else if let label = Self.label(text, Self.end) {
            try endBlock(label, line)
        } else if open == nil {
            try checkComment(text, line)
        } else if Self.hasBoundary(text) {
            throw damagedBoundary(text, line)
        } else {
            takeBody(text, line)
        }
    }

    /// The blocks; throws where the last one has no end.
    func finish() throws(CertificateError) -> [PEMBlock] {
        if let open { throw unfinished(open, "the end of the file") }
        return blocks
    }

    // MARK: boundaries

    private mutating func beginBlock(_ label: String, _ line: Int) throws(CertificateError) {
        if let open { throw unfinished(open, "the BEGIN of line \(line)") }
        guard blocks.count < blocksMax else {
            throw CertificateError(.tooLarge, "The file has more than \(blocksMax) blocks.")
        }
        open = OpenBlock(label: label, line: line)
    }

    private mutating func endBlock(_ label: String, _ line: Int) throws(CertificateError) {
        guard let block = open else {
            throw CertificateError(
                .truncated,
                "Line \(line): `\(label)` ends where no block has begun. Copy the whole file "
                    + "again, with its BEGIN and END lines."
            )
        }
        guard block.label == label else {
            throw CertificateError(
                .truncated,
                "\(place(block)): It begins as `\(block.label)` and ends in line \(line) as "
                    + "`\(label)`. Copy the whole file again."
            )
        }
        blocks.append(finished(block))
        open = nil
    }

    private func finished(_ block: OpenBlock) -> PEMBlock {
        var bytes: [UInt8]?
        var reason = block.reason
        if block.hasHeaders {
            reason = block.isEncrypted ? "It is encrypted." : "It has header lines."
        } else if reason == nil {
            bytes = Self.base64(block.body)
            if bytes == nil {
                reason =
                    "The text between BEGIN and END is not base64: a part of a line is missing, "
                    + "or too much. Copy the whole file again."
            }
        }
        return PEMBlock(
            label: block.label,
            number: blocks.count + 1,
            line: block.line,
            bytes: bytes,
            isEncrypted: block.isEncrypted,
            reason: reason
        )
    }

    private func unfinished(_ block: OpenBlock, _ before: String) -> CertificateError {
        CertificateError(
            .truncated,
            "\(place(block)): The block `\(block.label)` does not end before \(before). Copy "
                + "the whole file again, with its BEGIN and END lines."
        )
    }

    private func place(_ block: OpenBlock) -> String {
        "Block \(blocks.count + 1), line \(block.line)"
    }

    private func damagedBoundary(_ text: ArraySlice<UInt8>, _ line: Int) -> CertificateError {
        let place = open.map { "\(self.place($0)): " } ?? ""
        let isGlued = text.starts(with: Self.end) && Self.contains(text.dropFirst(), "-----BEGIN")
        return CertificateError(
            .malformed,
            place
                + (isGlued
                    ? "Line \(line) has END and the next BEGIN. Put each in a line of its own."
                    : "Line \(line) looks like a BEGIN or END line and is none. Each stands alone "
                        + "in its line, with five hyphens at either end.")
        )
    }

    private static func label(_ line: ArraySlice<UInt8>, _ start: [UInt8]) -> String? {
        guard line.starts(with: start) else { return nil }
        let rest = line.dropFirst(start.count)
        guard rest.count >= dashes.count, rest.suffix(dashes.count).elementsEqual(dashes) else {
            return nil
        }
        let label = rest.dropLast(dashes.count)
        // RFC 7468 §3: no hyphen stands beside another one in a label.
        guard label.count <= 64, label.allSatisfy({ (0x20...0x7E).contains($0) }),
            !contains(label, "--")
        else { return nil }
        return String(decoding: label, as: UTF8.self)
    }

    // MARK: what is in a block

    private mutating func takeBody(_ text: ArraySlice<UInt8>, _ line: Int) {
        guard open?.reason == nil else { return }
        // RFC 1421 §4.4: header fields come before the text.
        if open?.body.isEmpty == true, text.contains(UInt8(ascii: ":")) {
            open?.hasHeaders = true
            if Self.contains(text, "ENCRYPTED") { open?.isEncrypted = true }
            return
        }
        guard open?.hasHeaders == true || text.allSatisfy(Self.mayBeBase64) else {
            open?.reason = "Line \(line) is not base64. Copy the whole file again."
            return
        }
        open?.body.append(contentsOf: text)
    }

    private static func mayBeBase64(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"),
            UInt8(ascii: "="), 0x20, 0x09:
            true
        default: false
        }
    }

    private static func base64(_ text: [UInt8]) -> [UInt8]? {
        let characters = text.filter { $0 != 0x20 && $0 != 0x09 }
        return Base64.decode(characters.span)
    }

    // MARK: what is between blocks

    /// Comment is text (RFC 7468 §2); throws for what looks like a boundary or the rest of one.
    private func checkComment(_ text: ArraySlice<UInt8>, _ line: Int) throws(CertificateError) {
        guard text.allSatisfy({ $0 >= 0x20 || $0 == 0x09 || $0 == 0x0B || $0 == 0x0C }) else {
            throw CertificateError(
                .malformed,
                "Line \(line): There are bytes outside of the blocks that are no text. The file is "
                    + "damaged; copy it again."
            )
        }
        guard !text.isEmpty else { return }
        let named =
            (Self.contains(text, "BEGIN ") || Self.contains(text, "END "))
            && ["CERTIFICATE", "PRIVATE KEY", "X509 CRL", "PKCS7"].contains {
                Self.contains(text, $0)
            }
        if named || Self.hasBoundary(text) || Self.isRestOfBoundary(text) {
            throw damagedBoundary(text, line)
        }
    }

    /// Whether it is what a shorter file leaves of a boundary when it is written over a longer one,
    /// or as much of one as has been written.
    private static func isRestOfBoundary(_ text: ArraySlice<UInt8>) -> Bool {
        if text.count > dashes.count, begin.starts(with: text) { return true }
        guard text.count > dashes.count, text.suffix(dashes.count).elementsEqual(dashes) else {
            return false
        }
        return text.dropLast(dashes.count).allSatisfy { byte in
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == 0x20
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
    }

    /// Whether `part` stands in the text as it is.
    private static func contains(_ text: ArraySlice<UInt8>, _ part: String) -> Bool {
        let wanted = Array(part.utf8)
        return text.indices.contains { text[$0...].starts(with: wanted) }
    }

    /// Whether it has a boundary's word right after hyphens, in capitals or not.
    private static func hasBoundary(_ text: ArraySlice<UInt8>) -> Bool {
        let capitals = text.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }[...]
        return contains(capitals, "--BEGIN") || contains(capitals, "--END")
    }
}
