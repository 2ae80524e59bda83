// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Text

struct JSONTextTests {
    private func text(_ body: (inout [UInt8]) -> Void) -> String {
        var out: [UInt8] = []
        body(&out)
        return String(decoding: out, as: UTF8.self)
    }

    @Test(arguments: [
        ("", #""""#), ("plain", #""plain""#), ("a\"b", #""a\"b""#), ("a\\b", #""a\\b""#),
        ("\u{0}\u{1f}", #""\u0000\u001f""#), ("\n\t", #""\n\t""#),
        ("\u{8}\u{b}\u{c}\r\u{e}", #""\b\u000b\f\r\u000e""#), ("/é€", #""/é€""#),
        ("\u{7f}", "\"\u{7f}\""),
    ])
    func `a string is escaped where JSON requires it`(plain: String, expected: String) throws {
        let written = text { JSONText.appendString(plain, to: &$0) }
        #expect(written == expected)
        #expect(try JSONDecoder().decode([String].self, from: Data("[\(written)]".utf8)) == [plain])
    }

    @Test func `bytes are escaped as the same text is`() {
        let raw = Array("a\"\\\u{0}\n\r\t\u{1f}\u{7f}/é".utf8)
        let written = text { JSONText.appendString(raw.span, to: &$0) }
        #expect(written == #""a\"\\\u0000\n\r\t\u001f"# + "\u{7f}/é\"")
    }

    @Test(
        arguments: [
            (0, #"\u0000"#), (0x1F, #"\u001f"#), (0x9B, #"\u009b"#), (0x2028, #"\u2028"#),
            (0xFFFF, #"\uffff"#), (0x10000, #"\ud800\udc00"#), (0xE0041, #"\udb40\udc41"#),
            (0x10FFFF, #"\udbff\udfff"#),
        ] as [(UInt32, String)]
    )
    func `a scalar's escape is read as the scalar`(scalar: UInt32, expected: String) throws {
        let written = text { JSONText.appendEscape(scalar, to: &$0) }
        #expect(written == expected)
        let read = try JSONDecoder().decode([String].self, from: Data("[\"\(written)\"]".utf8))
        #expect(read == [String(Character(try #require(Unicode.Scalar(scalar))))])
    }

    @Test(arguments: ["", "client-1", "a.b_c~d"])
    func `a text that needs no escapes is only quoted`(plain: String) {
        #expect(text { JSONText.appendPlain(Array(plain.utf8), to: &$0) } == "\"\(plain)\"")
    }

    @Test(
        arguments: [
            (["a"], #""a""#), (["a", "b"], #"["a","b"]"#), ([], "[]"), (["\""], #""\"""#),
        ] as [([String], String)]
    )
    func `one audience is a string, several are an array`(audiences: [String], expected: String) {
        #expect(text { JSONText.appendAudience(audiences, to: &$0) } == expected)
    }

    @Test(
        arguments: [
            ([], "[]"), (["a"], #"["a"]"#), (["a", "b\\"], #"["a","b\\"]"#),
        ] as [([String], String)]
    )
    func `an array stays one, whatever its length`(texts: [String], expected: String) {
        #expect(text { JSONText.appendArray(texts, to: &$0) } == expected)
    }

    @Test(arguments: [0, 9, 10, 1_800_000_000, Int64.max] as [Int64])
    func `a number is written in decimal digits`(number: Int64) {
        #expect(text { JSONText.appendNumber(number, to: &$0) } == "\(number)")
    }

    @Test func `a negative number is a mistake that ends the process`() async {
        await #expect(processExitsWith: .failure) {
            var out: [UInt8] = []
            JSONText.appendNumber(-1, to: &out)
        }
    }

    @Test func `appending leaves what was there`() {
        let written = text { out in
            out.append(UInt8(ascii: "["))
            JSONText.appendNumber(12, to: &out)
            JSONText.appendString("x", to: &out)
        }
        #expect(written == #"[12"x""#)
    }
}
