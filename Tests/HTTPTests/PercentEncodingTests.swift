// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

struct PercentEncodingTests {
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

    @Test(arguments: [
        ("", ""), ("aZ9-._~", "aZ9-._~"), ("a b&c=+/?#%", "a%20b%26c%3D%2B%2F%3F%23%25"),
        ("\u{e9}\u{0}\r\n", "%C3%A9%00%0D%0A"),
    ])
    func `all but unreserved characters are encoded, and decoded to the same`(
        text: String,
        encoded: String
    ) {
        #expect(PercentEncoding.encode(text) == encoded)
        #expect(PercentEncoding.decode(encoded.utf8Span.span) == Array(text.utf8))
        #expect(PercentEncoding.decodeForm(encoded.utf8Span.span) == Array(text.utf8))
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
