// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import Testing

@testable import TLS

struct CertificateCacheTests {
    /// The counts that a handshake adds; expects that the client is known by its own bytes.
    private func counts(
        _ context: TLSContext,
        _ identity: ClientIdentity,
        version: Version? = nil
    ) throws -> ThreadCounts {
        let before = ThreadCounts.certificates
        let line = try connected(context, identity, version: version)
        let counts = ThreadCounts.certificates - before
        #expect(line.thumbprint == identity.digest)
        #expect(line.peerCertificates == [identity.der] + identity.chain.map(\.der))
        return counts
    }

    @Test(arguments: Version.spoken)
    func `a certificate is parsed once and found from then on`(version: Version) throws {
        let identity = try ClientIdentity()
        let context = try Listener.context()
        #expect(try counts(context, identity, version: version) == ThreadCounts(found: 0, made: 1))
        #expect(try counts(context, identity, version: version) == ThreadCounts(found: 1, made: 0))
        #expect(try counts(context, identity, version: version) == ThreadCounts(found: 1, made: 0))
    }

    @Test func `another certificate for the same key and name is parsed for itself`() throws {
        let first = try ClientIdentity()
        let second = try ClientIdentity(key: first.key, name: "client")
        let context = try Listener.context()
        _ = try counts(context, first)
        #expect(try counts(context, second) == ThreadCounts(found: 0, made: 1))
    }

    @Test func `what is sent along is not parsed, and a leaf is found with or without it`() throws {
        let root = try ClientIdentity(name: "root")
        let leaf = try ClientIdentity(issuer: root)
        leaf.chain = [root]
        let context = try Listener.context()
        #expect(try counts(context, leaf) == ThreadCounts(found: 0, made: 1))
        #expect(try counts(context, leaf) == ThreadCounts(found: 1, made: 0))
        leaf.chain = []
        #expect(try counts(context, leaf) == ThreadCounts(found: 1, made: 0))
    }

    @Test func `what was parsed for a context that is gone stays usable`() throws {
        let identity = try ClientIdentity()
        _ = try counts(try Listener.context(), identity)
        #expect(try counts(try Listener.context(), identity) == ThreadCounts(found: 1, made: 0))
    }

    @Test func `a certificate of unusual size is parsed each time`() throws {
        let identity = try ClientIdentity(padding: 5_000)
        let context = try Listener.context()
        #expect(try counts(context, identity) == ThreadCounts(found: 0, made: 1))
        #expect(try counts(context, identity) == ThreadCounts(found: 0, made: 1))
    }

    @Test func `certificates that share a slot take turns and stay themselves`() throws {
        let context = try Listener.context()
        let key = try Key(.ed25519)
        // Twice the cache's slots: some certificates are bound to meet.
        let identities = try (0..<1024).map { try ClientIdentity(key: key, name: "client \($0)") }
        for identity in identities.prefix(300) + identities.suffix(300) + identities.prefix(300) {
            let line = try connected(context, identity, version: .v12)
            #expect(line.thumbprint == identity.digest)
        }
    }

    @Test func `nothing is kept of what is parsed outside a handshake`() throws {
        let identity = try ClientIdentity()
        let der = identity.der
        let before = ThreadCounts.certificates
        for _ in 0..<2 {
            // SAFETY: OpenSSL reads the array within its count; the certificate is freed.
            let isParsed = unsafe der.withUnsafeBufferPointer { bytes in
                var cursor = bytes.baseAddress
                let certificate = unsafe d2i_X509(nil, &cursor, bytes.count)
                defer { unsafe X509_free(certificate) }
                return unsafe certificate != nil
            }
            #expect(isParsed)
        }
        #expect(ThreadCounts.certificates == before)
    }
}
