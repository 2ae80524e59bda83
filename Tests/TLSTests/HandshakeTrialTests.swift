// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

@testable import TLS

struct HandshakeTrialTests {
    private func failure(_ own: ClientIdentity, allowsTLS12: Bool = true) throws -> String? {
        HandshakeTrial.failure(
            try ServerIdentity(certificatePEM: own.certificatePEM, keyPEM: own.keyPEM()),
            allowsTLS12: allowsTLS12
        )
    }

    @Test(arguments: KeyKind.allCases, [true, false])
    func `a handshake comes about with every kind of key that is spoken`(
        kind: KeyKind,
        allowsTLS12: Bool
    ) throws {
        #expect(try failure(try ClientIdentity(kind), allowsTLS12: allowsTLS12) == nil)
    }

    @Test func `a chain of many kilobytes fits`() throws {
        let ca = try ClientIdentity(name: "CA", padding: 20_000)
        let leaf = try ClientIdentity(issuer: ca)
        let pem = leaf.certificatePEM + ca.certificatePEM + ca.certificatePEM
        let identity = try ServerIdentity(certificatePEM: pem, keyPEM: leaf.keyPEM())
        #expect(HandshakeTrial.failure(identity, allowsTLS12: true) == nil)
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
        let one = try #require(try failure(odd, allowsTLS12: false))
        #expect(one.hasPrefix("no handshake succeeds with it: the server: "), "\(one)")
    }

    @Test func `a key is read or not, whosever it is`() throws {
        let own = try ClientIdentity()
        #expect(ServerIdentity.canRead(keyPEM: own.keyPEM()))
        #expect(!ServerIdentity.canRead(keyPEM: own.keyPEM().dropLast(40)))
        #expect(!ServerIdentity.canRead(keyPEM: own.certificatePEM))
    }
}
