// SPDX-License-Identifier: Apache-2.0
import Testing
import Text

@testable import YAML

struct YAMLEntriesTests {
    private func read(
        _ text: String
    ) throws -> (lists: [String], entries: [(list: String, entry: YAMLNode)]) {
        var lists: [String] = []
        var found: [(String, YAMLNode)] = []
        let bytes = Array(text.utf8)
        try YAMLNode.forEachEntry(of: bytes.span, list: { lists.append($0.name) }) { list, entry in
            found.append((list.name, entry))
        }
        return (lists, found)
    }

    private func entries(_ text: String) throws -> [(list: String, entry: YAMLNode)] {
        try read(text).entries
    }

    @Test func `entries of each list come in their order, with their places`() throws {
        let (lists, found) = try read("a:\n  - 1\n  - {x: y}\nb: []\nc:\nd: ['z']\n")
        #expect(found.map(\.list) == ["a", "a", "d"])
        #expect(found.map(\.entry.position.line) == [2, 3, 6])
        #expect(lists == ["a", "b", "c", "d"])
        #expect(found[0].entry.content == .scalar("1") && found[0].entry.isPlain)
        #expect(found[2].entry.content == .scalar("z") && !found[2].entry.isPlain)
    }

    @Test(arguments: ["", "# nothing", "a:", "a: ~\nb: null", "{}", "---\n"])
    func `a document without entries has none`(_ text: String) throws {
        #expect(try entries(text).isEmpty)
    }

    @Test(arguments: [
        "a", "- a", "a: b", "a: {b: c}", "a: []\na: []", "a: []\n---\nb: []", "a: [", "? [x]\n: []",
        "a: [*x]", "a: [{b: 1, b: 2}]",
    ])
    func `anything else is refused`(_ text: String) {
        #expect(throws: YAMLError.self) { try entries(text) }
    }

    @Test func `an anchor holds for later entries, and all of them are bounded`() throws {
        let found = try entries("a: [&x {k: 'v'}, *x]\nb: [*x]")
        #expect(found.count == 3 && found.allSatisfy { $0.entry.content == found[0].entry.content })
        let many = "a: [" + String(repeating: "[1,2,3],", count: 2_500) + "]"
        #expect(try entries(many).count == 2_500)
        let one = "a: [[" + String(repeating: "[1,2,3],", count: 2_500) + "]]"
        #expect(throws: YAMLError.self) { try entries(one) }
        let anchored = "a: [" + String(repeating: "&x [1,2,3],", count: 2_501) + "]"
        #expect(throws: YAMLError.self) { try entries(anchored) }
    }
}
