// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

struct CertificateUsesTests {
    private func use(
        _ clientID: String,
        _ number: UInt8,
        at time: Int64,
        isForServersOnly: Bool = false
    ) -> TrustedCertificateUse {
        TrustedCertificateUse(
            client: clientID,
            thumbprint: certificate(number).thumbprint,
            anchor: certificate(200).thumbprint,
            notAfter: 9_000 + Int64(number),
            isForServersOnly: isForServersOnly,
            lastSeen: time
        )
    }

    @Test(arguments: StoreKind.all)
    func `the latest of each client stays`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let store = try home.open()
        try store.insert(client("c1"))
        try store.insert(client("c2"))
        #expect(try store.lastUse(of: "c1") == nil)
        try store.recordTrustedUses([
            use("c1", 1, at: 100), use("c2", 3, at: 50, isForServersOnly: true),
        ])
        #expect(try store.lastUse(of: "c1") == use("c1", 1, at: 100))
        #expect(try store.lastUse(of: "c2") == use("c2", 3, at: 50, isForServersOnly: true))
        try store.recordTrustedUses([use("c1", 2, at: 120)])
        try store.recordTrustedUses([use("c1", 1, at: 110)])
        #expect(try store.lastUse(of: "c1") == use("c1", 2, at: 120))
        try store.recordTrustedUses([use("c1", 4, at: 120, isForServersOnly: true)])
        #expect(try home.open().lastUse(of: "c1")?.isForServersOnly == true)
    }

    @Test(arguments: StoreKind.all)
    func `it goes with its client, and nobody else's is kept`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(client("c1"))
        try store.recordTrustedUses([use("c1", 1, at: 100), use("gone", 1, at: 100)])
        #expect(try store.lastUse(of: "gone") == nil)
        try store.removeClient("c1")
        try store.insert(client("c1"))
        #expect(try store.lastUse(of: "c1") == nil)
    }

    @Test(arguments: StoreKind.all)
    func `it is no change of a client`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(client("c1"))
        let position = try store.read { try $0.position() }
        try store.recordTrustedUses([use("c1", 1, at: 100)])
        #expect(try store.changes(after: position) == .some(position: position, []))
        #expect(try store.client("c1") == client("c1"))
        try store.recordTrustedUses([])
        #expect(try store.lastUse(of: "c1") == use("c1", 1, at: 100))
    }

    @Test(arguments: StoreKind.all)
    func `a client that changes keeps what is known of it`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(client("c1"))
        try store.recordTrustedUses([use("c1", 1, at: 100)])
        try store.updateClient("c1", at: 2_000) { $0.name = "other" }
        #expect(try store.lastUse(of: "c1") == use("c1", 1, at: 100))
    }
}
