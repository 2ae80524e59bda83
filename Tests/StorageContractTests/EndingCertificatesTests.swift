// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

struct EndingCertificatesTests {
    private func ending(_ number: UInt8, at end: Int64) -> CertificateRecord {
        var record = certificate(number)
        record.notAfter = end
        return record
    }

    private func filled(_ kind: StoreKind) throws -> any CompleteStore {
        let store = try kind.open()
        var first = client("first", certificates: [ending(1, at: 300), ending(2, at: 100)])
        first.caCertificates = [ending(3, at: 200)]
        var second = client("second", certificates: [ending(2, at: 100)])
        (second.enabled, second.caCertificates) = (false, [ending(3, at: 200)])
        try store.insert([first, second, client("none")])
        return store
    }

    private func found(
        in store: any CompleteStore,
        limit: Int = 10,
        _ write: (inout EndQuery) -> Void = { _ in }
    ) throws -> [EndingCertificate] {
        var query = EndQuery(limit: limit)
        write(&query)
        return try store.endingCertificates(query)
    }

    @Test(arguments: StoreKind.all)
    func `certificates and CAs of clients come by their ends, each once`(kind: StoreKind) throws {
        let all = try found(in: filled(kind))
        #expect(all.map(\.notAfter) == [100, 200, 300])
        #expect(all.map(\.use) == [.registered, .caCertificate, .registered])
        #expect(all.map(\.clients) == [2, 2, 1])
        #expect(all.map(\.clientID) == ["first", "first", "first"])
        #expect(all.map(\.lastEnd) == [300, nil, 300])
        #expect(all.allSatisfy { $0.enabled && !$0.isFetched })
        #expect(all[0].subject == "CN=client 2" && all[0].thumbprint == certificate(2).thumbprint)
    }

    @Test(arguments: StoreKind.all)
    func `of several clients an enabled one without a successor is shown`(kind: StoreKind) throws {
        let store = try kind.open()
        var off = client("off", certificates: [ending(1, at: 100)])
        (off.enabled, off.caCertificates) = (false, [ending(2, at: 200)])
        var renewed = client("renewed", certificates: [ending(1, at: 100), ending(3, at: 300)])
        renewed.caCertificates = [ending(2, at: 200)]
        try store.insert([off, renewed])
        func shown(_ end: Int64) throws -> EndingCertificate? {
            try found(in: store).first { $0.notAfter == end }
        }
        // Those that are off, or have a successor, are shown where there is no other.
        #expect(try shown(100)?.clientID == "renewed" && shown(100)?.lastEnd == 300)
        #expect(try shown(200)?.clientID == "renewed" && shown(200)?.enabled == true)
        var waiting = client("waiting", certificates: [ending(1, at: 100)])
        waiting.caCertificates = [ending(2, at: 200)]
        try store.insert([waiting])
        #expect(try shown(100)?.clientID == "waiting" && shown(100)?.lastEnd == 100)
        #expect(try shown(100)?.clients == 3)
        #expect(try shown(200)?.clientID == "renewed")
        for id in ["renewed", "waiting"] { try store.setEnabled(false, client: id, at: 1) }
        #expect(try found(in: store).map(\.clientID) == ["off", "off", "renewed"])
        #expect(try found(in: store).allSatisfy { !$0.enabled })
    }

    @Test(arguments: StoreKind.all)
    func `only those that are asked for come`(kind: StoreKind) throws {
        let store = try filled(kind)
        #expect(try found(in: store) { $0.before = 200 }.map(\.notAfter) == [100])
        #expect(try found(in: store) { $0.after = 200 }.map(\.notAfter) == [200, 300])
        #expect(try found(in: store) { $0.use = .caCertificate }.map(\.notAfter) == [200])
        #expect(try found(in: store) { $0.use = .registered }.map(\.notAfter) == [100, 300])
        #expect(try found(in: store, limit: 2).map(\.notAfter) == [100, 200])
        #expect(try found(in: store) { $0.before = 100 }.isEmpty)
        func last(_ limit: Int, _ write: (inout EndQuery) -> Void = { _ in }) throws -> [Int64] {
            try found(in: store, limit: limit) { query in
                query.isDescending = true
                write(&query)
            }.map(\.notAfter)
        }
        #expect(try last(10) == [300, 200, 100] && last(2) == [300, 200])
        #expect(try last(1) { $0.before = 300 } == [200])
        #expect(try last(1) { $0.use = .caCertificate } == [200])
        try store.removeClient("first", by: .server, at: 1)
        #expect(try found(in: store).map(\.clientID) == ["second", "second"])
        #expect(try found(in: store).map(\.enabled) == [false, false])
    }
}
