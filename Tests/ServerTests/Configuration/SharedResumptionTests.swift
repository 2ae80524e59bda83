// SPDX-License-Identifier: Apache-2.0
import TLS
import Testing

@testable import Server

/// The default of `tls.resumption` depends on the store.
struct SharedResumptionTests {
    private static let store =
        "store: {url: 'postgresql://db/handfast?sslmode=verify-full', key_file: /k}"

    @Test func `tickets are the default with a store that nodes share`() throws {
        let shared = try load(Self.store)
        #expect(shared.tls.resumption == .tickets)
        #expect(shared.sharesSessions)
        let settings = shared.settings.map(\.description)
        #expect(settings.contains("tls.resumption: tickets (derived from store.url)"))
        // The twin.
        let alone = try load("{}")
        #expect(alone.tls.resumption == .store)
        #expect(!alone.sharesSessions)
    }

    @Test(arguments: ["store", "off", "tickets"])
    func `what is said counts`(resumption: String) throws {
        let shared = try load(Self.store + "\ntls: {resumption: \(resumption)}")
        #expect(shared.tls.resumption.rawValue == resumption)
        #expect(shared.sharesSessions == (resumption == "tickets"))
        let alone = try load("tls: {resumption: \(resumption)}")
        #expect(!alone.sharesSessions)
    }
}
