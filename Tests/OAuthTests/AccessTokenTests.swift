import Foundation
import Testing

@testable import OAuth

struct AccessTokenTests {
    private func text(_ body: (inout [UInt8]) -> Void) -> String {
        var out: [UInt8] = []
        body(&out)
        return String(decoding: out, as: UTF8.self)
    }

    @Test(arguments: [
        ("", #""""#), ("plain", #""plain""#), ("a\"b", #""a\"b""#), ("a\\b", #""a\\b""#),
        ("\u{0}\u{1f}", #""\u0000\u001f""#), ("\n\t", #""\u000a\u0009""#), ("/é€", #""/é€""#),
        ("\u{7f}", "\"\u{7f}\""),
    ])
    func `a string is escaped where JSON requires it`(plain: String, expected: String) throws {
        let written = text { JSONText.appendString(plain.utf8, to: &$0) }
        #expect(written == expected)
        #expect(try JSONDecoder().decode([String].self, from: Data("[\(written)]".utf8)) == [plain])
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
            JSONText.appendString("x".utf8, to: &out)
        }
        #expect(written == #"[12"x""#)
    }
}
