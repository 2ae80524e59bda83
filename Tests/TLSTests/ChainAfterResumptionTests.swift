// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import TLS

/// The peer's intermediates must be available after a resumption, to be checked again.
struct ChainAfterResumptionTests {
    enum Home: String, CaseIterable {
        case tickets
        case store
    }

    private func context(_ home: Home) throws -> TLSContext {
        switch home {
        case .tickets: try Listener.tickets(try TicketKeys())
        case .store: try Listener.store(try SessionStore(capacity: 64))
        }
    }

    private func identity(_ chain: [ClientIdentity]) throws -> ClientIdentity {
        let identity = try ClientIdentity(issuer: chain.first)
        identity.chain = chain
        return identity
    }

    @Test(arguments: Version.spoken, Home.allCases)
    func `the chain is the same after one resumption and after two`(
        version: Version,
        home: Home
    ) throws {
        let root = try ClientIdentity(.rsa2048, name: "root")
        let leaf = try identity([try ClientIdentity(name: "middle", issuer: root), root])
        let context = try context(home)
        let sent = [leaf.der] + leaf.chain.map(\.der)
        var line = try connected(context, leaf, version: version)
        #expect(line.peerCertificates == sent)
        for _ in 0..<2 {
            let session = try #require(line.client.session)
            line = try connected(context, leaf, version: version, session: session)
            #expect(line.serverIsResumed)
            #expect(line.peerCertificates == sent)
        }
    }

    @Test(arguments: Version.spoken, Home.allCases)
    func `what of a chain no session should carry is left out, the client stays known`(
        version: Version,
        home: Home
    ) throws {
        let filler = try ClientIdentity(name: "filler", padding: 6_000)
        let leaf = try identity([filler, filler])
        let context = try context(home)
        let first = try connected(context, leaf, version: version)
        // The first intermediate fits, the second one no more.
        #expect(first.peerCertificates == [leaf.der, filler.der])
        let session = try #require(first.client.session)
        let again = try connected(context, leaf, version: version, session: session)
        #expect(again.serverIsResumed)
        #expect(again.peerCertificates == [leaf.der, filler.der], "another chain")
        #expect(again.thumbprint == leaf.digest)
    }
}
