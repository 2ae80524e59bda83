// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import LoadTarget

struct ClientPatternTests {
    @Test(
        arguments: [
            ("load-000001", "load-000001"), ("*", ""), ("*", "load-1"),
            ("load-0000*", "load-000012"),
            ("load-0000*", "load-0000"), ("*-7", "load-7"), ("l*d*7", "load-0007"), ("**", "x"),
            ("a*a", "aa"), ("a*b*c", "abbcbc"), ("*ab", "aab"), ("a b", "a b"), ("[a]?", "[a]?"),
        ]
    )
    func `a pattern matches`(pattern: String, id: String) throws {
        #expect(try #require(ClientPattern(pattern)).matches(id))
    }

    @Test(
        arguments: [
            ("load-000001", "load-000002"), ("load-000001", "load-0000011"), ("load-1", "LOAD-1"),
            ("load-0000*", "load-0001"), ("*-7", "load-77"), ("a*a", "a"), ("a*b*c", "abcb"),
            ("load", ""), ("[a]", "a"), ("a?", "ab"), ("*a*", "bbb"),
        ]
    )
    func `a pattern does not match`(pattern: String, id: String) throws {
        #expect(try !#require(ClientPattern(pattern)).matches(id))
    }

    @Test(arguments: ["", "a\"b", "a\\b", "ä", "a\nb", String(repeating: "a", count: 129)])
    func `what no id is like is no pattern`(pattern: String) {
        #expect(ClientPattern(pattern) == nil)
    }

    @Test func `a pattern of many stars takes no longer than its length times the id's`() throws {
        let pattern = try #require(ClientPattern(String(repeating: "*a", count: 60) + "*b"))
        let id = String(repeating: "a", count: 128)
        let clock = ContinuousClock()
        // Exponential backtracking would not come to an end.
        let time = clock.measure {
            for _ in 0..<1000 where pattern.matches(id) { Issue.record("there is no b") }
        }
        #expect(time < .seconds(20))
        #expect(pattern.matches(id.dropLast() + "b"))
    }
}
