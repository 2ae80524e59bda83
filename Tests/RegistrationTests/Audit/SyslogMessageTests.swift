// SPDX-License-Identifier: Apache-2.0
import Foundation
import Registration
import Storage
import Testing
import Text

struct SyslogMessageTests {
    private let messages = SyslogMessage(host: "host.example\n", process: 42)
    private let entry = AuditEntry(
        sequence: 7,
        time: 86_400,
        author: "command:ann",
        kind: "client",
        id: "c1",
        action: "disable",
        before: #"{"enabled":true}"#,
        after: #"{"enabled":false}"#
    )

    private func text(_ entry: AuditEntry) -> String {
        String(decoding: messages.bytes(entry), as: UTF8.self)
    }

    @Test func `a message has the form of RFC 5424`() {
        #expect(
            text(entry)
                == "<109>1 1970-01-02T00:00:00.000Z host.example handfast 42 audit"
                + #" [audit@32473 sequence="7" author="command:ann" kind="client" id="c1""#
                + #" action="disable"] {"action":"disable","after":{"enabled":false},"#
                + #""author":"command:ann","before":{"enabled":true},"id":"c1","kind":"client","#
                + #""sequence":7,"time":86400}"#
        )
    }

    @Test func `what a machine does not have is the value for nothing`() {
        let nameless = SyslogMessage(host: "", process: 1)
        var odd = entry
        odd.time = -1
        let text = String(decoding: nameless.bytes(odd), as: UTF8.self)
        #expect(text.hasPrefix("<109>1 - - handfast 1 audit ["))
    }

    @Test func `no text ends a parameter, the data or the message`() throws {
        var hostile = entry
        hostile.id = #"a"b\c]d"# + "\n<1>1 \u{0}é"
        let text = text(hostile)
        #expect(text.contains(#" id="a\"b\\c\]d\\u{a}<1>1 \\u{0}é" action="#))
        #expect(!text.utf8.contains { $0 < 0x20 })
        // The message's own text is JSON in ASCII, of the same id.
        let json = text[(try #require(text.range(of: "] {"))).upperBound...]
        let bytes = Array(("{" + json).utf8)
        #expect(bytes.allSatisfy { $0 < 0x80 })
        #expect(JSONValue(bytes.span)?["id"] == .string(hostile.id))
    }

    @Test func `a message is bounded, and says what it has left out`() {
        var long = entry
        let text = String(repeating: "ü\"", count: 3_000)
        (long.author, long.kind, long.id, long.action) = (text, text, text, text)
        long.after = #"{"x":"\#(String(repeating: "x", count: 4_000))"}"#
        let bytes = messages.bytes(long)
        #expect(bytes.count <= SyslogMessage.bytesMax)
        let message = String(decoding: bytes, as: UTF8.self)
        #expect(message.contains("--after 6 --limit 1") && message.hasSuffix("}"))
    }
}
