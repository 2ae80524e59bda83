// SPDX-License-Identifier: Apache-2.0
/// Why text is no distinguished name.
public struct DistinguishedNameError: Error, Sendable, CustomStringConvertible {
    /// The problem and the remedy.
    public let description: String

    init(_ description: String) { self.description = description }
}

extension DistinguishedName {
    /// Longest text taken, far above any real name.
    static let textBytesMax = 8192

    /// Reads a name written by a person or a tool.
    ///
    /// Taken are RFC 4514 and its ancestors RFC 2253 and RFC 1779 (`CN=x, O=WSO2, C=LK`: the most
    /// specific first, with `\,`, `\2C`, `"quoted"`, `#hex`, `a=1+b=2`, `;`), OpenSSL's form
    /// (`/C=LK/O=WSO2/CN=x`: the most general first), and several lines with a relative name on
    /// each (Node, .NET, `openssl -nameopt multiline`: the most general first). In quotes, two
    /// quotes stand for one, as Windows writes it. An empty name is refused.
    public init(parsing text: String) throws(DistinguishedNameError) {
        guard text.utf8.count <= Self.textBytesMax else {
            throw DistinguishedNameError("The name is longer than \(Self.textBytesMax) bytes.")
        }
        var parser = DistinguishedNameParser(text)
        let relativeNames = try parser.parse()
        guard relativeNames.count <= Self.relativeNamesMax else {
            throw DistinguishedNameError("The name has more than \(Self.relativeNamesMax) parts.")
        }
        self.init(relativeNames)
    }
}

/// Reads the text forms of names.
///
/// Works on UTF-8, in which every delimiter is one byte.
private struct DistinguishedNameParser {
    /// The separator of the relative names.
    private enum Form {
        case commas, slashes, lines
    }

    private let bytes: [UInt8]
    private var position = 0
    private let form: Form

    init(_ text: String) {
        let all = Array(text.utf8)
        let first = all.firstIndex { !Self.isSpace($0) } ?? all.endIndex
        var end = all.endIndex
        while end > first, Self.isSpace(all[end - 1]), !Self.isEscaped(all, end - 1) { end -= 1 }
        let trimmed = Array(all[first..<end])
        if trimmed.first == UInt8(ascii: "/") {
            (form, bytes, position) = (.slashes, trimmed, 1)
        } else if let lines = Self.lines(trimmed) {
            (form, bytes) = (.lines, lines)
        } else {
            (form, bytes) = (.commas, trimmed)
        }
    }

    /// The lines of `text` with one line feed between them, nil where it is a single line, or one
    /// that was only broken at its separators.
    private static func lines(_ text: [UInt8]) -> [UInt8]? {
        let lines = text.split { $0 == 0x0A || $0 == 0x0D }.filter { !$0.allSatisfy(isSpace) }
        guard lines.count > 1 else { return nil }
        func isSeparator(_ byte: UInt8?) -> Bool { byte.map(Array(",;+".utf8).contains) ?? false }
        let isBroken = zip(lines, lines.dropFirst()).contains { line, next in
            let end = line.lastIndex { !isSpace($0) } ?? line.startIndex
            let isOpen =
                isSeparator(line[end]) && !isEscaped(Array(line[...end]), end - line.startIndex)
            return isOpen || isSeparator(next.first { !isSpace($0) })
        }
        return isBroken ? nil : Array(lines.joined(separator: [lineFeed]))
    }

    private static let lineFeed: UInt8 = 0x0A

    private var isSlashForm: Bool { form == .slashes }

    /// The relative names, the most general first.
    mutating func parse() throws(DistinguishedNameError) -> [DistinguishedName.RelativeName] {
        guard position < bytes.count else {
            throw DistinguishedNameError("The name is empty. Write one such as CN=x,O=WSO2,C=LK.")
        }
        var names: [DistinguishedName.RelativeName] = []
        while true {
            var attributes = [try attribute()]
            while take(UInt8(ascii: "+")) { attributes.append(try attribute()) }
            guard attributes.count <= DistinguishedName.attributesPerSetMax else {
                throw DistinguishedNameError("The name has too many attributes joined by +.")
            }
            names.append(DistinguishedName.RelativeName(attributes: attributes))
            guard position < bytes.count else { break }
            guard takeSeparator() else {
                let character = String(decoding: bytes[position...position], as: UTF8.self)
                throw DistinguishedNameError("Unexpected `\(character)` in the name.")
            }
        }
        return form == .commas ? names.reversed() : names
    }

    private mutating func attribute() throws(DistinguishedNameError) -> DistinguishedName.Attribute
    {
        skipSpaces()
        let start = position
        while let next = peek, next != UInt8(ascii: "="), !isDelimiter(next) { position += 1 }
        let keyword = withoutTrailingSpaces(start..<position)
        guard take(UInt8(ascii: "=")) else {
            throw DistinguishedNameError(
                keyword.isEmpty
                    ? "The name has an empty part. Write TYPE=VALUE between the separators."
                    : "`\(keyword)` has no `=`. Write TYPE=VALUE, and `\\` before a separator that "
                        + "belongs to a value."
            )
        }
        guard let type = AttributeType.identifier(keyword) else {
            throw DistinguishedNameError(
                "`\(keyword)` is no known attribute type. Write it in numbers, such as 2.5.4.3, and"
                    + " leave out what programs print before a name (`subject=`, `Owner:`)."
            )
        }
        skipSpaces()
        let value = try value(keyword)
        skipSpaces()
        return DistinguishedName.Attribute(type: type, value: value)
    }

