// SPDX-License-Identifier: Apache-2.0
import Cryptography
import SQLiteStore
import Storage
import StorageTesting
import TestSupport
import Testing

@testable import Telemetry

@Suite struct `The use of certificates` {
    private static let thumbprint = Digest256.of([1])

    private func withStore(_ body: (SQLiteDatabase) throws -> Void) throws {
        let scratch = try Scratch()
        try body(try SQLiteDatabase.open(directory: scratch.path + "/data", as: .tool))
    }

    private func register(_ store: SQLiteDatabase) throws {
        var record = ClientRecord(
            clientID: "app",
            name: "app",
            authenticationMethod: "self_signed_tls_client_auth",
            grantTypes: ["client_credentials"],
            createdAt: 1,
            updatedAt: 1
        )
        record.certificates = [
            CertificateRecord(
                thumbprint: Self.thumbprint.bytes,
                der: [1],
                subject: "CN=app",
                notBefore: 0,
                notAfter: .max / 2,
                createdAt: 1
            )
        ]
        try store.insert(record)
    }

    @Test func `the first and the last of many times are written`() throws {
        try withStore { store in
            try register(store)
            let usage = CertificateUsage()
            for now in [50, 30, 90] as [Int64] {
                usage.record(Array("app".utf8), Self.thumbprint, now: now)
            }
            try usage.write(to: store)
            let first = try #require(try store.certificateUses(of: "app").first)
            #expect(first.firstSeen == 30 && first.lastSeen == 90)
            usage.record(Array("app".utf8), Self.thumbprint, now: 120)
            try usage.write(to: store)
            let second = try #require(try store.certificateUses(of: "app").first)
            #expect(second.firstSeen == 30 && second.lastSeen == 120)
        }
    }

    @Test func `a write that fails loses neither what came before nor what came meanwhile`()
        throws
    {
        struct Full: Error {}
        try withStore { store in
            try register(store)
            let usage = CertificateUsage()
            let app = Array("app".utf8)
            usage.record(app, Self.thumbprint, now: 50)
            usage.record(app, Self.thumbprint, now: 90)
            for meanwhile in [70, 120, 60] as [Int64] {
                #expect(throws: Full.self) {
                    try usage.writeRegisteredUses { _ in
                        usage.record(app, Self.thumbprint, now: meanwhile)
                        throw Full()
                    }
                }
            }
            #expect(try store.certificateUses(of: "app").isEmpty)
            try usage.write(to: store)
            let written = try #require(try store.certificateUses(of: "app").first)
            #expect(written.firstSeen == 50 && written.lastSeen == 120)
        }
    }

    @Test func `what is written is not kept`() throws {
        let usage = CertificateUsage()
        usage.record([1], Self.thumbprint, now: 50)
        var written: [RegisteredCertificateUse] = []
        try usage.writeRegisteredUses { noted in
            written += noted
            usage.record([1], Self.thumbprint, now: 60)
        }
        try usage.writeRegisteredUses { written += $0 }
        try usage.writeRegisteredUses { _ in Issue.record("there is nothing to write") }
        #expect(written.map(\.firstSeen) == [50, 60] && written.map(\.lastSeen) == [50, 60])
    }

    @Test func `of certificates that are not registered the last one of each client is written`()
        throws
    {
        struct Full: Error {}
        func record(
            _ usage: CertificateUsage,
            _ id: String,
            _ number: UInt8,
            _ end: Int64,
            now: Int64
        ) {
            usage.record(
                Array(id.utf8),
                Digest256.of([number]),
                anchor: Digest256.of([9]),
                notAfter: end,
                isForServersOnly: end > 1_000,
                now: now
            )
        }
        try withStore { store in
            try register(store)
            let usage = CertificateUsage()
            record(usage, "app", 2, 900, now: 50)
            record(usage, "app", 3, 2_000, now: 70)
            record(usage, "app", 2, 900, now: 60)
            record(usage, "nobody", 2, 900, now: 60)
            #expect(throws: Full.self) {
                try usage.writeTrustedUses { _ in
                    record(usage, "app", 4, 800, now: 65)
                    throw Full()
                }
            }
            #expect(try store.lastUse(of: "app") == nil)
            try usage.write(to: store)
            let use = try #require(try store.lastUse(of: "app"))
            #expect(use.thumbprint == Digest256.of([3]).bytes && use.notAfter == 2_000)
            #expect(use.anchor == Digest256.of([9]).bytes && use.isForServersOnly)
            #expect(use.lastSeen == 70)
            #expect(
                try store.certificateUses(of: "app").isEmpty
                    && store.lastUse(of: "nobody") == nil
            )
            try usage.writeTrustedUses { _ in Issue.record("there is nothing to write") }
        }
    }

    @Test func `what is not registered is not remembered`() throws {
        try withStore { store in
            try register(store)
            let usage = CertificateUsage()
            usage.record(Array("app".utf8), Digest256.of([2]), now: 50)
            usage.record(Array("nobody".utf8), Self.thumbprint, now: 50)
            try usage.write(to: store)
            #expect(try store.certificateUses(of: "app").isEmpty)
        }
    }
}
