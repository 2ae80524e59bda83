// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Registration
import Storage
import Testing
import Text

struct AdminTokenTests {
    @Test func `a token is random, and its record has the digest alone`() throws {
        let made = try AdminTokenRegistration.new("ci", role: .operate, at: 7)
        let again = try AdminTokenRegistration.new("ci", role: .operate, at: 7)
        #expect(made.token.utf8.count == 43 && made.token != again.token)
        #expect(made.record.digest == AdminTokenRegistration.digest(of: made.token.utf8Span.span))
        #expect(made.record.name == "ci" && made.record.role == .operate)
        let listed = AdminTokenRegistration.information(made.record)
        #expect(
            listed
                == .object([
                    "name": .string("ci"), "role": .string("operate"), "created_at": .integer(7),
                ])
        )
        #expect(made.value["token"] == .string(made.token) && made.text.contains(made.token))
    }

    @Test func `a list shows roles and names, and no digest`() throws {
        let made = try AdminTokenRegistration.new("ci", role: .read, at: 7)
        let list = AdminTokenRegistration.presentation(of: [made.record])
        #expect(
            list.text == """
                ROLE        MADE                  NAME
                read        1970-01-01T00:00:07Z  ci
                """
        )
        #expect(AdminTokenRegistration.presentation(of: []).text.isEmpty)
    }

    @Test(arguments: ["", "first", "a b", "ü", "a/b", String(repeating: "n", count: 65)])
    func `a name that is none is refused`(name: String) throws {
        let findings = thrownFindings {
            try AdminTokenRegistration.new(name, role: .read, at: 0)
        }
        #expect(findings.map(\.field) == [.trustSetName])
        let store = try TemporaryStore()
        let removed = thrownFindings {
            try AdminTokenRegistration.remove(name, from: store.database, by: .server, at: 0)
        }
        #expect(removed.map(\.field) == [.trustSetName])
    }

    @Test func `tokens are bounded in number`() throws {
        let store = try TemporaryStore()
        func add(_ number: Int) throws {
            try AdminTokenRegistration.new("t\(number)", role: .read, at: 0)
                .insert(into: store.database, by: .server, at: 0)
        }
        for number in 0..<AdminTokenRegistration.tokensMax { try add(number) }
        #expect(thrownFindings { try add(1_000) }.map(\.kind) == [.conflict])
        try AdminTokenRegistration.remove("t0", from: store.database, by: .server, at: 0)
        try add(1_000)
        #expect(try store.database.adminTokens().count == AdminTokenRegistration.tokensMax)
    }
}
