import Testing

@testable import HTTP

struct Base64Tests {
    private func decoded(_ text: String) -> [UInt8]? { Base64.decode(octets(text).span) }

    static let vectors = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"), ("\u{fb}\u{ff}\u{fe}", "+//+"),
    ]

    @Test(arguments: vectors)
    func `the vectors of RFC 4648 are decoded`(bytes: String, text: String) {
        #expect(decoded(text) == octets(bytes))
        #expect(Sample.base64(octets(bytes)) == text)
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
            #expect(decoded(Sample.base64(bytes)) == bytes)
        }
        for byte in UInt8.min...UInt8.max {
            let text = Sample.base64([byte])
            let spellings = (0...UInt8.max).filter { last in
                Base64.decode((Array(text.utf8.prefix(1)) + [last] + octets("==")).span) == [byte]
            }
            #expect(spellings.count == 1)
        }
    }

    static let escapes: [(String, String, String?)] = [
        ("", "", ""), ("a%20b", "", "a b"), ("%41%7a", "", "Az"), ("%4a%4A", "", "JJ"),
        ("-._~aZ9", "", "-._~aZ9"), ("%25", "", "%"), ("%00%FF", "", "\u{0}\u{ff}"),
        ("a+b", "+", "a+b"), ("a=/b", "+=/", "a=/b"), ("a+b", "", nil), ("a/b", "", nil),
        ("a b", "", nil), ("%", "", nil), ("%4", "", nil), ("a%", "", nil), ("%4g", "", nil),
        ("%g4", "", nil), ("%%41", "", nil), ("% 4", "", nil), ("%+4", "+", nil),
        ("%-1", "", nil), ("\u{e9}", "", nil), ("a\u{0}", "", nil), ("%u0041", "", nil),
    ]

    @Test(arguments: escapes)
    func `percent-encoding is decoded strictly`(text: String, safe: String, expected: String?) {
        let decoded = PercentEncoding.decode(octets(text).span, safe: safe)
        #expect(decoded == expected.map(octets))
    }

    static let formTexts: [(String, String?)] = [
        ("", ""), ("a+b%20c", "a b c"), ("%2B", "+"), ("%41%7a", "Az"), ("a b/=&", "a b/=&"),
        ("\u{e9}", "\u{e9}"), ("a\u{0}", "a\u{0}"), ("%00%fF", "\u{0}\u{ff}"),
        ("%", nil), ("%4", nil), ("a%", nil), ("%4g", nil), ("%g4", nil), ("%%41", nil),
        ("%+4", nil), ("% 4", nil), ("%u0041", nil),
    ]

    @Test(arguments: formTexts)
    func `a form's text has plus signs for spaces`(text: String, expected: String?) {
        #expect(PercentEncoding.decodeForm(octets(text).span) == expected.map(octets))
    }
}
