// SPDX-License-Identifier: Apache-2.0
import Testing
import Text

struct Base64Tests {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    )

    /// Base64 in the slow and obvious way: bit by bit.
    private static func encoded(_ bytes: [UInt8]) -> String {
        var bits = bytes.flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 } }
        while !bits.count.isMultiple(of: 6) { bits.append(0) }
        var text = stride(from: 0, to: bits.count, by: 6).map { start in
            alphabet[Int(bits[start..<start + 6].reduce(0) { $0 << 1 | $1 })]
        }
        while !text.count.isMultiple(of: 4) { text.append(UInt8(ascii: "=")) }
        return String(decoding: text, as: UTF8.self)
    }

    /// One byte for each scalar.
    private func octets(_ text: String) -> [UInt8] {
        text.unicodeScalars.map { UInt8($0.value) }
    }

    private func decoded(_ text: String) -> [UInt8]? { Base64.decode(octets(text).span) }

    static let vectors = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"), ("\u{fb}\u{ff}\u{fe}", "+//+"),
    ]

    @Test(arguments: vectors)
    func `the vectors of RFC 4648 are decoded`(bytes: String, text: String) {
        #expect(decoded(text) == octets(bytes))
        #expect(Self.encoded(octets(bytes)) == text)
        #expect(Base64.encode(octets(bytes).span) == octets(text))
        let unpadded = octets(text).filter { $0 != UInt8(ascii: "=") }
        #expect(Base64.encode(octets(bytes).span, isPadded: false) == unpadded)
    }

    static let refused = [
        "Zg", "Zg=", "Zg===", "Zg====", "Zm8", "Zm8==", "Zm9v=", "=", "==", "===", "====", "Z===",
        "Zh==", "Zm9=", "Zg==Zg==", "Z=g=", "=Zg=", "Zm9v\n", "Zm 9v", "Zm9v ", " Zm9v", "Zm9-",
        "Zm9_", "Zm9\u{0}", "Zm9\u{e9}", "Zm9%", "Zm9,", "\nZm9v", "Zm9\r", "Zm9vZ", "-_-_",
    ]

    @Test(arguments: refused)
    func `any other spelling is refused`(text: String) {
        #expect(decoded(text) == nil)
    }

    @Test func `every byte comes back, and each value has one spelling`() {
        for count in 0..<260 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ count) }
            #expect(decoded(Self.encoded(bytes)) == bytes)
            #expect(Base64.encode(bytes.span) == octets(Self.encoded(bytes)))
        }
        for byte in UInt8.min...UInt8.max {
            let text = Self.encoded([byte])
            let spellings = (0...UInt8.max).filter { last in
                let other = octets(text).prefix(1) + [last] + octets("==")
                return Base64.decode(other.span) == [byte]
            }
            #expect(spellings.count == 1)
        }
    }
}
