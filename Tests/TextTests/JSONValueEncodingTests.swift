// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing
import Text

/// The JSON output of commands, against Foundation's encoder, whose format operators know.
struct JSONValueEncodingTests {
    private func foundation(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private func compare(_ value: some Encodable) throws {
        let written = try JSONValue(encoding: value).indentedText
        #expect(try written == foundation(value))
    }

    private enum Level: String, Encodable { case low, high }

    private struct Inner: Encodable {
        var text = "a/b\"\\\n\t\u{8}\u{c}\r\u{1f}\u{7f}é😀\u{2028}"
        var nothing: String?
        var numbers = [1, -2, .max, .min]
    }

    private struct Everything: Encodable {
        var inner = Inner()
        var level = Level.high
        var empty: [Int] = []
        var none: [String: Int] = [:]
        var deep = [[["x": [1]]], []]
        var truth = true
        var lie = false
        var small: UInt8 = 255
        var large = UInt64.max
        var numbers: [Double] = [0, -0.0, 1, 1.5, 1e15, 1e16, 1e-7, .pi, 1e300]
        var singles: [Float] = [0.1, 3]
        var optionals: [String?] = ["a", nil]
        var names = ["b": 1, "a": 2, "B": 3, "a1": 4, "a10": 5, "a2": 6, "é": 7, "z": 8, "": 9]

        enum CodingKeys: String, CodingKey {
            case inner, level, empty, none, deep, truth, lie, small, large, numbers, singles
            case optionals
            case names = "x5t#S256"
        }
    }

    private struct Nested: Encodable {
        enum Key: String, CodingKey { case first, second, third, `super` }

        func encode(to encoder: any Encoder) throws {
            try ["third": "before"].encode(to: encoder)
            var container = encoder.container(keyedBy: Key.self)
            var list = container.nestedUnkeyedContainer(forKey: .first)
            try list.encode("a")
            try list.encodeNil()
            var member = list.nestedContainer(keyedBy: Key.self)
            try member.encodeNil(forKey: .first)
            _ = list.nestedUnkeyedContainer()
            try "s".encode(to: list.superEncoder())
            var other = container.nestedContainer(keyedBy: Key.self, forKey: .second)
            try other.encode(1, forKey: .first)
            try "t".encode(to: container.superEncoder())
            try container.encode("after", forKey: .third)
        }
    }

    private struct Nothing: Encodable {}

    @Test func `what is encoded is written as Foundation wrote it`() throws {
        try compare(Everything())
        try compare([Everything(), Everything()])
        try compare(Nested())
        try compare([Nothing()])
        try compare([Int]())
        try compare([String: String]())
        try compare("fragment")
        try compare(17)
        try compare(Int?.none)
    }

    @Test(arguments: [0, UInt64.random(in: 1 ... .max)])
    func `any texts and names are written as Foundation wrote them`(seed: UInt64) throws {
        print("JSON writing seed \(seed)")
        var generator = SeededRandom(seed: seed)
        func text() -> String {
            let scalars = (0..<Int.random(in: 0..<12, using: &generator)).compactMap { _ in
                let most: UInt32 = [0x7F, 0x20, 0x2FF, 0x10FFFF].randomElement(using: &generator)!
                return Unicode.Scalar(UInt32.random(in: 0...most, using: &generator))
            }
            return String(String.UnicodeScalarView(scalars))
        }
        for _ in 0..<2_000 {
            let members = (0..<Int.random(in: 0..<6, using: &generator)).map { _ in
                (text(), (0..<Int.random(in: 0..<3, using: &generator)).map { _ in text() })
            }
            let value = Dictionary(members) { $1 }
            let written = try JSONValue(encoding: value).indentedText
            try #require(try written == foundation(value), "seed \(seed): \(value)")
        }
    }

    @Test(arguments: [
        "null", "{\n\n}", "[\n\n]", "[\n  1,\n  2.50,\n  1e400\n]",
        "{\n  \"a\" : \"x\",\n  \"b\" : {\n    \"c\" : [\n\n    ]\n  }\n}",
    ])
    func `a value that was read is written with its digits`(text: String) throws {
        let read = JSONValue(text.utf8Span.span)
        let value = try #require(read)
        #expect(value.indentedText == text)
        #expect(try JSONValue(encoding: value) == value)
        #expect(try JSONValue(encoding: ["m": value])["m"] == value)
    }

    @Test(arguments: [Double.infinity, -.infinity, .nan])
    func `a number that JSON has no text for is refused`(number: Double) {
        #expect(throws: EncodingError.self) { try JSONValue(encoding: [number]) }
    }

    @Test func `an encoder that loses digits gets no value`() {
        #expect(throws: EncodingError.self) { try JSONEncoder().encode(JSONValue.number("1e400")) }
    }
}
