// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

@testable import TLS

struct ServerIdentityTests {
    private func loadError(certificate: [UInt8], key: [UInt8]) -> String? {
        do throws(CryptographyError) {
            _ = try ServerIdentity(certificatePEM: certificate, keyPEM: key)
            return nil
        } catch { return error.reason }
    }

    @Test(arguments: KeyKind.allCases)
    func `a certificate with its key is taken as it is`(kind: KeyKind) throws {
        let own = try ClientIdentity(kind)
        let identity = try ServerIdentity(
            certificatePEM: own.certificatePEM,
            keyPEM: own.keyPEM()
        )
        #expect(identity.certificatePEM == own.certificatePEM)
        #expect(identity.keyPEM == own.keyPEM())
    }

    @Test(arguments: [KeyKind.p256, .rsa2048])
    func `the key of another certificate is refused`(kind: KeyKind) throws {
        let own = try ClientIdentity(.p256)
        let other = try ClientIdentity(kind)
        let reason = loadError(certificate: own.certificatePEM, key: other.keyPEM())
        #expect(reason == "the private key is not this certificate's")
    }

    @Test func `the key must be the first certificate's, for that is the server's own`() throws {
        let ca = try ClientIdentity(name: "CA")
        let leaf = try ClientIdentity(issuer: ca)
        let (first, second) = (leaf.certificatePEM, ca.certificatePEM)
        #expect(loadError(certificate: first + second, key: leaf.keyPEM()) == nil)
        #expect(loadError(certificate: second + first, key: leaf.keyPEM()) != nil)
    }

    @Test func `without a certificate there is no identity`() throws {
        let own = try ClientIdentity()
        let reason = "there is no certificate in the PEM file"
        #expect(loadError(certificate: [], key: own.keyPEM()) == reason)
        #expect(loadError(certificate: own.keyPEM(), key: own.keyPEM()) == reason)
        let cut = Array(own.certificatePEM.dropLast(30))
        #expect(loadError(certificate: cut, key: own.keyPEM()) == reason)
    }

    @Test func `without a key there is no identity`() throws {
        let own = try ClientIdentity()
        let reason = "there is no unencrypted private key in the PEM file"
        #expect(loadError(certificate: own.certificatePEM, key: []) == reason)
        #expect(loadError(certificate: own.certificatePEM, key: own.certificatePEM) == reason)
        let cut = Array(own.keyPEM().dropLast(30))
        #expect(loadError(certificate: own.certificatePEM, key: cut) == reason)
    }

    @Test func `an encrypted key is refused and nobody is asked for its password`() throws {
        let own = try ClientIdentity()
        let locked = own.keyPEM(password: "secret")
        #expect(String(decoding: locked, as: UTF8.self).contains("BEGIN ENCRYPTED PRIVATE KEY"))
        let reason = loadError(certificate: own.certificatePEM, key: locked)
        #expect(reason == "there is no unencrypted private key in the PEM file")
    }

    @Test func `a generated identity is whole, and another one each time`() throws {
        let first = try ServerIdentity.generate(days: 1)
        let second = try ServerIdentity.generate(days: 1)
        #expect(loadError(certificate: first.certificatePEM, key: first.keyPEM) == nil)
        #expect(loadError(certificate: first.certificatePEM, key: second.keyPEM) != nil)
        #expect(first.certificatePEM != second.certificatePEM)
    }

    @Test func `a generated certificate is localhost's, for the days asked for`() throws {
        // The last of these is written in another form: GeneralizedTime, from 2050 on.
        for now in [1_000_000_000, 1_800_000_000, 4_110_000_000] as [Int64] {
            let identity = try ServerIdentity.generate(days: 30, now: now)
            let certificate = try CertificateFile.certificate(in: identity.certificatePEM)
            #expect(certificate.subject.canonical == "CN=localhost")
            #expect(certificate.notBefore == now - 300)
            #expect(certificate.notAfter == now + 30 * 86_400)
        }
    }

    @Test func `the dates are those of the server's own certificate, not of its issuer's`() throws {
        let ca = try ClientIdentity(name: "CA", lasts: 9_000)
        let leaf = try ClientIdentity(lasts: 5_000, issuer: ca)
        let identity = try ServerIdentity(
            certificatePEM: leaf.certificatePEM + ca.certificatePEM,
            keyPEM: leaf.keyPEM()
        )
        let certificate = try CertificateFile.certificate(in: leaf.certificatePEM)
        #expect(identity.notBefore == certificate.notBefore)
        #expect(identity.notAfter == certificate.notAfter)
        let other = try CertificateFile.certificate(in: ca.certificatePEM)
        #expect(identity.notAfter != other.notAfter)
    }

    @Test func `the chain is sent after the server's own certificate`() throws {
        let ca = try ClientIdentity(name: "CA")
        let leaf = try ClientIdentity(issuer: ca)
        let pem = leaf.certificatePEM + ca.certificatePEM
        let whole = try ServerIdentity(certificatePEM: pem, keyPEM: leaf.keyPEM())
        let line = try connected(try Listener.context(identities: [whole]))
        #expect(line.client.serverCertificateCount == 2)
        let alone = try ServerIdentity(
            certificatePEM: leaf.certificatePEM,
            keyPEM: leaf.keyPEM()
        )
        let shorter = try connected(try Listener.context(identities: [alone]))
        #expect(shorter.client.serverCertificateCount == 1)
    }

    @Test(arguments: [
        ("ECDHE-ECDSA-AES128-GCM-SHA256", "EC"), ("ECDHE-RSA-AES128-GCM-SHA256", "RSA"),
    ])
    func `a server with two kinds of key proves the one its client knows`(
        cipher: String,
        type: String
    ) throws {
        let identities = try [KeyKind.rsa2048, .p256].map { kind in
            let own = try ClientIdentity(kind, name: "server")
            return try ServerIdentity(
                certificatePEM: own.certificatePEM,
                keyPEM: own.keyPEM()
            )
        }
        let client = try Client(version: .v12, ciphers: cipher)
        let line = try Line(try Listener.context(identities: identities), client)
        try line.connect()
        #expect(client.serverKeyType == type)
        #expect(client.cipher == cipher)
    }
}
