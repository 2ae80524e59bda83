// SPDX-License-Identifier: Apache-2.0
import Testing
import Text

struct JSONEntriesTests {
    private func entries(_ text: String) throws -> [String] {
        var found: [String] = []
        let list = { (name: String, offset: Int) in found.append("\(name) at \(offset)") }
        try JSONEntries(Array(text.utf8)).forEach(list: list) { list, value, offset in
            found.append("\(list) \(offset) \(value.indentedText)")
        }
        return found
    }

    @Test func `entries of each array come in their order, with where they begin`() throws {
        let found = try entries(" {\"a\": [1, \"x\"], \"b\" : [ ] , \"c\": null, \"d\": [true]} ")
        #expect(
            found == [
                "a at 2", "a 8 1", "a 11 \"x\"", "b at 17", "c at 29", "d at 40", "d 46 true",
            ]
        )
        #expect(try entries("{}") == [])
    }

    @Test(arguments: [
        "", "[]", "{", "{\"a\"}", "{\"a\": 1}", "{\"a\": {}}", "{\"a\": [}", "{\"a\": [1}",
        "{\"a\": [1 2]}", "{\"a\": []", "{\"a\": []} 1", "{\"a\": [], \"a\": []}", "{\"a\": [],}",
        "{\"a\": nul}", "{\"a\": [{\"b\": 1, \"b\": 2}]}",
    ])
    func `anything else is refused with its place`(_ text: String) {
        #expect(throws: JSONError.self) { try entries(text) }
    }

    @Test func `a member of an entry is found by its name`() throws {
        let text = "{\"a\": [{}, {\n  \"b\": {\"c\": 1},\n  \"c\": 2}]}"
        let read = JSONEntries(Array(text.utf8))
        #expect(read.position(of: nil, at: 11) == TextPosition(line: 1, column: 12))
        #expect(read.position(of: "b", at: 11) == TextPosition(line: 2, column: 3))
        #expect(read.position(of: "c", at: 11) == TextPosition(line: 3, column: 3))
        #expect(read.position(of: "d", at: 11) == TextPosition(line: 1, column: 12))
    }
}
