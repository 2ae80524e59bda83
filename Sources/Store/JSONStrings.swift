/// A JSON array of strings (RFC 8259), the form of lists whose entries may have any character.
enum JSONStrings {
    /// The array in one line; `/` and characters beyond ASCII stand for themselves.
    static func text(_ list: [String]) -> String {
        "[" + list.map(quoted).joined(separator: ",") + "]"
    }

    /// The entries, or nil where `text` is anything but an array of strings.
    static func value(_ text: String) -> [String]? {
        var reader = Reader(bytes: Array(text.utf8))
        return reader.array()
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                quoted += "\\"
                quoted.unicodeScalars.append(scalar)
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default:
                quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    private struct Reader {
        let bytes: [UInt8]
        private var position = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        mutating func array() -> [String]? {
            guard take("[") else { return nil }
            var list: [String] = []
            if !take("]") {
                repeat {
                    guard take("\""), let entry = string() else { return nil }
                    list.append(entry)
                } while take(",")
                guard take("]") else { return nil }
            }
            skipSpace()
            return position == bytes.count ? list : nil
        }

        /// RFC 8259 §2: white space may stand around what gives the structure.
        private mutating func skipSpace() {
            while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
                position += 1
            }
        }

        private mutating func take(_ character: Unicode.Scalar) -> Bool {
            skipSpace()
            guard position < bytes.count, bytes[position] == UInt8(ascii: character) else {
                return false
            }
            position += 1
            return true
        }

        private mutating func next() -> UInt8? {
            guard position < bytes.count else { return nil }
            defer { position += 1 }
            return bytes[position]
        }

        /// What follows an opening quotation mark, and takes the closing one.
        private mutating func string() -> String? {
            var utf8: [UInt8] = []
            while let byte = next() {
                switch byte {
                case UInt8(ascii: "\""): return String(validating: utf8, as: UTF8.self)
                case UInt8(ascii: "\\"):
                    guard let scalar = escaped() else { return nil }
                    utf8 += Array(String(Character(scalar)).utf8)
                case ..<0x20: return nil
                default: utf8.append(byte)
                }
            }
            return nil
        }

        private mutating func escaped() -> Unicode.Scalar? {
            switch next() {
            case UInt8(ascii: "\""): "\""
            case UInt8(ascii: "\\"): "\\"
            case UInt8(ascii: "/"): "/"
            case UInt8(ascii: "b"): "\u{8}"
            case UInt8(ascii: "f"): "\u{c}"
            case UInt8(ascii: "n"): "\n"
            case UInt8(ascii: "r"): "\r"
            case UInt8(ascii: "t"): "\t"
            case UInt8(ascii: "u"): scalar()
            default: nil
            }
        }

        /// The character of one `\u`, or of two that are a surrogate pair (RFC 8259 §7).
        private mutating func scalar() -> Unicode.Scalar? {
            guard let unit = fourDigits() else { return nil }
            guard 0xD800..<0xDC00 ~= unit else { return Unicode.Scalar(unit) }
            guard next() == UInt8(ascii: "\\"), next() == UInt8(ascii: "u"),
                let low = fourDigits(), 0xDC00..<0xE000 ~= low
            else { return nil }
            return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        }

        private mutating func fourDigits() -> UInt32? {
            var value: UInt32 = 0
            for _ in 0..<4 {
                guard let byte = next() else { return nil }
                guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
                value = value << 4 | UInt32(digit)
            }
            return value
        }
    }
}
