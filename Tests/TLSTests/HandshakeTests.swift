// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

@testable import TLS

struct HandshakeTests {
    @Test(arguments: Version.spoken, KeyKind.allCases)
    func `a client's certificate is known by OpenSSL's digest of it`(
        version: Version,
        kind: KeyKind
    ) throws {
        let identity = try ClientIdentity(kind)
        let line = try connected(try Listener.context(), identity, version: version)
        #expect(line.thumbprint == identity.digest)
        #expect(line.peerCertificates == [identity.der])
        #expect(line.thumbprint == Digest256.of(identity.der).bytes)
        #expect(line.serverVersion == version.rawValue)
        #expect(line.client.version == version.rawValue)
        #expect(!line.serverIsResumed)
    }

    @Test func `another certificate for the same key has another thumbprint`() throws {
        let first = try ClientIdentity()
        let second = try ClientIdentity(key: first.key, name: "client")
        let context = try Listener.context()
        #expect(try connected(context, first).thumbprint == first.digest)
        #expect(try connected(context, second).thumbprint == second.digest)
        #expect(first.digest != second.digest)
    }

    @Test(arguments: Version.spoken, [ClientCertificateMode.want, .none])
    func `a client without a certificate has no thumbprint`(
        version: Version,
        mode: ClientCertificateMode
    ) throws {
        let line = try connected(try Listener.context(mode), version: version)
        #expect(line.thumbprint == nil)
        #expect(line.peerCertificates.isEmpty)
    }

    @Test(arguments: Version.spoken)
    func `a listener that needs a certificate refuses a client without one`(
        version: Version
    ) throws {
        let context = try Listener.context(.need)
        let line = try Line(context, try Client(version: version))
        #expect(error(line)?.reason == "peer did not return a certificate")
        // The alert tells the client why.
        #expect(throws: ClientError.self) { try line.client.read() }
        let identity = try ClientIdentity()
        #expect(try connected(context, identity, version: version).thumbprint == identity.digest)
    }

    @Test(arguments: Version.spoken)
    func `a listener that does not ask gets no certificate from one who has it`(
        version: Version
    ) throws {
        let line = try connected(
            try Listener.context(.none),
            try ClientIdentity(),
            version: version
        )
        #expect(line.thumbprint == nil)
    }

    @Test(arguments: Version.spoken)
    func `a certificate that has expired completes, for requests decide`(
        version: Version
    ) throws {
        let identity = try ClientIdentity(lasts: -60)
        let line = try connected(try Listener.context(), identity, version: version)
        #expect(line.thumbprint == identity.digest)
    }

    @Test(arguments: Version.spoken)
    func `the certificates sent along follow the client's own, in their order`(
        version: Version
    ) throws {
        let root = try ClientIdentity(name: "root")
        let middle = try ClientIdentity(.rsa2048, name: "middle", issuer: root)
        let leaf = try ClientIdentity(issuer: middle)
        leaf.chain = [middle, root]
        let line = try connected(try Listener.context(), leaf, version: version)
        #expect(line.thumbprint == leaf.digest)
        #expect(line.peerCertificates == [leaf.der, middle.der, root.der])
    }

    @Test func `a modulus of 8192 bits is taken, a larger one would cost too much`() throws {
        let context = try Listener.context()
        let large = try ClientIdentity(key: try Key(rsaBits: 8192), name: "large")
        #expect(try connected(context, large).thumbprint == large.digest)
        let larger = try ClientIdentity(key: try Key(rsaBits: 8200), name: "larger")
        #expect(error(try Line(context, try Client(larger))) != nil)
    }

    // Bits of the modulus, and the bit that is set in the exponent beside the lowest one.
    @Test(arguments: [(2048, 16), (2048, 63), (3072, 63), (4096, 63), (8192, 16)])
    func `an exponent of a bearable size is taken`(bits: Int, power: Int) throws {
        let identity = try ClientIdentity(key: try Key(rsaBits: bits, power: power), name: "client")
        let line = try connected(try Listener.context(), identity)
        #expect(line.thumbprint == identity.digest)
    }

    @Test(arguments: [(2048, 64), (3072, 1000), (8192, 17)])
    func `an exponent that costs more is refused before its key is decoded`(
        bits: Int,
        power: Int
    ) throws {
        let identity = try ClientIdentity(key: try Key(rsaBits: bits, power: power), name: "client")
        let context = try Listener.context()
        for version in Version.spoken {
            let before = ThreadCounts.certificates
            let line = try Line(context, try Client(identity, version: version))
            #expect(error(line)?.reason == "certificate verify failed")
            #expect(ThreadCounts.certificates == before)
        }
    }

    @Test(arguments: Version.spoken)
    func `a list longer than any honest one is refused`(version: Version) throws {
        let context = try Listener.context()
        let identity = try ClientIdentity()
        let filler = try ClientIdentity(name: "filler", padding: 10_000)
        identity.chain = [filler, filler]
        #expect(try connected(context, identity, version: version).thumbprint == identity.digest)
        identity.chain = [filler, filler, filler, filler]
        let line = try Line(context, try Client(identity, version: version))
        #expect(error(line)?.reason == "excessive message size")
    }
}
