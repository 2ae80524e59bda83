// SPDX-License-Identifier: Apache-2.0
/// Writes fields, each with a number and a length, so that a reader skips those that a later
/// program has added.
///
/// A field that is empty, or has its default, is left out.
struct FieldWriter {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ field: UInt8, _ value: [UInt8]) {
        Self.append(field, value, to: &bytes)
    }

    static func append(_ field: UInt8, _ value: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(field)
        append(UInt64(value.count), to: &bytes)
        bytes += value
    }

    mutating func add(_ field: UInt8, _ text: String?) {
        guard let text else { return }
        bytes.append(field)
        Self.append(UInt64(text.utf8.count), to: &bytes)
        bytes += text.utf8
    }

    mutating func add(_ field: UInt8, _ texts: [String]) {
        for text in texts { add(field, text) }
    }

    mutating func add(_ field: UInt8, _ labels: [String: String]) {
        for (name, value) in labels {
            var pair = FieldWriter()
            pair.add(1, name)
            pair.add(2, value)
            add(field, pair.bytes)
        }
    }

    mutating func add(_ field: UInt8, _ number: Int64?) {
        guard let number else { return }
        var value: [UInt8] = []
        Self.append(UInt64(bitPattern: number), to: &value)
        add(field, value)
    }

    mutating func add(_ field: UInt8, _ flag: Bool?) {
        guard let flag else { return }
        add(field, [flag ? 1 : 0])
    }

    /// Seven bits a byte, the lowest first; the eighth says that more follow.
    static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// Reads what `FieldWriter` has written, a field at a time.
struct FieldReader {
    /// The bytes are not fields.
    struct MalformedError: Error {}

    private let bytes: [UInt8]
    private var place: Int
    private let end: Int

    /// The fields within a part of `bytes`.
    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        (place, end) = (range.lowerBound, range.upperBound)
    }

    /// The next field's number and value; nil behind the last one.
    mutating func next() throws(MalformedError) -> (number: UInt8, value: Value)? {
        guard place < end else { return nil }
        let number = bytes[place]
        place += 1
        let count = try length()
        guard count <= UInt64(end - place) else { throw MalformedError() }
        let range = place..<place + Int(count)
        place = range.upperBound
        return (number, Value(bytes: bytes, range: range))
    }

    private mutating func length() throws(MalformedError) -> UInt64 {
        guard let (number, behind) = Self.number(bytes, place..<end) else { throw MalformedError() }
        place = behind
        return number
    }

    /// The number at the beginning of the range, and the place behind it.
    static func number(_ bytes: [UInt8], _ range: Range<Int>) -> (UInt64, Int)? {
        var (number, shift) = (UInt64(0), UInt64(0))
        for index in range {
            guard shift < 64 else { return nil }
            number |= UInt64(bytes[index] & 0x7f) << shift
            if bytes[index] < 0x80 { return (number, index + 1) }
            shift += 7
        }
        return nil
    }

    /// The value of a field.
    struct Value {
        private let bytes: [UInt8]
        private let range: Range<Int>

        fileprivate init(bytes: [UInt8], range: Range<Int>) {
            (self.bytes, self.range) = (bytes, range)
        }

        var data: [UInt8] { Array(bytes[range]) }
        var fields: FieldReader { FieldReader(bytes, range) }

        func text() throws(MalformedError) -> String {
            guard let text = String(validating: bytes[range], as: UTF8.self) else {
                throw MalformedError()
            }
            return text
        }

        func number() throws(MalformedError) -> Int64 {
            guard let (number, behind) = FieldReader.number(bytes, range),
                behind == range.upperBound
            else { throw MalformedError() }
            return Int64(bitPattern: number)
        }

        func flag() throws(MalformedError) -> Bool {
            guard range.count == 1 else { throw MalformedError() }
            return bytes[range.lowerBound] == 1
        }

        func label() throws(MalformedError) -> (name: String, value: String) {
            var (name, value) = ("", "")
            var reader = fields
            while let field = try reader.next() {
                switch field.number {
                case 1: name = try field.value.text()
                case 2: value = try field.value.text()
                default: break
                }
            }
            return (name, value)
        }
    }
}
