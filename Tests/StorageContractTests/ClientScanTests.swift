// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

struct ClientScanTests {
    /// The client as a scan returns it: its certificates without the parts for people.
    private func scanned(_ client: ClientRecord) -> ClientRecord {
        var client = client
        for index in client.certificates.indices {
            client.certificates[index].der = []
            client.certificates[index].subject = ""
        }
        return client
    }

    @Test(arguments: StoreKind.all)
    func `every client comes once, in order, with its own certificates`(kind: StoreKind) throws {
        let store = try kind.open()
        var records = (0..<500).map { number in
            client(
                "c\(number)",
                certificates: (0..<number % 4).map { certificate(UInt8(number % 50 * 4 + $0)) }
            )
        }
        for index in stride(from: 0, to: 499, by: 7) {
            records[index].caCertificates = [certificate(250)]
            records[index].trustSet = "internal"
            records[index + 1].jwksURI = "https://client.example/jwks"
            records[index + 1].fetchedJWKS = #"{"keys":[]}"#
        }
        try store.insert(trustSet("internal"))
        try store.insert(records)
        var found: [ClientRecord] = []
        let position = try store.forEachClient { found.append($0) }
        #expect(found == records.map(scanned))
        #expect(try store.changes(after: position) == .some(position: position, []))
    }

    @Test(arguments: StoreKind.all)
    func `a gap left by a removed client shifts no certificate`(kind: StoreKind) throws {
        let store = try kind.open()
        let records = (1...9).map { client("c\($0)", certificates: [certificate(UInt8($0))]) }
        try store.insert(records)
        for removed in ["c1", "c5", "c9"] { try store.removeClient(removed) }
        var found: [ClientRecord] = []
        try store.forEachClient { found.append($0) }
        let rest = records.filter { !["c1", "c5", "c9"].contains($0.clientID) }
        #expect(found == rest.map(scanned))
    }

    @Test(arguments: StoreKind.all)
    func `an empty store has nothing to hand out`(kind: StoreKind) throws {
        let store = try kind.open()
        var count = 0
        let position = try store.forEachClient { _ in count += 1 }
        #expect(count == 0)
        #expect(position == .start)
    }

    @Test(arguments: StoreKind.all)
    func `the scan stops with what the reader throws`(kind: StoreKind) throws {
        let store = try kind.open()
        struct Enough: Error {}
        try store.insert((0..<10).map { client("c\($0)") })
        var count = 0
        #expect(throws: Enough.self) {
            try store.forEachClient { _ in
                count += 1
                if count == 3 { throw Enough() }
            }
        }
        #expect(count == 3)
    }

    @Test(arguments: StoreKind.all)
    func `a scan sees one moment while others write`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert((0..<10).map { client("c\($0)") })
        var count = 0
        let position = try store.forEachClient { _ in
            count += 1
            if count == 1 { try store.insert(client("late")) }
        }
        #expect(count == 10)
        guard case .some(_, let changes) = try store.changes(after: position) else {
            Issue.record("the log reaches back")
            return
        }
        #expect(changes.map(\.id) == ["late"])
    }

    @Test(arguments: StoreKind.all)
    func `what a scan returned cannot be written back without its certificates`(kind: StoreKind)
        throws
    {
        let store = try kind.open()
        try store.insert(client("c1", certificates: [certificate(1)]))
        var found: ClientRecord?
        try store.forEachClient { found = $0 }
        var copy = try #require(found)
        copy.clientID = "c2"
        #expect(storeError { try store.insert(copy) }?.kind == .invalid)
    }
}
