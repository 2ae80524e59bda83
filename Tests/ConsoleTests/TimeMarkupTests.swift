// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Console

/// Times as people read them.
struct TimeMarkupTests {
    @Test(arguments: [
        (-86_401, "bad"), (-1, "bad"), (0, "bad"), (6, "bad"), (7, "warn"), (29, "warn"),
    ])
    func `the less is left, the louder the colour`(days: Int64, colour: String) {
        let markup = TimeMarkup.left(until: days * 86_400 + 1, from: 0)
        #expect(markup.text.contains("class=\"badge \(colour)\""), "\(markup.text)")
    }

    @Test func `what lasts has no colour`() {
        #expect(TimeMarkup.left(until: 30 * 86_400, from: 0).text.contains("class=\"badge\""))
    }

    @Test(arguments: [(0, "bad"), (1, ""), (6, "")])
    func `a revocation list of days ends soon as it should`(days: Int64, colour: String) {
        let end = days * 86_400 + 1
        let markup = TimeMarkup.left(until: end, from: 0, urgentDays: 1, warningDays: 1)
        #expect(markup.text.contains(colour.isEmpty ? "class=\"badge\"" : "badge \(colour)"))
    }
}
