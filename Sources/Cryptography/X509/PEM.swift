/// One block of a PEM file (RFC 7468).
struct PEMBlock {
    /// What stands after BEGIN, such as `CERTIFICATE`.
    let label: String
    /// The decoded bytes, nil if the text between the lines is no base64, or is encrypted.
    let bytes: [UInt8]?
}

/// Finds the blocks of PEM text; what stands between blocks is comment, as OpenSSL writes it.
enum PEM {
    /// More blocks than this in one file are refused.
    static let blocksMax = 256

    private static let begin = Array("-----BEGIN ".utf8)
    private static let end = Array("-----END ".utf8)
    private static let dashes = Array("-----".utf8)

    /// Whether some line begins a block.
    static func looksLikePEM(_ bytes: [UInt8]) -> Bool {
        lines(bytes).contains { $0.starts(with: begin) }
    }

    /// The blocks in order; throws where one does not end, or ends with another label, or where
    /// there are more than `most`.
    static func blocks(
        _ bytes: [UInt8],
        most: Int = blocksMax
    ) throws(CertificateError) -> [PEMBlock] {
        var blocks: [PEMBlock] = []
        var open: (label: String, body: [UInt8])?
        for line in lines(bytes) {
            if let label = label(line, begin) {
                guard open == nil else { throw unfinished(open?.label ?? "") }
                guard blocks.count < most else {
                    throw CertificateError(.tooLarge, "The file has more than \(most) blocks.")
                }
                open = (label, [])
            } else if let label = label(line, end) {
                guard let block = open, block.label == label else {
                    throw unfinished(open?.label ?? label)
                }
                blocks.append(PEMBlock(label: label, bytes: base64(block.body)))
                open = nil
            } else if open != nil {
                open?.body.append(contentsOf: line)
            }
        }
        if let open { throw unfinished(open.label) }
        return blocks
    }

    /// The text form of `bytes`, in lines of 64 characters.
    static func text(_ label: String, _ bytes: [UInt8]) -> String {
        var characters = Base64URL.encode(bytes.span).map { character in
            switch character {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: character
            }
        }
        while !characters.count.isMultiple(of: 4) { characters.append(UInt8(ascii: "=")) }
        var text = "-----BEGIN \(label)-----\n"
        for start in stride(from: 0, to: characters.count, by: 64) {
            let line = characters[start..<min(start + 64, characters.count)]
            text += String(decoding: line, as: UTF8.self) + "\n"
        }
        return text + "-----END \(label)-----\n"
    }

    private static func unfinished(_ label: String) -> CertificateError {
        CertificateError(
            .truncated,
            "The PEM block `\(label)` does not end as it began. Copy the whole file again, with "
                + "its BEGIN and END lines."
        )
    }

    /// Lines without their ends and without blanks around them.
    private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var content = bytes[...]
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        if content.starts(with: mark) { content = content.dropFirst(mark.count) }
        return content.split { $0 == 0x0A || $0 == 0x0D }.map { line in
            var line = line.drop { $0 == 0x20 || $0 == 0x09 }
            while let last = line.last, last == 0x20 || last == 0x09 { line.removeLast() }
            return line
        }
    }

    private static func label(_ line: ArraySlice<UInt8>, _ start: [UInt8]) -> String? {
        guard line.starts(with: start) else { return nil }
        let rest = line.dropFirst(start.count)
        guard rest.count >= dashes.count, rest.suffix(dashes.count).elementsEqual(dashes) else {
            return nil
        }
        let label = rest.dropLast(dashes.count)
        guard label.count <= 64, label.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            return nil
        }
        return String(decoding: label, as: UTF8.self)
    }

    private static func base64(_ text: [UInt8]) -> [UInt8]? {
        var characters: [UInt8] = []
        characters.reserveCapacity(text.count)
        var padding = 0
        for character in text where character != 0x20 && character != 0x09 {
            switch character {
            case UInt8(ascii: "="): padding += 1
            case _ where padding > 0: return nil
            case UInt8(ascii: "+"): characters.append(UInt8(ascii: "-"))
            case UInt8(ascii: "/"): characters.append(UInt8(ascii: "_"))
            // These two belong to base64url, not to PEM.
            case UInt8(ascii: "-"), UInt8(ascii: "_"): return nil
            default: characters.append(character)
            }
        }
        guard padding <= 2, (characters.count + padding).isMultiple(of: 4) else { return nil }
        return Base64URL.decode(characters.span)
    }
}

extension Certificate {
    /// PEM text, with BEGIN and END lines.
    public var pem: String { PEM.text("CERTIFICATE", der) }
}
