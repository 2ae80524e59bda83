// SPDX-License-Identifier: Apache-2.0
import Foundation
import Registration
import SQLiteStore
import Storage
import TestSupport
import Testing
import Text

/// Users and trust sets made, replaced and changed by documents, and documents in a store.
struct OtherDocumentsTests {
    private static let now = Vectors.now
    private let home: TemporaryStore

    init() throws { home = try TemporaryStore() }

    private func json(_ text: String) throws -> JSONValue {
        let value = JSONValue(text.utf8Span.span)
        return try #require(value)
    }

    private static let set: JSONValue = .object([
        "name": .string("internal"),
        "ca_certificates": .array([.string(PEMText.certificate(RevocationVectors.root))]),
        "labels": .object(["team": .string("a")]),
        "allow_server_auth_until": .string("2027-06-30"),
    ])

    @Test func `a trust set that is printed can be put back, and changes nothing`() throws {
        let set = try TrustSetDocument.new(Self.set, files: .none, at: Self.now).set
        #expect(set.caCertificates == [RevocationVectors.root] && set.labels == ["team": "a"])
        let printed = TrustSetInformation.value(set, clients: 3)
        let again = try TrustSetDocument.replacing(
            set,
            by: printed,
            files: .none,
            at: Self.now
        )
        #expect(!again.changes(set))
        // Also after the day until which servers' certificates are accepted.
        let later = try TrustSetDocument.replacing(
            set,
            by: printed,
            files: .none,
            at: Self.now + 40_000_000
        )
        #expect(!later.changes(set))
        let patched = try TrustSetDocument.patching(
            set,
            with: json("{\"labels\": {\"team\": \"b\"}, \"allow_server_auth_until\": null}"),
            files: .none,
            at: Self.now
        ).set
        #expect(patched.labels == ["team": "b"] && patched.serverAuthUntil == nil)
        #expect(patched.caCertificates == set.caCertificates)
    }

    @Test func `what is wrong with a trust set is said at once`() throws {
        let set = try TrustSetDocument.new(Self.set, files: .none, at: Self.now).set
        let text = """
            {"name": "other", "ca_certificates": ["x"], "crl": 1, "revokation": "soft"}
            """
        let findings = thrownFindings {
            try TrustSetDocument.replacing(set, by: json(text), files: .none, at: Self.now)
        }
        let members = Set(findings.map(\.member))
        #expect(members == ["name", "ca_certificates", "crl", "revokation"])
        let past = thrownFindings {
            try TrustSetDocument.patching(
                set,
                with: json("{\"allow_server_auth_until\": \"2020-01-01\"}"),
                files: .none,
                at: Self.now
            )
        }
        #expect(past.map(\.field) == [.serverAuthUntil])
    }

    @Test func `files of revocation lists are those that were read before`() throws {
        let store = home.database
        let path = home.database.directory + "/list.pem"
        let document = try json("{\"crl\": [\"\(path)\"]}").merged(with: Self.set)
        let put = { (document: JSONValue, files: TrustSetFiles) in
            try store.write(by: .server, at: Self.now) {
                try DocumentWriting($0).trustSet(document, .whole, name: "internal", files: files)
            }
        }
        let files = TrustSetFiles(of: document, besides: nil, now: Self.now)
        // Made after the reading: nothing opens it any more.
        try "no list".write(toFile: path, atomically: true, encoding: .utf8)
        let made = try put(document, files).made
        #expect(made.set.sources == [path] && made.warnings.count == 1)
        // A source that is registered is not read again, whatever is there by now.
        let known = TrustSetFiles(of: document, besides: made.set, now: Self.now)
        #expect(try !put(document, known).isChanged)
        // Read as one that was registered, and by now it is not.
        _ = try put(Self.set, .none)
        let conflict = #expect(throws: StoreError.self) { try put(document, .none) }
        #expect(conflict?.kind == .conflict)
        let findings: [RegistrationFinding] = thrownFindings {
            try put(document, TrustSetFiles(of: document, besides: nil, now: Self.now))
        }
        #expect(findings.map(\.member) == ["crl"])
    }

    @Test func `a user of a document has no password, and keeps a later one`() throws {
        var user = try UserDocument.new(try json("{\"name\": \"ann\"}"), at: Self.now)
        #expect(!user.hasPassword && user.subject == "user:ann" && user.enabled)
        #expect(UserRegistration.information(user)["has_password"] == .boolean(false))
        user.passwordHash = "$argon2id$x"
        let printed = UserRegistration.information(user)
        #expect(try UserDocument.replacing(user, by: printed, at: Self.now) == user)
        let off = try UserDocument.patching(
            user,
            with: json("{\"enabled\": false, \"labels\": {\"a\": \"b\"}}"),
            at: Self.now + 5
        )
        #expect(!off.enabled && off.labels == ["a": "b"] && off.hasPassword)
        #expect(off.tokensValidFrom == Self.now + 6)
        #expect(try UserDocument.replacing(off, by: json("{}"), at: Self.now + 5).enabled)
    }

    @Test(arguments: [
        ("{\"name\": \"bob\"}", "name"), ("{\"sub\": \"bob\"}", "sub"),
        ("{\"password\": \"x\"}", "password"), ("{\"enabeld\": true}", "enabeld"),
        ("{\"enabled\": 1}", "enabled"), ("{\"username\": \"ann\"}", "username"),
        ("{\"name\": 1}", "name"), ("{\"labels\": {\"a b\": \"c\"}}", "labels"),
        ("[]", "name"),
    ])
    func `a user's document that is wrong is refused`(_ text: String, _ member: String) throws {
        let user = try UserDocument.new(try json("{\"name\": \"ann\"}"), at: Self.now)
        let findings = thrownFindings {
            try UserDocument.replacing(user, by: json(text), at: Self.now)
        }
        #expect(findings.map(\.member) == [member])
    }

    @Test func `documents are written where they change something`() throws {
        let store = home.database
        let document = try json("{\"client_name\": \"web\", \"scope\": \"a\"}")
        let put = { (document: JSONValue) in
            try store.write(by: .server, at: Self.now) {
                try DocumentWriting($0).client(document, .whole, clientID: "web-1")
            }
        }
        let made = try put(document)
        #expect(made.isNew && made.isChanged && made.made.secret != nil)
        let position = try store.read { try $0.position() }
        let again = try put(document)
        #expect(!again.isNew && !again.isChanged && again.made.secret == nil)
        #expect(again.made.client.version == 1)
        #expect(try store.read { try $0.position() } == position)
        let changed = try put(try json("{\"client_name\": \"web\"}"))
        #expect(changed.isChanged && changed.made.client.version == 2)
        let taken = try? store.write(by: .server, at: Self.now) {
            try DocumentWriting($0).insertClient(document)
        }
        #expect(taken == nil)
        #expect(try store.clientCount() == 1)
        struct Stale: Error {}
        #expect(throws: Stale.self) {
            try store.write(by: .server, at: Self.now) {
                try DocumentWriting($0).client(document, .patch, clientID: "web-1") { old in
                    if old?.version != 1 { throw Stale() }
                }
            }
        }
        #expect(try store.client("web-1")?.scopes == [])
    }
}
