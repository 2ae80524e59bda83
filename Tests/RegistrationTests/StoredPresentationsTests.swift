// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Registration
import SQLiteStore
import Storage
import TestSupport
import Testing
import Text

/// The display of stored records: text for people, JSON for programs.
struct StoredPresentationsTests {
    private let store: TemporaryStore

    init() throws { store = try TemporaryStore() }

    @discardableResult
    private func add(
        _ id: String,
        _ write: (inout ClientChange) throws -> Void
    ) throws -> ClientRecord {
        var change = ClientChange()
        change.name = "name of \(id)"
        try write(&change)
        let made = try ClientRegistration.new(change, clientID: id, at: Vectors.now)
        try made.insert(into: store.database, by: .server, at: Vectors.now)
        return made.client
    }

    private func lines(_ shown: Presentation) -> [Substring] {
        shown.text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    private func set(_ sources: [String] = []) throws -> TrustSetRecord {
        var change = TrustSetChange()
        change.caCertificates = [RevocationVectors.root]
        change.sources = sources
        return try TrustSetRegistration.new("internal", change, at: Vectors.now).set
    }

    @Test func `every client is handed out with its certificates, oldest first`() throws {
        try add("b") { $0.certificates = [try .of(Vectors.one)] }
        try add("a") { $0.method = "client_secret_basic" }
        var found: [JSONValue] = []
        try ClientInformation.forEach(in: store.database) { found.append($0) }
        #expect(found.map { $0["client_id"]?.text } == ["b", "a"])
        #expect(found.first?["jwks"] != nil && found.last?["jwks"] == nil)
        #expect(!found.contains { $0["client_secret"] != nil })
    }

    @Test func `a client's own certificates are listed with their uses, its CAs without`() throws {
        let own = try add("a") { $0.certificates = [try .of(Vectors.one)] }
        let uses: any CertificateUseStore = store.database
        try uses.recordRegisteredUses([
            RegisteredCertificateUse(
                client: "a",
                thumbprint: own.certificates[0].thumbprint,
                firstSeen: Vectors.now,
                lastSeen: Vectors.now + 60
            )
        ])
        let listed = try CertificateListing.presentation(
            of: own,
            caCertificates: false,
            in: store.database,
            now: Vectors.now
        )
        #expect(lines(listed).count == 2 && lines(listed)[0].contains("LAST SEEN"))
        #expect(lines(listed)[1].contains("2026-12-01T00:01:00Z"))
        #expect(listed.value["keys"]?.members.count == 1)
        let caCertificates = try CertificateListing.presentation(
            of: own,
            caCertificates: true,
            in: store.database,
            now: Vectors.now
        )
        #expect(lines(caCertificates).count == 1 && !caCertificates.text.contains("LAST SEEN"))
        #expect(caCertificates.value == .object(["keys": .array([])]))
    }

    @Test func `the CAs of a client with a trust set are those of the set`() throws {
        try store.insert(try set())
        let client = try add("a") {
            $0.trustSet = "internal"
            $0.subject = try SubjectRegistration(.dns, "a.example")
        }
        let listed = try CertificateListing.presentation(
            of: client,
            caCertificates: true,
            in: store.database,
            now: Vectors.now
        )
        #expect(lines(listed).count == 2 && listed.value["keys"]?.members.count == 1)
    }

    @Test func `a trust set is shown with its clients and with the lists that are there`() throws {
        let scratch = try Scratch()
        let prose = try scratch.file("ca.crl", "prose")
        try store.insert(try set([prose, "https://crl.example/"]))
        try add("a") {
            $0.trustSet = "internal"
            $0.subject = try SubjectRegistration(.dns, "a.example")
        }
        let shown = try TrustSetFacts.presentation(
            of: "internal",
            in: store.database,
            now: Vectors.now
        )
        #expect(shown.value["clients"] == .integer(1))
        let counting = shown.value["crl_lists"]?.members.map { $0["counts"] }
        #expect(counting == [.boolean(false), nil])
        #expect(lines(shown).contains { $0.hasPrefix("clients:") && $0.hasSuffix(" 1") })
        #expect(shown.text.contains("does not count: \(prose)"))
    }

    @Test func `a trust set that is not there, or cannot be, is no trust set to show`() throws {
        #expect(throws: StoreError.noTrustSet("other")) {
            try TrustSetFacts.presentation(of: "other", in: store.database, now: 0)
        }
        let findings = thrownFindings {
            try TrustSetFacts.presentation(of: "two words", in: store.database, now: 0)
        }
        #expect(findings.map(\.field) == [.trustSetName])
    }

    @Test func `lists have a heading where they have columns, and say nothing of nothing`() throws {
        let sets = TrustSetFacts.presentation(of: [], now: 0)
        #expect(lines(sets).count == 1 && sets.value == .array([]))
        let listed = TrustSetFacts.presentation(of: [try set()], now: Vectors.now)
        #expect(lines(listed).count == 2 && lines(listed)[1].hasSuffix("internal"))
        let nobody = UserRegistration.presentation(of: [])
        #expect(nobody.text.isEmpty && nobody.value == .array([]))
        var user = try UserRegistration.new("a", password: "p", at: 0)
        user.enabled = false
        let users = UserRegistration.presentation(of: [user])
        #expect(users.text == "a  (disabled)" && users.value.members.count == 1)
        let key = try TokenKeyKind.signing.make(createdAt: 0, activeFrom: 0)
        let keys = TokenKeyInformation.presentation(of: [key], now: 1)
        #expect(keys.text.hasPrefix("\(key.keyID)  ES256  active"))
        #expect(keys.value.members.first?["state"]?.text == "active")
    }

    @Test func `a report on public CAs looks at every client of the store`() throws {
        let scratch = try Scratch()
        let file = try scratch.file("cas.pem", try Vectors.pem(RevocationVectors.root))
        for (id, ca) in [
            ("public", RevocationVectors.root), ("private", RevocationVectors.otherRoot),
        ] {
            try add(id) {
                $0.caCertificates = [try .caCertificate(ca)]
                $0.subject = try SubjectRegistration(.dns, "a.example")
            }
        }
        func report(_ path: String) throws -> CliffReport {
            try CliffReport(
                of: store.database,
                publicCAs: path,
                within: nil,
                now: Vectors.now
            )
        }
        #expect(try report(file).clients.map(\.id) == ["public"])
        #expect(
            thrownFindings { try report("/absent/cas.pem") }.map(\.about) == ["/absent/cas.pem"]
        )
    }
}

extension JSONValue {
    /// The elements of an array; none of another value.
    fileprivate var members: [JSONValue] {
        if case .array(let members) = self { members } else { [] }
    }
}
