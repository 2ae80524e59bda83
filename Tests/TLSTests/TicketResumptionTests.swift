// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import Testing

@testable import TLS

struct TicketResumptionTests {
    @Test(arguments: Version.spoken, [KeyKind.p256, .rsa2048, .ed25519])
    func `a ticket of one context is opened by another that has its keys`(
        version: Version,
        kind: KeyKind
    ) throws {
        let identity = try ClientIdentity(kind)
        let keys = try TicketKeys()
        let first = try connected(try Listener.tickets(keys), identity, version: version)
        let session = try #require(first.client.session)
        let again = try connected(
            try Listener.tickets(keys),
            identity,
            version: version,
            session: session
        )
        #expect(again.serverIsResumed)
        #expect(again.client.isResumed)
        #expect(again.thumbprint == identity.digest)
        #expect(again.peerCertificates == [identity.der])
    }

    @Test(arguments: Version.spoken)
    func `a ticket under other keys is a full handshake`(version: Version) throws {
        let identity = try ClientIdentity()
        let context = try Listener.tickets(try TicketKeys())
        let first = try connected(context, identity, version: version)
        let session = try #require(first.client.session)
        let again = try connected(
            try Listener.tickets(try TicketKeys()),
            identity,
            version: version,
            session: session
        )
        #expect(!again.serverIsResumed)
        #expect(again.thumbprint == identity.digest)
    }

    @Test(arguments: Version.spoken)
    func `a ticket outlives rotations until its key has left the ring`(version: Version) throws {
        let identity = try ClientIdentity()
        var keys = try TicketKeys()
        let context = try Listener.tickets(keys)
        let first = try connected(context, identity, version: version)
        let session = try #require(first.client.session)
        for _ in 0..<2 {
            keys = try keys.rotated(keeping: 2)
            context.use(keys)
            let again = try connected(context, identity, version: version, session: session)
            #expect(again.serverIsResumed)
            #expect(again.thumbprint == identity.digest)
            // A ticket of an old key is renewed.
            let renewed = try #require(again.client.session)
            #expect(renewed.ticket.prefix(16) == keys.keys[0].bytes.prefix(16))
        }
        context.use(try keys.rotated(keeping: 2))
        let late = try connected(context, identity, version: version, session: session)
        #expect(!late.serverIsResumed)
        #expect(late.thumbprint == identity.digest)
    }

    @Test func `a resumed connection of TLS 1.3 leaves a fresh ticket behind`() throws {
        let identity = try ClientIdentity()
        let context = try Listener.tickets(try TicketKeys())
        var line = try connected(context, identity, version: .v13)
        var tickets: Set<[UInt8]> = []
        for _ in 0..<5 {
            let session = try #require(line.client.session)
            tickets.insert(session.ticket)
            line = try connected(context, identity, version: .v13, session: session)
            #expect(line.serverIsResumed)
            #expect(line.thumbprint == identity.digest)
        }
        #expect(tickets.count == 5)
    }

    @Test(arguments: Version.spoken)
    func `a session of another context is not resumed, though the keys are the same`(
        version: Version
    ) throws {
        let identity = try ClientIdentity()
        let keys = try TicketKeys()
        let first = try connected(try Listener.tickets(keys), identity, version: version)
        let session = try #require(first.client.session)
        let again = try connected(
            try Listener.tickets(keys, name: "another listener"),
            identity,
            version: version,
            session: session
        )
        #expect(!again.serverIsResumed)
        #expect(again.thumbprint == identity.digest)
    }

    /// A ticket is a key's name (16 bytes), a nonce (16), the sealed session and a tag (32).
    @Test(arguments: Version.spoken, [0, 20, 60, -1])
    func `a ticket that was changed is a full handshake`(version: Version, place: Int) throws {
        let identity = try ClientIdentity()
        let context = try Listener.tickets(try TicketKeys())
        let first = try connected(context, identity, version: version)
        let session = try #require(first.client.session)
        let index = place < 0 ? session.ticket.count + place : place
        let again = try connected(
            context,
            identity,
            version: version,
            session: try session.damaged(at: index)
        )
        #expect(!again.serverIsResumed)
        #expect(again.thumbprint == identity.digest)
    }

    @Test(arguments: Version.spoken)
    func `without resumption there is no session to come back with`(version: Version) throws {
        let context = try Listener.context(resumption: .off)
        let line = try connected(context, try ClientIdentity(), version: version)
        #expect(line.client.session == nil)
    }

    @Test(arguments: Version.spoken)
    func `a session without a certificate stays without one`(version: Version) throws {
        let context = try Listener.tickets(try TicketKeys())
        let first = try connected(context, version: version)
        let session = try #require(first.client.session)
        // The client has a certificate by now; a resumed handshake does not ask for it.
        let again = try connected(
            context,
            try ClientIdentity(),
            version: version,
            session: session
        )
        #expect(again.serverIsResumed)
        #expect(again.thumbprint == nil)
        #expect(again.peerCertificates.isEmpty)
    }

    @Test(arguments: Version.spoken)
    func `a session ends after its lifetime`(version: Version) async throws {
        let identity = try ClientIdentity()
        let keys = try TicketKeys()
        let session = try #require(
            try connected(try Listener.tickets(keys, lifetime: 1), identity, version: version)
                .client.session
        )
        // OpenSSL counts whole seconds.
        try await Task.sleep(for: .milliseconds(2_200))
        let again = try connected(
            try Listener.tickets(keys, lifetime: 1),
            identity,
            version: version,
            session: session
        )
        #expect(!again.serverIsResumed)
    }

    @Test(arguments: Version.spoken)
    func `a session does not outlive the certificate that opened it`(version: Version) throws {
        let context = try Listener.tickets(try TicketKeys(), lifetime: 3600)
        let short = try connected(context, try ClientIdentity(lasts: 100), version: version)
        #expect((90...100).contains(try #require(short.client.session).lifetime))
        let long = try connected(context, try ClientIdentity(lasts: 9999), version: version)
        #expect(try #require(long.client.session).lifetime == 3600)
    }
}
