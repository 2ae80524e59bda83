// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing
import Text
import YAML

/// YAML as configuration files have it.
struct YAMLNodeTests {
    private func read(_ text: String) throws -> YAMLNode? {
        try YAMLNode.document(Array(text.utf8).span)
    }

    /// A node in one line, without places.
    private func flat(_ node: YAMLNode?) -> String {
        switch node?.content {
        case nil: "nothing"
        case .scalar(let text): "'\(text)'"
        case .list(let values): "[" + values.map(flat).joined(separator: " ") + "]"
        case .map(let members):
            "{" + members.map { "\($0.name)=" + flat($0.value) }.joined(separator: " ") + "}"
        }
    }

    private func reason(_ text: String) -> String {
        do {
            return "accepted: " + flat(try read(text))
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [
        ("", "nothing"), ("# nothing\n", "nothing"), ("---\n...\n", "''"), ("a", "'a'"),
        ("a: 1", "{a='1'}"), ("a:", "{a=''}"), ("a: ~", "{a='~'}"), ("{}", "{}"), ("[]", "[]"),
        ("a: {b: [1, 'x y', \"\\u00e9\\n\"]}\n", "{a={b=['1' 'x y' 'é\n']}}"),
        ("a:\n  b: 1\n  c:\n  - d\n  - e: f\n", "{a={b='1' c=['d' {e='f'}]}}"),
        ("a: |\n  one\n  two\nb: >\n  three\n  four\n", "{a='one\ntwo\n' b='three four\n'}"),
        ("%YAML 1.1\n---\na: on\n...\n", "{a='on'}"), ("\u{feff}a: 1", "{a='1'}"),
        ("? a\n: 1", "{a='1'}"), ("5: x\ntrue: y\nnull: z", "{5='x' true='y' null='z'}"),
        ("\"\": 1", "{='1'}"), ("a: \"x\\0y\"", "{a='x\0y'}"),
        (#"{"a": 1, "b": [null]}"#, "{a='1' b=['null']}"),
        ("<<: {a: 1}", "{<<={a='1'}}"),
    ])
    func `a document is read as what it says`(text: String, expected: String) throws {
        #expect(flat(try read(text)) == expected)
    }

    @Test(arguments: [
        ("a: &x 5\nb: *x", "{a='5' b='5'}"), ("a: &x {c: 1}\nb: *x", "{a={c='1'} b={c='1'}}"),
        ("&k a: 1\nb: *k", "{a='1' b='a'}"), ("a: &x y\n*x : 1", "{a='y' y='1'}"),
        ("a: &x 1\nb: &x 2\nc: *x", "{a='1' b='2' c='2'}"),
        ("a: !!str 5\nb: !!int \"5\"", "{a='5' b='5'}"), ("a: ! x", "{a='x'}"),
        ("a: !!map {b: !!seq [!!null ~]}", "{a={b=['~']}}"),
        ("a: !<tag:yaml.org,2002:bool> true", "{a='true'}"),
    ])
    func `aliases stand for what was anchored, and tags of YAML change nothing`(
        text: String,
        expected: String
    ) throws {
        #expect(flat(try read(text)) == expected)
    }

    @Test(arguments: [
        ("a: *x", "1:4: no anchor x stands before its alias"),
        ("a: &x {b: *x}", "1:11: no anchor x stands before its alias"),
        ("a: *x\nb: &x 1", "1:4: no anchor x stands before its alias"),
        ("a: !mine x", "1:4: the tag !mine is not known"),
        ("a: !!binary aGk=", "1:4: the tag tag:yaml.org,2002:binary is not known"),
        ("!x a: 1", "1:1: the tag !x is not known"), ("a: !!set {}", "1:4: the tag"),
        ("a: 1\nb: 2\na: 3", "3:1: the key a stands twice in one map"),
        ("a: {b: 1, 'b': 2}", "1:11: the key b stands twice in one map"),
        ("a: &x b\nb: 1\n*x : 2", "3:1: the key b stands twice in one map"),
        ("{a: 1, ? [b] : 2}", "1:10: a key must be a text"),
        ("a: 1\n---\nb: 2", "2:1: a second document begins"), ("---\n---\n", "2:1: a second"),
        ("a: [1", "2:1: while parsing a flow sequence, did not find expected ',' or ']'"),
        ("a: {b", "2:1: while parsing a flow mapping"),
        ("a: 'b", "1:6: while scanning a quoted scalar, found unexpected end"),
        ("a: 1\n b: 2", "2:3: mapping values are not allowed in this context"),
        ("\ta: 1", "1:1: while scanning for the next token, found character that cannot start"),
        ("a: @b", "1:4: while scanning for the next token"),
        ("%FOO", "1:5: while scanning a directive, found unknown"),
        ("a: \"\\q\"", "1:5: while parsing a quoted scalar, found unknown escape character"),
        ("é: 1\nb: \u{1}", "2:4: control characters are not allowed"),
        ("%YAML 3.0\n---\na: 1", "1:1: found incompatible YAML document"),
    ])
    func `what cannot be read is told with its place`(text: String, expected: String) {
        #expect(reason(text).hasPrefix(expected), "\(reason(text))")
    }

    @Test func `every key and value has its place`() throws {
        let root = try #require(try read("a: 1\nbé:\n  c:   [x,\n    y]\n"))
        guard case .map(let members) = root.content,
            case .map(let inner) = members[1].value.content,
            case .list(let values) = inner[0].value.content
        else {
            Issue.record("another shape")
            return
        }
        #expect(members.map(\.position.description) == ["1:1", "2:1"])
        #expect(members[0].value.position.description == "1:4")
        #expect(inner[0].position.description == "3:3")
        #expect(inner[0].value.position.description == "3:8")
        #expect(values.map(\.position.description) == ["3:9", "4:5"])
    }

    @Test(
        arguments: [
            [0x61, 0x3A, 0x20, 0xFF], [0xC3], [0x61, 0xC0, 0xAF], [0xED, 0xA0, 0x80],
            // UTF-16, with and without its mark.
            [0xFF, 0xFE, 0x61, 0x00], [0x61, 0x00, 0x3A, 0x00],
        ] as [[UInt8]]
    )
    func `bytes that are no UTF-8 text are refused`(bytes: [UInt8]) {
        #expect(throws: YAMLError.self) { try YAMLNode.document(bytes.span) }
    }

    // MARK: bounds

    @Test(arguments: [("[", "]"), ("{a: ", "}")])
    func `sixteen values may lie in one another, and no more`(
        opening: String,
        closing: String
    ) throws {
        func nested(_ depth: Int) -> String {
            String(repeating: opening, count: depth) + "1"
                + String(repeating: closing, count: depth)
        }
        // The innermost is the scalar.
        #expect(try read(nested(15)) != nil)
        #expect(reason(nested(16)).hasSuffix("more than 16 values lie in one another"))
        #expect(reason(nested(100_000)).hasSuffix("more than 16 values lie in one another"))
        #expect(reason(String(repeating: opening, count: 100_000)).contains("in one another"))
        #expect(reason(String(repeating: "- ", count: 100_000)).contains("in one another"))
    }

    @Test func `an alias is as deep and as large as what it stands for`() throws {
        let deep = "a: &x " + String(repeating: "[", count: 8) + String(repeating: "]", count: 8)
        #expect(try read(deep + "\nb: [[[[[[[*x]]]]]]]") != nil)
        #expect(reason(deep + "\nb: [[[[[[[[*x]]]]]]]]").contains("in one another"))
        // Each line stands for ten times the one above it.
        var bomb = "a0: &a0 [x]\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ",")
            bomb += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(reason(bomb).contains("more than 10000 values, aliases' ones included"))
        #expect(reason(bomb).hasPrefix("5:"))
    }

    @Test func `ten thousand values are read, and no more`() throws {
        let row = { (count: Int) in "[" + String(repeating: "1,", count: count) + "]" }
        #expect(try read(row(9_999)) != nil)
        #expect(reason(row(10_000)).contains("more than 10000 values"))
    }

    // MARK: anything at all

    @Test(arguments: [0, UInt64.random(in: 1 ... .max)])
    func `whatever stands in a file, it is read or refused at a place in it`(seed: UInt64) throws {
        print("YAML fuzz seed \(seed)")
        var generator = SeededRandom(seed: seed)
        let whole = Array(
            "a: &x {b: [1, 'q', \"\\u00e9\"], c: |\n   t\n  }\nd: *x\n# é\n- ? !!str k\n: >-\n v\n"
                .utf8
        )
        let pieces = Array("{}[],:?-|>&*!%#'\"\\ \n\t~é\0".utf8)
        var read = 0
        for _ in 0..<4_000 {
            var text = whole
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                let at = Int.random(in: 0..<text.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: text[at] = .random(in: 0...255, using: &generator)
                case 1: text.removeSubrange(at...)
                default: text.insert(pieces.randomElement(using: &generator) ?? 0, at: at)
                }
                if text.isEmpty { break }
            }
            do throws(YAMLError) {
                _ = try YAMLNode.document(text.span)
                read += 1
            } catch {
                let lines = text.count { $0 == 0x0A || $0 == 0x0D } + 2
                try #require((1...lines + 8).contains(error.position.line), "seed \(seed)")
                try #require(!error.reason.isEmpty)
            }
        }
        #expect(read > 20)
    }
}
