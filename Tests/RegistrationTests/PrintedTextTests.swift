// SPDX-License-Identifier: Apache-2.0
import Registration
import Testing

/// Tables and facts for people.
struct PrintedTextTests {
    @Test func `columns are even, and print nothing that acts on a terminal`() {
        let columns = TextColumns([("A", 3), ("B", 4)])
        #expect(columns.heading == "A    B")
        #expect(columns.line(["a", "bb"]) == "a    bb")
        #expect(columns.line(["long", "b\u{1b}"]) == "long  b\\u{1b}")
        #expect(columns.line(["a", "b", "beyond"]) == "a    b     beyond")
        #expect(columns.line([]).isEmpty)
    }

    @Test func `lines are even, and print nothing that acts on a terminal`() {
        #expect(FactLines.text([("a", "1"), ("long", "2\n3")]) == "a:    1\nlong: 2\\u{a}3")
        #expect(FactLines.text([]).isEmpty)
    }
}
