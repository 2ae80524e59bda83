// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Synchronization
import Testing

@testable import TLS

struct SessionStoreTests {
    @Test(arguments: Version.spoken, [KeyKind.p256, .rsa2048, .ed25519])
    func `a session that one context stored is resumed by another`(
        version: Version,
        kind: KeyKind
    ) throws {
        let identity = try ClientIdentity(kind)
        let store = try SessionStore(capacity: 64)
        let first = try connected(try Listener.store(store), identity, version: version)
        let session = try #require(first.client.session)
        let again = try connected(
            try Listener.store(store),
            identity,
            version: version,
            session: session
        )
        #expect(again.serverIsResumed)
        #expect(again.client.isResumed)
        #expect(again.thumbprint == identity.digest)
        #expect(again.peerCertificates == [identity.der])
    }

    private func resumes(
        _ context: TLSContext,
        _ session: ClientSession,
        _ version: Version
    ) throws -> Bool {
        try connected(context, version: version, session: session).serverIsResumed
    }

    @Test(arguments: Version.spoken)
    func `another store does not know the session`(version: Version) throws {
        let context = try Listener.store(try SessionStore(capacity: 64))
        let session = try #require(try connected(context, version: version).client.session)
        let other = try Listener.store(try SessionStore(capacity: 64))
        #expect(try !resumes(other, session, version))
        #expect(try resumes(context, session, version))
    }

    @Test(arguments: Version.spoken)
    func `a session of another context is not resumed from the same store`(
        version: Version
    ) throws {
        let store = try SessionStore(capacity: 64)
        let context = try Listener.store(store)
        let session = try #require(try connected(context, version: version).client.session)
        let other = try Listener.store(store, name: "another listener")
        #expect(try !resumes(other, session, version))
    }

    @Test(arguments: Version.spoken)
    func `a store that was cleared knows no session and goes on`(version: Version) throws {
        let store = try SessionStore(capacity: 64)
        let context = try Listener.store(store)
        let session = try #require(try connected(context, version: version).client.session)
        store.clear()
        #expect(try !resumes(context, session, version))
        let next = try #require(try connected(context, version: version).client.session)
        #expect(try resumes(context, next, version))
    }

    @Test func `a full store forgets the oldest session first`() throws {
        // Four sessions are one set, so their order does not depend on their random ids.
        let context = try Listener.store(try SessionStore(capacity: 4))
        var sessions: [ClientSession] = []
        for _ in 0..<5 {
            let line = try connected(context, version: .v12)
            sessions.append(try #require(line.client.session))
        }
        let known = try sessions.map { try resumes(context, $0, .v12) }
        // A full handshake stores a session of its own, which evicts the next oldest one.
        #expect(known[0] == false)
        #expect(known.filter { $0 }.count <= 4)
        let last = try #require(try connected(context, version: .v12).client.session)
        #expect(try resumes(context, last, .v12))
    }

    @Test func `a store for no session at all still keeps a few`() throws {
        let context = try Listener.store(try SessionStore(capacity: 0))
        let session = try #require(try connected(context, version: .v12).client.session)
        #expect(try resumes(context, session, .v12))
    }

    @Test func `threads share a store`() throws {
        let store = try SessionStore(capacity: 256)
        let resumed = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for _ in 0..<10 {
                do {
                    let context = try Listener.store(store)
                    let line = try connected(context, version: .v12)
                    let own = try #require(line.client.session)
                    let isKnown = try resumes(try Listener.store(store), own, .v12)
                    resumed.withLock { $0 += isKnown ? 1 : 0 }
                } catch {
                    Issue.record(error)
                }
            }
        }
        #expect(resumed.withLock { $0 } == 40)
    }

    @Test(arguments: Version.spoken)
    func `the bytes of sessions are bounded besides their number`(version: Version) throws {
        // One set of four.
        let store = try SessionStore(capacity: 4)
        let context = try Listener.store(store)
        #expect(store.load == (0, 0))
        let small = try ClientIdentity()
        for _ in 0..<6 { _ = try connected(context, small, version: version) }
        #expect(store.load.sessions == 4)
        #expect(store.load.bytes < 4 * 8192)
        let large = try ClientIdentity(padding: 5_000)
        for _ in 0..<6 { _ = try connected(context, large, version: version) }
        #expect(store.load.sessions == 2)
        #expect((2 * 10_000...4 * 8192).contains(store.load.bytes))
        store.clear()
        #expect(store.load == (0, 0))
    }

    @Test func `the oldest sessions give way to a large one, the newest stays`() throws {
        let store = try SessionStore(capacity: 4)
        let context = try Listener.store(store)
        let small = try ClientIdentity()
        var sessions: [ClientSession] = []
        for _ in 0..<4 {
            sessions.append(
                try #require(try connected(context, small, version: .v12).client.session)
            )
        }
        let large = try ClientIdentity(padding: 5_000)
        for _ in 0..<2 {
            sessions.append(
                try #require(try connected(context, large, version: .v12).client.session)
            )
        }
        let known = try sessions.suffix(2).map { try resumes(context, $0, .v12) }
        #expect(known == [true, true])
        #expect(try !resumes(context, sessions[0], .v12))
    }

    @Test(arguments: Version.spoken)
    func `a session that is too large to keep is not resumed, and the client goes on`(
        version: Version
    ) throws {
        let store = try SessionStore(capacity: 64)
        let context = try Listener.store(store)
        let issuer = try ClientIdentity(name: "issuer", padding: 6_000)
        let leaf = try ClientIdentity(issuer: issuer, padding: 4_500)
        leaf.chain = [issuer]
        let first = try connected(context, leaf, version: version)
        #expect(first.peerCertificates.count == 2)
        #expect(store.load.sessions == 0)
        let again = try connected(
            context,
            leaf,
            version: version,
            session: first.client.session
        )
        #expect(!again.serverIsResumed)
        #expect(again.thumbprint == leaf.digest)
    }

    @Test func `a session that follows a resumption is counted as the first one was`() throws {
        let store = try SessionStore(capacity: 64)
        let context = try Listener.store(store)
        let root = try ClientIdentity(name: "root")
        let leaf = try ClientIdentity(issuer: root)
        leaf.chain = [root]
        let first = try connected(context, leaf, version: .v13)
        let each = store.load.bytes
        #expect(each > 4_000)
        let again = try connected(context, leaf, version: .v13, session: first.client.session)
        #expect(again.serverIsResumed)
        #expect(store.load == (2, 2 * each))
    }
}
