// SPDX-License-Identifier: Apache-2.0
import Foundation
import Storage
import Testing

@testable import Tables

/// The forms in which a trust set's lists stand in its row.
struct StoredListTests {
    private static let lists: [[String]] = [
        [], [""], ["a"], ["a", "b"], ["/etc/a\"b\\c.pem"], ["ü€𝄞", "\u{7f}\u{2028}"],
        ["\0\u{1}\n\t\u{1f}", "//"],
    ]

    @Test(arguments: lists) func `a list comes back, and Foundation reads it`(list: [String]) throws
    {
        let text = StoredList.text(list)
        #expect(StoredList.texts(text) == list)
        #expect(try JSONDecoder().decode([String].self, from: Data(text.utf8)) == list)
    }

    @Test(arguments: lists) func `what Foundation wrote is read`(list: [String]) throws {
        let encoder = JSONEncoder()
        for options in [JSONEncoder.OutputFormatting.withoutEscapingSlashes, [], .prettyPrinted] {
            encoder.outputFormatting = options
            let text = String(decoding: try encoder.encode(list), as: UTF8.self)
            #expect(StoredList.texts(text) == list)
        }
    }

    @Test func `escapes are read`() {
        #expect(
            StoredList.texts(#" [ "\u0041\/\b\f\n\r\t\"\\" , "\ud834\uDD1e" ] "#) == [
                "A/\u{8}\u{c}\n\r\t\"\\", "𝄞",
            ]
        )
    }

    @Test(arguments: [
        "", "[", "]", "[\"a\"", "[\"a\",]", "[,]", "[1]", "[null]", "{}", "\"a\"", "[\"a\"]x",
        "[\"a\" \"b\"]", "[\"\\x\"]", "[\"\\u12g4\"]", "[\"\\ud834\"]", "[\"\\udd1e\"]",
        "[\"\\ud834\\u0041\"]", "[\"a\nb\"]", "[\"a]", "[[\"a\"]]", "[\"\\u+123\"]",
    ])
    func `what is no list of strings is refused`(text: String) {
        #expect(StoredList.texts(text) == nil)
    }

    @Test(arguments: 0..<70) func `bytes come back, in Foundation's Base64`(count: Int) {
        let bytes = (0..<count).map { _ in UInt8.random(in: 0...255) }
        let text = StoredList.text([bytes])
        #expect(text == "[\"\(Data(bytes).base64EncodedString())\"]")
        #expect(StoredList.bytes(text) == [bytes])
    }

    @Test(arguments: [
        "A", "AA", "AAA", "A===", "====", "AA=A", "AB==", "AAB=", "AA-_", "AA\n=", "AAAA ", "=AAA",
    ])
    func `what is no Base64 is refused`(text: String) {
        #expect(StoredList.bytes("[\"\(text)\"]") == nil)
    }
}
