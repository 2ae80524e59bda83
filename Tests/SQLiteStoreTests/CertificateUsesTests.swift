// SPDX-License-Identifier: Apache-2.0
import Storage
import Testing

@testable import SQLiteStore

struct CertificateUsesTests {
    let directory: TemporaryDirectory
    let store: Store

    init() throws {
        directory = try TemporaryDirectory()
        store = try directory.open()
    }

    private func use(
        _ clientID: String,
        _ number: UInt8,
        at time: Int64,
        isForServersOnly: Bool = false
    ) -> TrustedCertificateUse {
        TrustedCertificateUse(
            client: clientID,
            thumbprint: certificate(number).thumbprint,
            authority: certificate(200).thumbprint,
            notAfter: 9_000 + Int64(number),
            isForServersOnly: isForServersOnly,
            lastSeen: time
        )
    }

    @Test func `the latest of each client stays`() throws {
        try store.insert(client("c1"))
        try store.insert(client("c2"))
        #expect(try store.lastUse(of: "c1") == nil)
        try store.recordUses([
            use("c1", 1, at: 100), use("c2", 3, at: 50, isForServersOnly: true),
        ])
        #expect(try store.lastUse(of: "c1") == use("c1", 1, at: 100))
        #expect(try store.lastUse(of: "c2") == use("c2", 3, at: 50, isForServersOnly: true))
        try store.recordUses([use("c1", 2, at: 120)])
        try store.recordUses([use("c1", 1, at: 110)])
        #expect(try store.lastUse(of: "c1") == use("c1", 2, at: 120))
        try store.recordUses([use("c1", 4, at: 120, isForServersOnly: true)])
        #expect(try directory.open().lastUse(of: "c1")?.isForServersOnly == true)
        let rows: Int? = try store.read {
            try $0.value("SELECT count(*) FROM trusted_certificate_use")
        }
        #expect(rows == 2)
    }

    @Test func `it goes with its client, and nobody else's is kept`() throws {
        try store.insert(client("c1"))
        try store.recordUses([use("c1", 1, at: 100), use("gone", 1, at: 100)])
        #expect(try store.lastUse(of: "gone") == nil)
        try store.removeClient("c1")
        try store.insert(client("c1"))
        #expect(try store.lastUse(of: "c1") == nil)
    }

    @Test func `it is no change of a client, and none is no write`() throws {
        try store.insert(client("c1"))
        guard case .some(let sequence, _) = try store.changes(after: 0) else {
            Issue.record("the log reaches back")
            return
        }
        try store.recordUses([use("c1", 1, at: 100)])
        #expect(try store.changes(after: sequence) == .some(sequence: sequence, []))
        let version = try store.dataVersion()
        try store.recordUses([])
        #expect(try store.dataVersion() == version)
    }

    @Test func `a client that changes keeps what is known of it`() throws {
        try store.insert(client("c1"))
        try store.recordUses([use("c1", 1, at: 100)])
        try store.updateClient("c1", at: 2_000) { $0.name = "other" }
        #expect(try store.lastUse(of: "c1") == use("c1", 1, at: 100))
    }
}
