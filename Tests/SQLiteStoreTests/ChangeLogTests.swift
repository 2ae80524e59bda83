// SPDX-License-Identifier: Apache-2.0
import Storage
import Testing

@testable import SQLiteStore

struct ChangeLogTests {
    let directory: TemporaryDirectory
    let store: Store
    /// What a command in another process has open.
    let other: Store

    init() throws {
        directory = try TemporaryDirectory()
        store = try directory.open(.server)
        other = try directory.open(.tool)
    }

    /// The changes since the given sequence, which moves on.
    private func news(_ sequence: inout Int64) throws -> [Change]? {
        switch try store.changes(after: sequence) {
        case .some(let last, let changes):
            sequence = last
            return changes
        case .reload(let last):
            sequence = last
            return nil
        }
    }

    @Test func `each write of another program is reported once`() throws {
        var sequence: Int64 = 0
        let ofClient = [Change(kind: .client, id: "c1")]
        #expect(try news(&sequence) == [])
        try other.insert(client("c1", certificates: [certificate(1)]))
        #expect(try news(&sequence) == ofClient)
        #expect(try news(&sequence) == [])
        try other.updateClient("c1", at: 2_000) { $0.certificates.append(certificate(2)) }
        #expect(try news(&sequence) == ofClient)
        try other.updateClient("c1", at: 3_000) { $0.certificateAuthorities = [certificate(3)] }
        #expect(try news(&sequence) == ofClient)
        try other.updateClient("c1", at: 4_000) { $0.certificates.removeFirst() }
        #expect(try news(&sequence) == ofClient)
        try other.setEnabled(false, client: "c1", at: 5_000)
        #expect(try news(&sequence) == ofClient)
        try other.removeClient("c1")
        #expect(try news(&sequence) == ofClient)
    }

    @Test func `users and keys are reported too`() throws {
        var sequence: Int64 = 0
        try other.insert(user("admin"))
        try other.setPasswordHash("x", user: "admin")
        try other.insert(key("k1"))
        #expect(
            try news(&sequence) == [Change(kind: .user, id: "admin"), Change(kind: .key, id: "k1")]
        )
        try other.removeUser("admin")
        try other.rotate(to: key("k2"), retiringOthersAt: 2_000, removingEndedBefore: .max)
        let ofKeys = Set(["k1", "k2"].map { Change(kind: .key, id: $0) })
        #expect(Set(try news(&sequence) ?? []) == ofKeys.union([Change(kind: .user, id: "admin")]))
    }

    @Test func `trust sets are reported, and their clients only when they change themselves`()
        throws
    {
        var sequence: Int64 = 0
        let ofSet = [Change(kind: .trustSet, id: "internal")]
        try other.insert(trustSet("internal"))
        #expect(try news(&sequence) == ofSet)
        try other.insert(client("c1"))
        try other.updateClient("c1", at: 2_000) { $0.trustSet = "internal" }
        #expect(try news(&sequence) == [Change(kind: .client, id: "c1")])
        try other.updateTrustSet("internal") { $0.authorities = [[0x30]] }
        #expect(try news(&sequence) == ofSet)
        #expect(refusal { try other.removeTrustSet("internal") } != nil)
        #expect(try news(&sequence) == [])
        try other.removeClient("c1")
        try other.removeTrustSet("internal")
        #expect(try news(&sequence) == [Change(kind: .client, id: "c1")] + ofSet)
    }

    @Test func `fetched keys are reported, sightings are not`() throws {
        var record = client("c1", certificates: [certificate(1)])
        record.jwksURI = "https://client.example/jwks"
        try other.insert(record)
        var sequence: Int64 = 0
        _ = try news(&sequence)
        let (uri, jwks) = ("https://client.example/jwks", #"{"keys":[]}"#)
        func fetched() throws -> Bool {
            try other.setFetchedKeys(
                client: "c1",
                uri: uri,
                jwks: jwks,
                certificates: [certificate(1)]
            )
        }
        #expect(try fetched())
        #expect(try news(&sequence) == [Change(kind: .client, id: "c1")])
        #expect(try !fetched())
        let (seen, version) = (certificate(1).thumbprint, try store.dataVersion())
        try other.recordSightings([
            CertificateSighting(client: "c1", thumbprint: seen, firstSeen: 2_000, lastSeen: 2_000)
        ])
        #expect(try store.dataVersion() != version)
        #expect(try news(&sequence) == [])
    }

    @Test func `a refused write reports nothing`() throws {
        try other.insert(client("c1"))
        var sequence: Int64 = 0
        _ = try news(&sequence)
        #expect(refusal { try other.insert(client("c1")) } != nil)
        #expect(refusal { try other.removeUser("nobody") } != nil)
        #expect(try news(&sequence) == [])
    }

    @Test func `a reader too far behind, or ahead, is told to reload`() throws {
        try other.insert((0..<changesMax).map { client("c\($0)") })
        var behind: Int64 = 0
        #expect(try news(&behind)?.count == changesMax)
        try other.insert([client("one"), client("more")])
        var lost: Int64 = 1
        #expect(try news(&lost) == nil)
        #expect(lost == behind + 2)
        #expect(try news(&lost) == [])
        var ahead = lost + 1
        #expect(try news(&ahead) == nil)
        #expect(try news(&behind)?.count == 2)
    }

    @Test func `the data version changes with every commit and only then`() throws {
        let first = try store.dataVersion()
        #expect(try store.dataVersion() == first)
        try other.insert(client("c1"))
        let second = try store.dataVersion()
        #expect(second != first)
        _ = try other.client("c1")
        #expect(try store.dataVersion() == second)
        try store.insert(client("c2"))
        #expect(try store.dataVersion() != second)
    }
}
