// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import LoadTarget

/// Lists of rules in YAML.
struct FaultRuleFileTests {
    private func error(_ text: String) throws -> [String] {
        do {
            _ = try rules(yaml: text)
            return []
        } catch {
            return error.findings.map(\.description)
        }
    }

    @Test func `a list is taken in its order`() throws {
        let text = """
            # Ten of a hundred, and each third.
            - client: load-0000*
              percent: 10
              seed: 1
              fault: delay
              milliseconds: 200
              deviation: 50
            - {fault: status, every: 3, status: 503, retry_after: 1, from: 2026-11-30T14:00:00Z}
            """
        let read = try rules(yaml: text)
        #expect(
            try read == [
                rule(
                    #"{"client":"load-0000*","percent":10,"seed":1,"fault":"delay","#
                        + #""milliseconds":200,"deviation":50}"#
                ),
                rule(
                    #"{"fault":"status","every":3,"status":503,"retry_after":1,"from":1796047200}"#
                ),
            ]
        )
    }

    @Test func `JSON is YAML, and numbers as ids of clients are texts`() throws {
        let text = #"[{"client": 007, "fault": "reset"}]"#
        let read = try rules(yaml: text)
        #expect(read.map(\.client.text) == ["007"])
    }

    @Test(arguments: ["", "# nothing\n", "[]"])
    func `no rules are none`(text: String) throws {
        #expect(try rules(yaml: text) == [])
    }

    @Test func `findings of all rules have their lines`() throws {
        let text = """
            - fault: reset
              percent: 0
            - fault: delay

              milliseconds: [5]
              colour: red
            - fault: silence
            - seed: ~
            - just a text
            """
        let found = try error(text)
        let starts = [
            "line 2, rule 1, percent: ", "line 5, rule 2, milliseconds: ",
            "line 6, rule 2, colour: ",
            "line 8, rule 4, fault: ", "line 8, rule 4, seed: ", "line 9, rule 5: ",
        ]
        #expect(found.count == starts.count, "\(found)")
        for (line, start) in zip(found, starts) { #expect(line.hasPrefix(start), "\(line)") }
    }

    @Test(
        arguments: [
            ("fault: reset", "line 1: The document is no list of rules."),
            ("- fault: reset\n  fault: silence", "line 2: The text is not YAML:"),
            ("- [", "line 2: The text is not YAML:"),
            ("- fault: *x", "line 1: The text is not YAML:"),
        ]
    )
    func `what is no list of rules is refused`(text: String, start: String) throws {
        let found = try error(text)
        #expect(found.count == 1 && found[0].hasPrefix(start), "\(found)")
    }

    @Test func `a thousand rules are taken, and no more`() throws {
        let thousand = String(repeating: "- {fault: reset}\n", count: 1000)
        #expect(try rules(yaml: thousand).count == 1000)
        let found = try error(thousand + "- {fault: reset}\n")
        #expect(found.count == 1 && found[0].hasPrefix("line 1001: "), "\(found)")
    }
}
