// SPDX-License-Identifier: Apache-2.0
import Registration
import Storage
import Testing
import Text

struct AuditPresentationTests {
    private let entry = AuditEntry(
        sequence: 7,
        time: 86_400,
        author: "administration:ci",
        kind: "trust_set",
        id: "ours",
        action: "change_certificates",
        before: #"{"enabled":true,"gone":1}"#,
        after: #"{"enabled":false,"new":["a"]}"#
    )

    @Test func `an entry is a line, and one for each member`() {
        #expect(
            entry.text == """
                7  1970-01-02T00:00:00Z  administration:ci  change certificates  trust set  ours
                      enabled: true -> false
                      gone: 1
                      new: ["a"]
                """
        )
    }

    @Test func `no text of an entry ends a line or acts on a terminal`() {
        var hostile = entry
        hostile.author = "command:a\nb"
        hostile.id = "x\u{1b}[2J"
        hostile.after = "{\"na\\nme\":\"\u{202e}x\"}"
        hostile.before = "no object\n"
        let lines = hostile.text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 3)
        #expect(!hostile.text.unicodeScalars.contains { $0.value == 0x1b || $0.value == 0x202e })
    }

    @Test func `each finding has a sentence of its own, with its row`() {
        let findings: [AuditFinding] = [
            .noKey, .noHead, .foreignHead, .changed(31), .moved(31, from: 32), .inserted(31),
            .removed(31, through: 31), .removed(31, through: 33), .cutOff(31, through: 34),
            .behind(kept: 35, newest: 31), .otherRow(31),
        ]
        let sentences = findings.map(\.sentence)
        #expect(Set(sentences).count == findings.count)
        #expect(sentences.dropFirst(3).allSatisfy { $0.contains("31") })
        #expect(sentences.allSatisfy { $0.hasSuffix(".") })
    }

    @Test func `a whole audit is said with its head and what could not be checked`() {
        let mark = AuditMark(sequence: 2, code: [UInt8](repeating: 0xab, count: 32))
        var report = AuditReport(checked: 1, earlier: 1, newest: mark)
        let head = "head: 2:" + String(repeating: "ab", count: 32)
        #expect(report.text.split(separator: "\n").map(String.init).last == head)
        #expect(report.text.contains("not checked: 1 before them"))
        report.earlier = 0
        #expect(report.text == "whole: 1 row\n\(head)")
    }
}
