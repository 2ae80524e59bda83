// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

struct RegisteredUsesTests {
    private func use(
        _ clientID: String,
        _ number: UInt8,
        _ firstSeen: Int64,
        _ lastSeen: Int64
    ) -> RegisteredCertificateUse {
        RegisteredCertificateUse(
            client: clientID,
            thumbprint: certificate(number).thumbprint,
            firstSeen: firstSeen,
            lastSeen: lastSeen
        )
    }

    @Test(arguments: StoreKind.all)
    func `the first use stays, and the last one moves forward only`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let store = try home.open()
        try store.insert(client("c1", certificates: [certificate(1), certificate(2)]))
        try store.insert(client("c2", certificates: [certificate(1)]))
        #expect(try store.certificateUses(of: "c1") == [])
        try store.recordRegisteredUses([use("c1", 1, 100, 110), use("c2", 1, 50, 40)])
        try store.recordRegisteredUses([
            use("c1", 1, 10, 120), use("c1", 2, 130, 130), use("c1", 1, 90, 90),
        ])
        #expect(
            try store.certificateUses(of: "c1") == [
                use("c1", 1, 100, 120), use("c1", 2, 130, 130),
            ]
        )
        // A clock that went back in between does not make the last come before the first.
        #expect(try store.certificateUses(of: "c2") == [use("c2", 1, 50, 50)])
        #expect(try home.open().certificateUses(of: "c2") == [use("c2", 1, 50, 50)])
    }

    @Test(arguments: StoreKind.all)
    func `what is not registered is not noted, and the rest is`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(client("c1", certificates: [certificate(1)]))
        var underCA = client("c2")
        underCA.caCertificates = [certificate(1)]
        try store.insert(underCA)
        try store.recordRegisteredUses([
            use("c1", 9, 100, 100), use("gone", 1, 100, 100),
            use("c2", 1, 100, 100), use("c1", 1, 100, 100),
        ])
        #expect(try store.certificateUses(of: "c1") == [use("c1", 1, 100, 100)])
        #expect(try store.certificateUses(of: "c2") == [])
        #expect(try store.certificateUses(of: "gone") == [])
    }

    @Test(arguments: StoreKind.all)
    func `uses go with their certificate, and with their client`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(client("c1", certificates: [certificate(1), certificate(2)]))
        try store.recordRegisteredUses([use("c1", 1, 100, 100), use("c1", 2, 100, 100)])
        try store.updateClient("c1", at: 2_000) { $0.certificates = [certificate(2)] }
        #expect(try store.certificateUses(of: "c1") == [use("c1", 2, 100, 100)])
        // Registered again, it begins anew.
        try store.updateClient("c1", at: 3_000) { $0.certificates.append(certificate(1)) }
        try store.recordRegisteredUses([use("c1", 1, 300, 300)])
        #expect(try store.certificateUses(of: "c1").map(\.firstSeen) == [100, 300])
        try store.removeClient("c1")
        try store.insert(client("c1", certificates: [certificate(1), certificate(2)]))
        #expect(try store.certificateUses(of: "c1") == [])
    }

    @Test(arguments: StoreKind.all)
    func `uses are no change of a client, and none is no write`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(client("c1", certificates: [certificate(1)]))
        let position = try store.read { try $0.position() }
        try store.recordRegisteredUses([])
        #expect(try store.certificateUses(of: "c1") == [])
        try store.recordRegisteredUses([use("c1", 1, 100, 100)])
        #expect(try store.certificateUses(of: "c1").count == 1)
        #expect(try store.changes(after: position) == .some(position: position, []))
        #expect(try store.client("c1")?.version == 1)
    }
}
