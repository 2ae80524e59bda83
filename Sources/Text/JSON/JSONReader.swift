// SPDX-License-Identifier: Apache-2.0
/// Recursive-descent reader of JSON text; an error carries its position.
struct JSONReader {
    private let bytes: [UInt8]
    private var at = 0
    private var depth = 0
    private let notesNames: Bool
    /// The member names on the way to the current value; empty unless positions are recorded.
    private var path: [String] = []
    /// Byte offsets of member names, by the names on the way to them.
    private(set) var nameOffsets: [[String]: Int] = [:]

    /// Claims and key sets nest three or four deep; recursion must stay far from the stack's end.
    private static let depthMax = 16

    init(_ text: Span<UInt8>, notesNames: Bool = false) {
        self.init(bytes: text.indices.map { text[$0] }, notesNames: notesNames)
    }

    init(bytes: [UInt8], notesNames: Bool = false) {
        self.bytes = bytes
        self.notesNames = notesNames
    }

    /// The single value of the whole text.
    mutating func document() throws(JSONError) -> JSONValue {
        try requireUTF8()
        skipSpace()
        let value = try value()
        try requireEnd()
        return value
    }

    func requireUTF8() throws(JSONError) {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw error("the text is no UTF-8")
        }
    }

    mutating func requireEnd() throws(JSONError) {
        skipSpace()
        guard at == bytes.count else { throw error("nothing may follow the value") }
    }

    /// The byte that is read next.
    var offset: Int { at }

    /// The byte at which the member's name begins in the object that begins at `start`.
    mutating func nameOffset(_ name: String, ofValueAt start: Int) -> Int? {
        at = start
        _ = try? value()
        return nameOffsets[[name]]
    }

    func error(_ reason: String) -> JSONError {
        JSONError(TextPosition(of: at, in: bytes), reason)
    }

    mutating func value() throws(JSONError) -> JSONValue {
        guard at < bytes.count else { throw error("a value is missing at the end of the text") }
        switch bytes[at] {
        case UInt8(ascii: "{"):
            return try nested { (reader) throws(JSONError) in
                try reader.object()
            }
        case UInt8(ascii: "["):
            return try nested { (reader) throws(JSONError) in
                try reader.array()
            }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func nested(
        _ read: (inout JSONReader) throws(JSONError) -> JSONValue
    ) throws(JSONError) -> JSONValue {
        guard depth < Self.depthMax else {
            throw error("more than \(Self.depthMax) values lie in one another")
        }
        depth += 1
        at += 1
        defer { depth -= 1 }
        return try read(&self)
    }

    private mutating func object() throws(JSONError) -> JSONValue {
        var members: [String: JSONValue] = [:]
        skipSpace()
        if take("}") { return .object(members) }
        repeat {
            skipSpace()
            let (name, start) = try memberName()
            skipSpace()
            note(name, start)
            let value = try value()
            if notesNames { path.removeLast() }
            guard members.updateValue(value, forKey: name) == nil else {
                throw repeated(name, at: start)
            }
            skipSpace()
        } while take(",")
        guard take("}") else { throw error("a comma or } belongs behind a member") }
        return .object(members)
    }

    /// A member's name with the colon behind it, and the byte at which it begins.
    mutating func memberName() throws(JSONError) -> (name: String, start: Int) {
        skipSpace()
        let start = at
        guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else {
            throw error("a name in quotation marks belongs here")
        }
        let name = try string()
        skipSpace()
        guard take(":") else { throw error("a colon belongs behind a name") }
        return (name, start)
    }

    func repeated(_ name: String, at start: Int) -> JSONError {
        JSONError(
            TextPosition(of: start, in: bytes),
            "the name \(name) stands twice in one object",
            repeatedName: name
        )
    }

    /// Whether null stands here, which is read then.
    mutating func isNull() throws(JSONError) -> Bool {
        guard at < bytes.count, bytes[at] == UInt8(ascii: "n") else { return false }
        return try value() == .null
    }

    private mutating func note(_ name: String, _ start: Int) {
        guard notesNames else { return }
        path.append(name)
        nameOffsets[path] = start
    }

    private mutating func array() throws(JSONError) -> JSONValue {
        var values: [JSONValue] = []
        skipSpace()
        if take("]") { return .array(values) }
        repeat {
            skipSpace()
            values.append(try value())
            skipSpace()
        } while take(",")
        guard take("]") else { throw error("a comma or ] belongs behind a value") }
        return .array(values)
    }

    private mutating func string() throws(JSONError) -> String {
        _ = take("\"")
        var out: [UInt8] = []
        while at < bytes.count {
            let byte = bytes[at]
            switch byte {
            case UInt8(ascii: "\""):
                at += 1
                return String(decoding: out, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard escape(&out) else { throw error("an escape that JSON does not know") }
                continue
            case 0..<0x20: throw error("a control character stands in a string")
            default: out.append(byte)
            }
            at += 1
        }
        throw error("a string does not end")
    }

    /// Reads an escape; returns false, without moving, where there is no valid one.
    private mutating func escape(_ out: inout [UInt8]) -> Bool {
        let start = at
        at += 1
        guard at < bytes.count, let scalar = escaped() else {
            at = start
            return false
        }
        out.append(contentsOf: Character(scalar).utf8)
        return true
    }

    private mutating func escaped() -> Unicode.Scalar? {
        let character = bytes[at]
        at += 1
        switch character {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
            return Unicode.Scalar(character)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return escapedScalar()
        default: return nil
        }
    }

    private mutating func escapedScalar() -> Unicode.Scalar? {
        guard let first = fourDigits() else { return nil }
        guard (0xd800..<0xdc00).contains(first) else { return Unicode.Scalar(first) }
        guard take("\\"), take("u"), let second = fourDigits(),
            (0xdc00..<0xe000).contains(second)
        else { return nil }
        return Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
    }

    private mutating func fourDigits() -> UInt32? {
        guard at + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Hexadecimal.value(of: bytes[at]) else { return nil }
            value = value << 4 | UInt32(digit)
            at += 1
        }
        return value
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = at
        guard let value = unplacedNumber() else {
            at = start
            throw error("no JSON value begins like this")
        }
        return value
    }

    private mutating func unplacedNumber() -> JSONValue? {
        let start = at
        _ = take("-")
        guard let whole = digits(), whole.count == 1 || bytes[whole.lowerBound] != 0x30 else {
            return nil
        }
        var isWhole = true
        if take(".") {
            isWhole = false
            guard digits() != nil else { return nil }
        }
        if take("e") || take("E") {
            isWhole = false
            if !take("+") { _ = take("-") }
            guard digits() != nil else { return nil }
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if isWhole, let value = Int64(text) { return .integer(value) }
        return .number(text)
    }

    private mutating func digits() -> Range<Int>? {
        let start = at
        while at < bytes.count, (0x30...0x39).contains(bytes[at]) { at += 1 }
        return at > start ? start..<at : nil
    }

    private mutating func word(
        _ text: StaticString,
        _ value: JSONValue
    ) throws(JSONError) -> JSONValue {
        let wanted = Array("\(text)".utf8)
        guard bytes[at...].starts(with: wanted) else {
            throw error("no JSON value begins like this")
        }
        at += wanted.count
        return value
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard at < bytes.count, bytes[at] == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    mutating func skipSpace() {
        while at < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[at]) { at += 1 }
    }
}
