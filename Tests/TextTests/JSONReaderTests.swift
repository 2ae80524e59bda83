// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing
import Text

/// JSON as claims, key sets and registrations come in: strictly, and never with a trap.
struct JSONReaderTests {
    private func read(_ text: String) -> JSONValue? {
        read(Array(text.utf8))
    }

    private func read(_ bytes: [UInt8]) -> JSONValue? {
        JSONValue(bytes.span)
    }

    // MARK: values

    @Test(
        arguments: [
            ("null", .null), ("true", .boolean(true)), ("false", .boolean(false)),
            ("0", .integer(0)), ("-0", .integer(0)), ("42", .integer(42)), ("-17", .integer(-17)),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number("9223372036854775808")),
            ("1.5", .number("1.5")), ("-0.0", .number("-0.0")), ("1e3", .number("1e3")),
            ("1E+3", .number("1E+3")), ("10e-30", .number("10e-30")), ("0e0", .number("0e0")),
            (#""""#, .string("")), (#""a b""#, .string("a b")),
            ("\"\u{7f}é😀\"", .string("\u{7f}é😀")),
            (#""\"\\\/\b\f\n\r\t""#, .string("\"\\/\u{8}\u{c}\n\r\t")),
            (#""\u0041\u00e9\u20AC\u0000""#, .string("Aé€\0")),
            ("[]", .array([])), ("[ ]", .array([])), ("{}", .object([:])), ("{ }", .object([:])),
            ("[1,[2],{}]", .array([.integer(1), .array([.integer(2)]), .object([:])])),
            (#"{"a":{"b":[null]}}"#, .object(["a": .object(["b": .array([.null])])])),
            (#"{"":1}"#, .object(["": .integer(1)])),
            (" \t\r\n[ 1 ,\n2 ]\n", .array([.integer(1), .integer(2)])),
            (" { \"a\" : 1 , \"b\" : 2 } ", .object(["a": .integer(1), "b": .integer(2)])),
        ] as [(String, JSONValue)]
    )
    func `a JSON text is read as what it says`(text: String, expected: JSONValue) {
        #expect(read(text) == expected)
    }

    @Test(arguments: [
        "", " ", "nul", "nulll", "True", "NaN", "Infinity", "-Infinity", "undefined", "'a'",
        "[", "]", "[1", "[1,]", "[,1]", "[1 2]", "[1,,2]", "{", "}", "{,}", "{a:1}", "{1:2}",
        #"{"a"}"#, #"{"a":}"#, #"{"a" 1}"#, #"{"a":1,}"#, #"{"a":1 "b":2}"#, #"{'a':1}"#,
        #"{"a":1"#, #"{"a":1]"#, "[1}", "/**/1", "1//", "\u{feff}{}", "\u{a0}1", "\u{b}1",
    ])
    func `what is no JSON text is refused`(text: String) {
        #expect(read(text) == nil)
    }

    @Test(arguments: [
        "01", "-01", "00", "-", "+1", ".5", "1.", "1.e3", "1e", "1e+", "1e1.5", "0x10", "1_000",
        "--1", "1-", "٣",
    ])
    func `what is no JSON number is refused`(text: String) {
        #expect(read(text) == nil)
        #expect(read("[\(text)]") == nil)
        #expect(read("[1]") != nil)
    }

    @Test(arguments: [
        #"""#, #""a"#, #""\"#, #""\""#, #""\x""#, #""\U0041""#, #""\u""#, #""\u12""#, #""\u12g4""#,
        #""\u 123""#, #""\u+123""#, "\"\n\"", "\"\t\"", "\"\u{1f}\"", "\"\0\"",
    ])
    func `what is no JSON string is refused`(text: String) {
        #expect(read(text) == nil)
        #expect(read("[\(text)]") == nil)
    }

    @Test(arguments: ["{}", "[1]", #""a""#, "null", "1"])
    func `nothing may stand behind the value but space`(text: String) {
        #expect(read(text + " \t\r\n") != nil)
        for rest in ["x", ",", "]", "}", "\0", "{}", "\u{feff}", " 1", "//", "\""] {
            #expect(read(text + rest) == nil, "\(text)\(rest)")
        }
    }

    @Test func `a text that was cut off anywhere is refused`() {
        let text = Array(#"{"a":[1,-2.5e3,"x\u00e9\ud83d\ude00é"],"b":{"c":true,"d":null}}"#.utf8)
        #expect(read(text) != nil)
        for count in 0..<text.count { #expect(read(Array(text[..<count])) == nil, "\(count)") }
    }

    // MARK: what two readers could read differently

    @Test(arguments: [
        #"{"a":1,"a":2}"#, #"{"a":1,"a":1}"#, #"{"a":1,"b":2,"a":3}"#, #"{"a":1,"\u0061":2}"#,
        #"{"x":{"a":1,"a":2}}"#, #"[{"a":1,"a":2}]"#, #"{"":1,"":2}"#,
    ])
    func `a member that stands twice is refused`(text: String) {
        #expect(read(text) == nil)
    }

    @Test(arguments: [#"{"a":1,"A":2}"#, #"{"a":{"a":1}}"#, #"[{"a":1},{"a":1}]"#, #"["a","a"]"#])
    func `the same name in another object is not twice`(text: String) {
        #expect(read(text) != nil)
    }

    @Test(arguments: [
        #"\ud800"#, #"\udbff"#, #"\udc00"#, #"\udfff"#, #"\ud800x"#, #"\ud800\n"#, #"\ud800\u0041"#,
        #"\ud800\ud800"#, #"\udc00\ud800"#, #"\ud800\u"#, #"\ud800\udc0"#, #"\ud83dx\ude00"#,
        #"\ud800\ue000"#, #"\ud800 \udc00"#,
    ])
    func `half of a surrogate pair is refused`(text: String) {
        #expect(read("\"\(text)\"") == nil)
        #expect(read("{\"\(text)\":1}") == nil)
    }

    @Test(arguments: [
        (#"\ud800\udc00"#, "\u{10000}"), (#"\uDBFF\uDFFF"#, "\u{10ffff}"),
        (#"\ud83d\ude00"#, "😀"), (#"\ud7ff"#, "\u{d7ff}"), (#"\ue000"#, "\u{e000}"),
        (#"\uffff"#, "\u{ffff}"),
    ])
    func `a whole pair and its neighbours are read`(text: String, expected: String) {
        #expect(read("\"\(text)\"") == .string(expected))
    }

    @Test(
        arguments: [
            [0xff], [0x80], [0xc3], [0xc0, 0xaf], [0xe2, 0x82], [0xe0, 0x80, 0xaf],
            [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xf0, 0x9f, 0x98],
        ] as [[UInt8]]
    )
    func `bytes that are no UTF-8 are refused`(bytes: [UInt8]) {
        let quote = [UInt8(ascii: "\"")]
        #expect(read(quote + bytes + quote) == nil)
        #expect(read([UInt8(ascii: "1")] + bytes) == nil)
        #expect(read(quote + Array("é€😀".utf8) + quote) == .string("é€😀"))
    }

    // MARK: depth

    private func nested(_ depth: Int, _ opening: String, _ closing: String) -> String {
        String(repeating: opening, count: depth) + "1" + String(repeating: closing, count: depth)
    }

    @Test(arguments: [("[", "]"), (#"{"a":"#, "}")])
    func `sixteen values may lie in one another, and no more`(opening: String, closing: String) {
        #expect(read(nested(16, opening, closing)) != nil)
        #expect(read(nested(17, opening, closing)) == nil)
        // Far more than the stack holds frames: it must end at the limit, not at the stack's end.
        #expect(read(nested(200_000, opening, closing)) == nil)
        #expect(read(String(repeating: opening, count: 200_000)) == nil)
    }

    @Test func `values that lie beside one another are not deep`() {
        let row = Array(repeating: nested(15, "[", "]"), count: 100).joined(separator: ",")
        #expect(read("[\(row)]") != nil)
        #expect(read("[\(row),\(nested(16, "[", "]"))]") == nil)
    }

    // MARK: values as claims need them

    @Test(
        arguments: [
            ("0", 0), ("1800000000", 1_800_000_000), ("-5", -5), ("1.9", 1),
            ("1.8e9", 1_800_000_000),
            ("9223372036854775807", .max), ("1e15", nil), ("-1e15", nil), ("1e400", nil),
            ("9223372036854775808", nil), (#""1""#, nil), ("null", nil), ("true", nil),
            ("[1]", nil), ("{}", nil),
        ] as [(String, Int64?)]
    )
    func `a date is a number of seconds`(text: String, seconds: Int64?) throws {
        #expect(try #require(read(text)).seconds == seconds)
    }

    @Test(
        arguments: [
            (#""a""#, ["a"]), (#"["a","b"]"#, ["a", "b"]), ("[]", []), (#"["a",1]"#, nil),
            (#"[["a"]]"#, nil), ("1", nil), ("null", nil), (#"{"a":"b"}"#, nil),
        ] as [(String, [String]?)]
    )
    func `an audience is a string or an array of nothing but strings`(
        text: String,
        expected: [String]?
    ) throws {
        #expect(try #require(read(text)).texts == expected)
    }

    @Test func `a member is found by its name, and only in an object`() throws {
        let object = try #require(read(#"{"a":"x","b":{"a":"y"}}"#))
        #expect(object["a"]?.text == "x" && object["b"]?["a"]?.text == "y")
        #expect(object["c"] == nil && object["A"] == nil && object["b"]?.text == nil)
        #expect(try #require(read(#"["a"]"#))["a"] == nil)
        #expect(try #require(read("1")).text == nil)
    }

    // MARK: anything at all

    @Test(arguments: [0, UInt64.random(in: 1 ... .max)])
    func `what is accepted, another reader accepts too`(seed: UInt64) throws {
        print("JSON fuzz seed \(seed)")
        var generator = SeededRandom(seed: seed)
        let whole = Array(#"{"a":[1,-2.5e3,true,null],"b":{"c":"x\u00e9\ud83d\ude00 é"}}"#.utf8)
        let pieces = Array(#"{}[],:"\u0d8e+-.1 "#.utf8)
        var accepted = 0
        for _ in 0..<4_000 {
            var text = whole
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                let at = Int.random(in: 0..<text.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: text[at] = .random(in: 0...255, using: &generator)
                case 1: text.remove(at: at)
                case 2: text.insert(pieces.randomElement(using: &generator) ?? 0, at: at)
                default: text[at] = pieces.randomElement(using: &generator) ?? 0
                }
            }
            guard read(text) != nil else { continue }
            accepted += 1
            let other = try? JSONSerialization.jsonObject(
                with: Data(text),
                options: .fragmentsAllowed
            )
            try #require(other != nil, "seed \(seed): \(String(decoding: text, as: UTF8.self))")
        }
        // Some changes leave a text whole; without them nothing would have been compared.
        #expect(accepted > 100)
    }
}
