// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Registration
import Storage
import TestSupport
import Testing
import Text

struct CliffReportTests {
    private static let day: Int64 = 86_400

    /// The machine takes `root` for a public CA, and not `otherRoot`.
    private static func known() throws -> KnownPublicCAs {
        var publicCAs = PublicCAs()
        try publicCAs.add(pem: Array(try Vectors.pem(RevocationVectors.root).utf8))
        return KnownPublicCAs(publicCAs, source: "/cas", reason: nil)
    }

    private func client(_ id: String, under anchor: [UInt8]) throws -> ClientRecord {
        var client = try registered {
            $0.caCertificates = [try .caCertificate(anchor)]
            $0.subject = try SubjectRegistration(.dns, "a.example")
        }
        client.clientID = id
        return client
    }

    private func use(
        _ id: String,
        _ anchor: [UInt8] = RevocationVectors.root,
        until days: Int64,
        forServersOnly: Bool = false
    ) -> TrustedCertificateUse {
        TrustedCertificateUse(
            client: id,
            thumbprint: [UInt8](repeating: 1, count: 32),
            anchor: Digest256.of(anchor).bytes,
            notAfter: Vectors.now + days * Self.day,
            isForServersOnly: forServersOnly,
            lastSeen: Vectors.now
        )
    }

    private func report(
        _ clients: [ClientRecord],
        _ uses: [TrustedCertificateUse],
        sets: [TrustSetRecord] = [],
        within: Int? = nil
    ) throws -> CliffReport {
        var scan = CliffScan(try Self.known(), trustSets: sets)
        for client in clients { scan.take(client) }
        return CliffReport(scan, within: within, now: Vectors.now) { id in
            uses.first { $0.client == id }
        }
    }

    @Test func `clients under public CAs are listed by their day, those never seen last`() throws {
        var disabled = try client("disabled", under: RevocationVectors.root)
        disabled.enabled = false
        let clients = [
            try client("never", under: RevocationVectors.root),
            try client("late", under: RevocationVectors.root),
            try client("soon", under: RevocationVectors.root),
            try client("private", under: RevocationVectors.otherRoot),
            disabled, try registered { $0.certificates = [try .of(Vectors.one)] },
        ]
        let uses = [use("late", until: 90), use("soon", until: 3), use("disabled", until: 1)]
        let all = try report(clients, uses)
        #expect(all.clients.map(\.id) == ["soon", "late", "never"])
        #expect(all.clients.map(\.daysLeft) == [3, 90, nil])
        #expect(all.registered == 1 && all.rolledOver == 0)
        let near = try report(clients, uses, within: 30)
        #expect(near.clients.map(\.id) == ["soon", "never"])
    }

    @Test
    func
        `a client that came with another CA has rolled over, and one of a CA that is gone has not`()
        throws
    {
        var both = try client("both", under: RevocationVectors.root)
        both.caCertificates.append(try .caCertificate(RevocationVectors.otherRoot))
        let over = try report([both], [use("both", RevocationVectors.otherRoot, until: 9)])
        #expect(over.clients.isEmpty && over.rolledOver == 1)
        let gone = try report([both], [use("both", Vectors.two, until: 9)])
        #expect(gone.clients.map(\.day) == [nil])
    }

    @Test func `a certificate for servers ends with what its trust set allows`() throws {
        var shared = try client("shared", under: RevocationVectors.root)
        (shared.trustSet, shared.caCertificates) = ("public", [])
        var set = TrustSetRecord(
            name: "public",
            caCertificates: [RevocationVectors.root],
            created: 0
        )
        set.serverAuthUntil = Vectors.now + 5 * Self.day
        let uses = [use("shared", until: 50, forServersOnly: true)]
        let allowed = try report([shared], uses, sets: [set]).clients
        #expect(allowed.map(\.day) == [Vectors.now + 5 * Self.day - 1])
        #expect(allowed.map(\.daysLeft) == [5] && allowed[0].allowedUntil == "2026-12-05")
        set.serverAuthUntil = nil
        #expect(try report([shared], uses, sets: [set]).clients.map(\.day) == [Vectors.now - 1])
    }

    @Test func `the report for programs says null where it knows nothing`() throws {
        let value = try report([try client("never", under: RevocationVectors.root)], [], within: 7)
            .value
        guard case .array(let clients) = value["clients"] else { return #expect(Bool(false)) }
        #expect(clients[0]["not_after"] == .null && clients[0]["trust_set"] == .null)
        #expect(clients[0]["client_id"]?.text == "never" && value["within_days"] == .integer(7))
        #expect(value["public_authorities"]?["path"]?.text == "/cas")
        #expect(value["public_authorities"]?["count"] == .integer(1))
        #expect(try report([], []).value["within_days"] == nil)
    }

    @Test func `public CAs are told with the reason, private ones are not`() throws {
        let known = try Self.known()
        let records = [
            try CertificateRecord.caCertificate(RevocationVectors.root),
            try .caCertificate(RevocationVectors.otherRoot),
        ]
        #expect(known.found(in: records).map(\.subject) == ["CN=Root,O=Handfast"])
        #expect(known.found(in: records).map(\.reason) == ["its key is in /cas"])
    }

    @Test func `the report for people has a line for each client, or says that there is none`()
        throws
    {
        let lines = try report(
            [try client("soon", under: RevocationVectors.root)],
            [use("soon", until: 3)],
            within: 30
        ).text.split(separator: "\n")
        #expect(lines[0].hasPrefix("ACCEPTED UNTIL"))
        #expect(lines[1].hasPrefix("2026-12-04") && lines[1].contains("  soon  "))
        #expect(lines.contains("Listed: 1. Documentation/public-ca-cliff.md tells what to do."))
        #expect(lines.contains("Public CAs: 1 in /cas."))
        let none = try report([], []).text
        #expect(none.hasPrefix("No client fails with the renewal of its certificate.\n"))
    }
}
