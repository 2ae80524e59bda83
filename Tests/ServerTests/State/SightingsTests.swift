// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import Storage
import StorageTesting
import Testing

@testable import OAuth
@testable import Server

@Suite struct `Sightings of certificates` {
    private static let thumbprint = Digest256.of([1])

    private func withStore(_ body: (DataStore) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "handfast-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        try body(DataStore.open(directory.path, as: .command))
    }

    private func register(_ store: DataStore) throws {
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
        try store.registrations.insert(record)
    }

    @Test func `the first and the last of many times are written`() throws {
        try withStore { store in
            try register(store)
            let sightings = Sightings()
            for now in [50, 30, 90] as [Int64] {
                sightings.note(Array("app".utf8), Self.thumbprint, now: now)
            }
            try sightings.write(to: store.certificateUse)
            let first = try #require(try store.registrations.sightings(of: "app").first)
            #expect(first.firstSeen == 30 && first.lastSeen == 90)
            sightings.note(Array("app".utf8), Self.thumbprint, now: 120)
            try sightings.write(to: store.certificateUse)
            let second = try #require(try store.registrations.sightings(of: "app").first)
            #expect(second.firstSeen == 30 && second.lastSeen == 120)
        }
    }

    @Test func `a write that fails loses neither what came before nor what came meanwhile`()
        throws
    {
        struct Full: Error {}
        try withStore { store in
            try register(store)
            let sightings = Sightings()
            let app = Array("app".utf8)
            sightings.note(app, Self.thumbprint, now: 50)
            sightings.note(app, Self.thumbprint, now: 90)
            for meanwhile in [70, 120, 60] as [Int64] {
                #expect(throws: Full.self) {
                    try sightings.write { _ in
                        sightings.note(app, Self.thumbprint, now: meanwhile)
                        throw Full()
                    }
                }
            }
            #expect(try store.registrations.sightings(of: "app").isEmpty)
            try sightings.write(to: store.certificateUse)
            let written = try #require(try store.registrations.sightings(of: "app").first)
            #expect(written.firstSeen == 50 && written.lastSeen == 120)
        }
    }

    @Test func `what is written is not kept`() throws {
        let sightings = Sightings()
        sightings.note([1], Self.thumbprint, now: 50)
        var written: [CertificateSighting] = []
        try sightings.write { noted in
            written += noted
            sightings.note([1], Self.thumbprint, now: 60)
        }
        try sightings.write { written += $0 }
        try sightings.write { _ in Issue.record("there is nothing to write") }
        #expect(written.map(\.firstSeen) == [50, 60] && written.map(\.lastSeen) == [50, 60])
    }

    @Test func `of certificates that are not registered the last one of each client is written`()
        throws
    {
        struct Full: Error {}
        func accepted(_ end: Int64) -> AcceptedCertificate {
            AcceptedCertificate(
                notAfter: end,
                authority: Digest256.of([9]),
                isForServersOnly: end > 1_000
            )
        }
        try withStore { store in
            try register(store)
            let sightings = Sightings()
            let app = Array("app".utf8)
            sightings.note(app, Digest256.of([2]), accepted(900), now: 50)
            sightings.note(app, Digest256.of([3]), accepted(2_000), now: 70)
            sightings.note(app, Digest256.of([2]), accepted(900), now: 60)
            sightings.note(Array("nobody".utf8), Digest256.of([2]), accepted(900), now: 60)
            #expect(throws: Full.self) {
                try sightings.writeUses { _ in
                    sightings.note(app, Digest256.of([4]), accepted(800), now: 65)
                    throw Full()
                }
            }
            #expect(try store.registrations.lastUse(of: "app") == nil)
            try sightings.write(to: store.certificateUse)
            let use = try #require(try store.registrations.lastUse(of: "app"))
            #expect(use.thumbprint == Digest256.of([3]).bytes && use.notAfter == 2_000)
            #expect(use.authority == Digest256.of([9]).bytes && use.isForServersOnly)
            #expect(use.lastSeen == 70)
            #expect(
                try store.registrations.sightings(of: "app").isEmpty
                    && store.registrations.lastUse(of: "nobody") == nil
            )
            try sightings.writeUses { _ in Issue.record("there is nothing to write") }
        }
    }

    @Test func `what is not registered is not remembered`() throws {
        try withStore { store in
            try register(store)
            let sightings = Sightings()
            sightings.note(Array("app".utf8), Digest256.of([2]), now: 50)
            sightings.note(Array("nobody".utf8), Self.thumbprint, now: 50)
            try sightings.write(to: store.certificateUse)
            #expect(try store.registrations.sightings(of: "app").isEmpty)
        }
    }
}