    private mutating func value(
        _ keyword: String
    ) throws(DistinguishedNameError) -> DistinguishedName.Value {
        switch peek {
        case UInt8(ascii: "#") where !isSlashForm: return try hexadecimalValue(keyword)
        case UInt8(ascii: "\"") where !isSlashForm: return .text(try quotedValue(keyword))
        default: return .text(try plainValue(keyword))
        }
    }

    private mutating func plainValue(_ keyword: String) throws(DistinguishedNameError) -> String {
        var value: [UInt8] = []
        // Spaces at the end count only if escaped.
        var kept = 0
        var isBroken = false
        while let next = peek, !isDelimiter(next) {
            position += 1
            if Self.isSpace(next) {
                isBroken = isBroken || next == 0x0A || next == 0x0D
                value.append(next)
                continue
            }
            guard !isBroken else {
                throw DistinguishedNameError(
                    "The value of \(keyword) goes on after the end of its line. Write the name in "
                        + "one line, or one TYPE=VALUE on each line and no separators."
                )
            }
            switch next {
            case UInt8(ascii: "\\"):
                value.append(try escaped(keyword))
            case UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: ";"):
                // Ordinary characters where another separator is in use.
                guard form != .commas else {
                    let character = String(decoding: [next], as: UTF8.self)
                    throw DistinguishedNameError(
                        "The value of \(keyword) has a bare `\(character)`. Write `\\\(character)`."
                    )
                }
                value.append(next)
            default:
                value.append(next)
            }
            kept = value.count
        }
        return try text(value[..<kept], keyword)
    }

    private mutating func quotedValue(_ keyword: String) throws(DistinguishedNameError) -> String {
        position += 1
        var value: [UInt8] = []
        while let next = peek {
            position += 1
            if next == UInt8(ascii: "\"") {
                // Windows and .NET double a quote that belongs to the value.
                guard take(next) else { return try text(value[...], keyword) }
            }
            value.append(next == UInt8(ascii: "\\") ? try escaped(keyword) : next)
        }
        throw DistinguishedNameError("The quotes around the value of \(keyword) do not end.")
    }

    /// An escape after its backslash: two hexadecimal digits, or a special character.
    private mutating func escaped(_ keyword: String) throws(DistinguishedNameError) -> UInt8 {
        let error = DistinguishedNameError(
            "A `\\` in the value of \(keyword) escapes nothing. Write `\\\\` for a backslash."
        )
        guard var first = peek else { throw error }
        position += 1
        if isSlashForm, first == UInt8(ascii: "x"), let next = peek, Self.digit(next) != nil {
            // OpenSSL prints octets that are not ASCII as \xC3\xA9.
            first = next
            position += 1
        }
        if let high = Self.digit(first), let second = peek, let low = Self.digit(second) {
            position += 1
            return high << 4 | low
        }
        // OpenSSL's form lets a backslash stand before any character.
        guard isSlashForm ? first < 0x80 : Self.special.contains(first) else { throw error }
        return first
    }

    /// `#` and the BER of the value (RFC 4514 §2.4).
    private mutating func hexadecimalValue(
        _ keyword: String
    ) throws(DistinguishedNameError) -> DistinguishedName.Value {
        position += 1
        let start = position
        while let next = peek, !isDelimiter(next), !Self.isSpace(next) { position += 1 }
        let digits = bytes[start..<position].compactMap(Self.digit)
        var octets: [UInt8] = []
        if digits.count == position - start, digits.count.isMultiple(of: 2) {
            octets = stride(from: 0, to: digits.count, by: 2).map {
                digits[$0] << 4 | digits[$0 + 1]
            }
        }
        var reader = DERReader(octets)
        guard let element = try? reader.next(), reader.isAtEnd else {
            throw DistinguishedNameError(
                "The value of \(keyword) is no BER element in hexadecimal. Write `\\#` for a `#`."
            )
        }
        return .der(tag: element.tag, content: Array(reader.content(of: element)))
    }

    private func text(
        _ value: ArraySlice<UInt8>,
        _ keyword: String
    ) throws(DistinguishedNameError) -> String {
        guard let text = String(validating: value, as: UTF8.self) else {
            throw DistinguishedNameError("The value of \(keyword) is not valid UTF-8.")
        }
        guard !text.utf8.contains(0) else {
            throw DistinguishedNameError("The value of \(keyword) has a NUL, which never matches.")
        }
        return text
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func isDelimiter(_ byte: UInt8) -> Bool {
        if byte == UInt8(ascii: "+") { return true }
        switch form {
        case .slashes: return byte == UInt8(ascii: "/")
        case .lines: return byte == Self.lineFeed
        case .commas: return byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";")
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func takeSeparator() -> Bool {
        guard let next = peek, isDelimiter(next) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpaces() {
        while let next = peek, Self.isSpace(next), !isDelimiter(next) { position += 1 }
    }

    private func withoutTrailingSpaces(_ range: Range<Int>) -> String {
        var slice = bytes[range]
        while let last = slice.last, Self.isSpace(last) { slice.removeLast() }
        return String(decoding: slice, as: UTF8.self)
    }

    /// RFC 4514 §3: the characters that a backslash can escape.
    private static let special = Array(" \"#+,;<=>\\".utf8)

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    /// Whether an odd number of backslashes stands before `index`.
    private static func isEscaped(_ bytes: [UInt8], _ index: Int) -> Bool {
        let backslashes = bytes[..<index].reversed().prefix { $0 == UInt8(ascii: "\\") }
        return !backslashes.count.isMultiple(of: 2)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
