// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

@testable import TLS

struct HandshakeTrialTests {
    private func failure(_ own: ClientIdentity, versions: ClosedRange<TLSVersion> = TLSVersion.all)
        throws -> String?
    {
        HandshakeTrial.failure(
            try ServerIdentity(certificatePEM: own.certificatePEM, keyPEM: own.keyPEM()),
            versions: versions
        )
    }

    @Test(
        arguments: KeyKind.allCases,
        [TLSVersion.all, TLSVersion.newest, TLSVersion.tls12...TLSVersion.tls12]
    )
    func `a handshake comes about with every kind of key that is spoken`(
        kind: KeyKind,
        versions: ClosedRange<TLSVersion>
    ) throws {
        #expect(try failure(try ClientIdentity(kind), versions: versions) == nil)
    }

    @Test func `a chain of many kilobytes fits`() throws {
        let ca = try ClientIdentity(name: "CA", padding: 20_000)
        let leaf = try ClientIdentity(issuer: ca)
        let pem = leaf.certificatePEM + ca.certificatePEM + ca.certificatePEM
        let identity = try ServerIdentity(certificatePEM: pem, keyPEM: leaf.keyPEM())
        #expect(HandshakeTrial.failure(identity, versions: TLSVersion.all) == nil)
    }

    @Test func `a key too short for clients is refused with OpenSSL's reason`() throws {
        let short = try ClientIdentity(key: try Key.rsa1024(), name: "short")
        let reason = try #require(try failure(short))
        #expect(reason.hasSuffix("ee key too small"), "\(reason)")
    }

    @Test func `a curve that TLS does not speak comes to no handshake`() throws {
        let odd = try ClientIdentity(key: try Key.p224(), name: "odd")
        let both = try #require(try failure(odd))
        #expect(both.hasPrefix("no handshake succeeds with it, in TLS 1."), "\(both)")
        let one = try #require(try failure(odd, versions: TLSVersion.newest))
        #expect(one.hasPrefix("no handshake succeeds with it: the server: "), "\(one)")
    }

    @Test func `a key is read or not, whosever it is`() throws {
        let own = try ClientIdentity()
        #expect(ServerIdentity.canRead(keyPEM: own.keyPEM()))
        #expect(!ServerIdentity.canRead(keyPEM: own.keyPEM().dropLast(40)))
        #expect(!ServerIdentity.canRead(keyPEM: own.certificatePEM))
    }
}
