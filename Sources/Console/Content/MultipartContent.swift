// SPDX-License-Identifier: Apache-2.0
/// Reads a form that is `multipart/form-data` (RFC 7578), as browsers write it.
///
/// Strict and bounded: a part has one Content-Disposition, of quoted strings, and at most one other
/// field, its Content-Type. All that a browser does not write is an error, and never guessed at.
struct MultipartContent {
    /// RFC 2046 §5.1.1.
    private static let boundaryCharacters = 1...70
    /// Far more than the names of fields and files take.
    private static let headBytesMax = 2_048

    private let bytes: [UInt8]
    private var index = 0
    private let delimiter: [UInt8]

    private static let lineEnd = Array("\r\n".utf8)
    private static let headEnd = Array("\r\n\r\n".utf8)

    /// The values of `content`, whose Content-Type is `type`; nil where that is no such form.
    static func values(of content: [UInt8], type: [UInt8]) -> FieldValues? {
        guard let boundary = boundary(in: type) else { return nil }
        var reader = MultipartContent(content, boundary: boundary)
        return reader.values()
    }

    private init(_ bytes: [UInt8], boundary: [UInt8]) {
        self.bytes = bytes
        delimiter = Array("--".utf8) + boundary
    }

    // MARK: the boundary

    /// The boundary that a Content-Type names, bare or quoted; nil for none, two, or a bad one.
    static func boundary(in type: [UInt8]) -> [UInt8]? {
        guard let text = String(validating: type, as: UTF8.self) else { return nil }
        let parts = text.split(separator: ";", omittingEmptySubsequences: false)
        let parameters = parts.dropFirst().compactMap { part -> Substring? in
            let bare = part.drop { $0 == " " || $0 == "\t" }
            guard bare.lowercased().hasPrefix("boundary=") else { return nil }
            return bare.dropFirst("boundary=".count)
        }
        guard parameters.count == 1, var value = parameters.first else { return nil }
        while value.last == " " || value.last == "\t" { value.removeLast() }
        if value.count >= 2, value.first == "\"", value.last == "\"" {
            value = value.dropFirst().dropLast()
        }
        let boundary = Array(value.utf8)
        guard boundaryCharacters.contains(boundary.count),
            boundary.allSatisfy(isBoundaryCharacter)
        else { return nil }
        return boundary
    }

    /// Those of RFC 2046 §5.1.1 but for the space.
    private static func isBoundaryCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "'()+_,-./:=?".utf8.contains(byte)
        }
    }

    // MARK: parts

    private mutating func values() -> FieldValues? {
        var values = FieldValues()
        guard take(delimiter) else { return nil }
        while true {
            if take(Array("--".utf8)) {
                // Some browsers end with a line break, some do not.
                _ = take(Self.lineEnd)
                return index == bytes.count ? values : nil
            }
            guard take(Self.lineEnd), let part = part() else { return nil }
            let isAdded =
                if let name = part.head.fileName {
                    values.add(part.head.name, file: .init(name: name, bytes: part.content))
                } else if let text = String(validating: part.content, as: UTF8.self) {
                    values.add(part.head.name, text)
                } else {
                    false
                }
            guard isAdded else { return nil }
        }
    }

    private struct Head {
        let name: String
        /// nil for a part that is no file.
        let fileName: String?
    }

    private mutating func part() -> (head: Head, content: [UInt8])? {
        guard let headStop = find(Self.headEnd, upTo: index + Self.headBytesMax),
            let head = Self.head(bytes[index..<headStop])
        else { return nil }
        index = headStop + Self.headEnd.count
        guard let end = find(Self.lineEnd + delimiter, upTo: bytes.count) else { return nil }
        let content = Array(bytes[index..<end])
        index = end + Self.lineEnd.count + delimiter.count
        return (head, content)
    }

    private mutating func take(_ wanted: [UInt8]) -> Bool {
        guard bytes[index...].starts(with: wanted) else { return false }
        index += wanted.count
        return true
    }

    /// Where `wanted` begins, from the current byte on; nil where that is not before `end`.
    private func find(_ wanted: [UInt8], upTo end: Int) -> Int? {
        let last = min(end, bytes.count) - wanted.count
        guard index <= last else { return nil }
        return (index...last).first { start in
            bytes[start] == wanted[0] && bytes[start...].starts(with: wanted)
        }
    }

    private static func head(_ bytes: ArraySlice<UInt8>) -> Head? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        var head: Head?
        var others = 0
        for line in text.split(separator: "\r\n", omittingEmptySubsequences: false) {
            let isClean = line.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
            guard isClean, let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            switch line[..<colon].lowercased() {
            case "content-disposition":
                guard head == nil, let found = disposition(value) else { return nil }
                head = found
            case "content-type": others += 1
            default: return nil
            }
        }
        return others <= 1 ? head : nil
    }

    /// `form-data; name="…"`, and perhaps `; filename="…"`.
    private static func disposition(_ text: Substring) -> Head? {
        let opening = "form-data; name=\""
        guard text.hasPrefix(opening) else { return nil }
        var rest = text.dropFirst(opening.count)
        guard let name = quoted(&rest), !name.isEmpty else { return nil }
        if rest.isEmpty { return Head(name: name, fileName: nil) }
        let second = "; filename=\""
        guard rest.hasPrefix(second) else { return nil }
        rest = rest.dropFirst(second.count)
        guard let file = quoted(&rest), rest.isEmpty else { return nil }
        return Head(name: name, fileName: file)
    }

    /// The text up to the closing quotation mark, which is taken too.
    ///
    /// Browsers write a quotation mark as `%22`, and line breaks as `%0D%0A` (HTML §4.10.22.8).
    private static func quoted(_ rest: inout Substring) -> String? {
        guard let end = rest.firstIndex(of: "\"") else { return nil }
        let text = String(rest[..<end])
        rest = rest[rest.index(after: end)...]
        return text
    }
}
