// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import Cryptography
import Testing

@testable import TLS

/// The certificates behind the client's own: bounded, unparsed, and kept as far as they can matter.
struct SentCertificatesTests {
    private func junk(_ count: Int, padding: Int = 0) throws -> [ClientIdentity] {
        let key = try Key(.ed25519)
        return try (0..<count).map {
            try ClientIdentity(key: key, name: "junk \($0)", padding: padding)
        }
    }

    /// A leaf under three CAs, and these, the nearest first.
    private func path(_ kind: KeyKind = .p256) throws -> (leaf: ClientIdentity, [ClientIdentity]) {
        let root = try ClientIdentity(kind, name: "root")
        let upper = try ClientIdentity(kind, name: "upper", issuer: root)
        let lower = try ClientIdentity(kind, name: "lower", issuer: upper)
        return (try ClientIdentity(issuer: lower), [lower, upper, root])
    }

    @Test(arguments: Version.spoken)
    func `sixteen certificates may be sent along, one more is refused`(version: Version) throws {
        let context = try Listener.context()
        let leaf = try ClientIdentity()
        leaf.chain = try junk(16)
        #expect(try connected(context, leaf, version: version).thumbprint == leaf.digest)
        leaf.chain = try junk(17)
        let line = try Line(context, try Client(leaf, version: version))
        #expect(error(line)?.reason == "too many certificates were sent along")
        #expect(throws: ClientError.self) { try line.client.read() }
    }

