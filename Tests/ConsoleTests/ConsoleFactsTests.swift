// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Console

/// The name under which the console's changes are audited.
struct ConsoleFactsTests {
    @Test(arguments: [
        ("alice", "alice"), ("ann@corp.example", "ann@corp.example"), (#"CORP\ann"#, #"CORP\ann"#),
        ("ann müller", "ann_m_ller"), ("a\r\nX: y\u{7f}", "a_X:_y_"), ("", "_"),
    ])
    func `a user's name is printable ASCII for the audit`(name: String, audited: String) {
        #expect(ConsoleFacts(server: "s", version: "v", user: name).user == audited)
    }

    @Test func `a long name of a user is cut`() {
        func user(_ name: String) -> String {
            ConsoleFacts(server: "", version: "", user: name).user
        }
        #expect(user(String(repeating: "é", count: 65)) == String(repeating: "_", count: 64))
        #expect(user(String(repeating: "a", count: 64)).utf8.count == 64)
    }
}