    @Test(arguments: Version.spoken)
    func `nothing of what is sent along is parsed, none of its keys decoded`(
        version: Version
    ) async {
        await #expect(processExitsWith: .success) { [name = version.rawValue as String] in
            #expect(CryptographyLibrary.start(slim: true) == .slim)
            let leaf = try ClientIdentity()
            leaf.chain = try (0..<16).map { try ClientIdentity(.p521, name: "junk \($0)") }
            let version = try #require(Version(rawValue: name))
            let context = try Listener.context()
            _ = try connected(context, try ClientIdentity(), version: version)
            let (certificates, keys) = (ThreadCounts.certificates, ThreadCounts.keys)
            let line = try connected(context, leaf, version: version)
            #expect(line.thumbprint == leaf.digest)
            #expect(ThreadCounts.certificates - certificates == ThreadCounts(found: 0, made: 1))
            // Making the certificates has made their keys known already.
            let asked = ThreadCounts.keys - keys
            #expect(asked.found + asked.made == 1)
        }
    }

    @Test(arguments: Version.spoken, [0, 5, 8])
    func `what names lead to is kept in its order, wherever it stands`(
        version: Version,
        before: Int
    ) throws {
        let context = try Listener.store(try SessionStore(capacity: 64))
        let (leaf, path) = try path()
        let needless = try junk(8)
        for above in [path, Array(path.reversed())] {
            leaf.chain = Array(needless.prefix(before)) + above
            leaf.chain += needless.dropFirst(before)
            var line = try connected(context, leaf, version: version)
            let kept = [leaf.der] + above.map(\.der)
            #expect(line.peerCertificates == kept)
            line = try connected(context, leaf, version: version, session: line.client.session)
            #expect(line.serverIsResumed)
            #expect(line.peerCertificates == kept)
        }
    }

    @Test func `a path of large certificates is kept whole`() throws {
        let (leaf, path) = try path(.rsa2048)
        leaf.chain = path
        let line = try connected(try Listener.context(), leaf)
        #expect(line.peerCertificates == [leaf.der] + path.map(\.der))
    }

    @Test func `names that differ only as RFC 5280 lets them lead on`() throws {
        let lower = try ClientIdentity(name: "The  Authority")
        let other = try ClientIdentity(key: lower.key, name: "the authority ")
        let stranger = try ClientIdentity(key: lower.key, name: "the authorities")
        let leaf = try ClientIdentity(issuer: lower)
        leaf.chain = [stranger, other, lower]
        let line = try connected(try Listener.context(), leaf)
        #expect(line.peerCertificates == [leaf.der, other.der, lower.der])
    }

    @Test func `a certificate that names itself leads nowhere`() throws {
        let leaf = try ClientIdentity(name: "client")
        leaf.chain = try (0..<4).map { _ in try ClientIdentity(name: "client") }
        let line = try connected(try Listener.context(), leaf)
        #expect(line.peerCertificates == [leaf.der])
    }

    @Test(arguments: Version.spoken)
    func `junk costs a session nothing`(version: Version) throws {
        let store = try SessionStore(capacity: 64)
        let context = try Listener.store(store)
        let leaf = try ClientIdentity()
        _ = try connected(context, leaf, version: version)
        let plain = store.load.bytes
        leaf.chain = try junk(16, padding: 1_500)
        _ = try connected(context, leaf, version: version)
        #expect(store.load == (2, 2 * plain))
        #expect(plain <= 8 * 1024)
    }

    @Test(arguments: Version.spoken)
    func `whatever is sent along, a connection keeps twenty KiB at most`(version: Version) throws {
        let context = try Listener.context()
        let issuer = try ClientIdentity(name: "issuer", padding: 1_500)
        let leaf = try ClientIdentity(issuer: issuer)
        leaf.chain = Array(repeating: issuer, count: 15)
        let kept = try connected(context, leaf, version: version).peerCertificates.dropFirst()
        #expect(kept.reduce(0) { $0 + $1.count } <= 10_000)
        #expect(kept.count == 5)
    }

    @Test(arguments: Version.spoken)
    func `a certificate that would take more by itself is refused`(version: Version) throws {
        let context = try Listener.context()
        let large = try ClientIdentity(padding: 7_500)
        #expect(try connected(context, large, version: version).thumbprint == large.digest)
        let larger = try ClientIdentity(padding: 9_000)
        let line = try Line(context, try Client(larger, version: version))
        #expect(error(line)?.reason == "a certificate is too large")
    }

    @Test func `where OpenSSL parses by itself the same bounds hold`() throws {
        let context = try Listener.context()
        let (leaf, path) = try path()
        let needless = try junk(8)
        leaf.chain = needless + path
        #expect(try kept(context, leaf) == [leaf.der] + path.map(\.der))
        leaf.chain = try junk(17)
        #expect(try kept(context, leaf) == nil)
        #expect(try kept(context, try ClientIdentity(padding: 9_000)) == nil)
    }

    /// The certificates of a server that handshakes past the program's own step; nil if it refuses.
    private func kept(_ context: TLSContext, _ identity: ClientIdentity) throws -> [[UInt8]]? {
        let sockets = try SocketPair()
        let client = try Client(identity)
        // SAFETY: the SSL owns its BIO, and that its channel; both go at the end.
        let ssl = unsafe SSL_new(context.standard.handle)
        defer { unsafe SSL_free(ssl) }
        let bio = unsafe handfast_channel_new(sockets.server, context.outbox.outbox)
        let channel = unsafe handfast_channel_of(bio)
        unsafe SSL_set_bio(ssl, bio, bio)
        unsafe SSL_set_accept_state(ssl)
        for _ in 0..<10 {
            _ = try? client.handshake()
            sockets.send(client.takeOutput())
            unsafe handfast_channel_readable(channel)
            ERR_clear_error()
            let result = unsafe SSL_do_handshake(ssl)
            unsafe handfast_channel_flush(channel)
            client.receive(sockets.receive())
            let isOver = unsafe result == 1 || SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ
            ERR_clear_error()
            guard isOver else { continue }
            guard result == 1 else { return nil }
            var found: [[UInt8]] = []
            var count = 0
            while let der = unsafe handfast_peer_certificate_der(ssl, Int32(found.count), &count) {
                found.append(unsafe Array(UnsafeBufferPointer(start: der, count: count)))
                unsafe CRYPTO_free(der, #fileID, #line)
            }
            return found
        }
        return nil
    }
}
