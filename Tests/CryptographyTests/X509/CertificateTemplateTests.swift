// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Cryptography

/// Certificates that are signed here, read back, and verified by OpenSSL.
struct CertificateTemplateTests {
    /// RSA keys take a tenth of a second each.
    private static let ca = Result {
        try DerivedKey.rsa2048(
            (
                first: [UInt8](repeating: 0x11, count: 128),
                second: [UInt8](repeating: 0x22, count: 128)
            )
        )
    }
    private let day: Int64 = 86_400
    private let key: DerivedKey
    private let signer: RSASigner
    private let issuer: CertificateTemplate.Party

    init() throws {
        key = try .ed25519([UInt8](repeating: 1, count: 32))
        let ca = try Self.ca.get()
        signer = try RSASigner(pkcs8: ca.pkcs8)
        issuer = .init(name: "CA", subjectPublicKeyInfo: ca.subjectPublicKeyInfo)
    }

    private func leaf(
        serial: [UInt8] = [1],
        from start: Int64 = 0,
        to end: Int64 = 86_400,
        _ purpose: CertificateTemplate.Purpose = .client,
        names: [SubjectAlternativeName] = []
    ) throws -> Certificate {
        let template = CertificateTemplate(
            serial: serial,
            subject: .init(name: "leaf", subjectPublicKeyInfo: key.subjectPublicKeyInfo),
            issuer: issuer,
            validity: start...end,
            purpose: purpose,
            alternativeNames: names
        )
        return try Certificate(der: template.signed(by: signer))
    }

    @Test func `OpenSSL verifies the signature with the CA, and with no other`() throws {
        let own = CertificateTemplate(
            serial: [1],
            subject: issuer,
            issuer: issuer,
            validity: 0...day,
            purpose: .ca(pathLength: nil)
        )
        guard let ca = try OpenSSLCertificate(der: own.signed(by: signer)),
            let certificate = try OpenSSLCertificate(der: leaf().der)
        else {
            Issue.record("OpenSSL reads none of them")
            return
        }
        let (signed, other) = (
            certificate.isSigned(by: ca), ca.isSigned(by: certificate)
        )
        #expect(signed && !other)
    }

    @Test(
        arguments: [
            ([0x00], [0x40]), ([0xFF], [0x7F]), ([UInt8](repeating: 0xFF, count: 20), nil),
        ] as [([UInt8], [UInt8]?)]
    )
    func `a serial is positive, whatever its bytes are`(given: [UInt8], made: [UInt8]?) throws {
        let certificate = try leaf(serial: given)
        #expect(certificate.hasSaneSerial && certificate.serial.count == given.count)
        #expect(made == nil || certificate.serial == made)
    }

    @Test(arguments: [0, 946_684_800, 2_524_607_999, 2_524_608_000, 253_402_300_799] as [Int64])
    func `dates come back, before and after 2050`(second: Int64) throws {
        let certificate = try leaf(from: second, to: second)
        #expect(certificate.notBefore == second && certificate.notAfter == second)
    }

    @Test func `purposes become extensions`() throws {
        let client = try leaf(.client).extensions
        #expect(client.hasPurpose(.clientAuthentication) && client.isCA == false)
        #expect(!client.hasPurpose(.serverAuthentication))
        #expect(client.keyUsage == .digitalSignature)
        let server = try leaf(.server).extensions
        #expect(server.hasPurpose(.serverAuthentication))
        #expect(!server.hasPurpose(.clientAuthentication))
        let ca = try leaf(.ca(pathLength: 0)).extensions
        #expect(ca.isCA == true && ca.pathLength == 0)
        #expect(ca.keyUsage == [.keyCertSign, .crlSign])
        #expect(ca.extendedKeyUsage == nil)
        #expect(try leaf(.ca(pathLength: nil)).extensions.pathLength == nil)
    }

    @Test func `names come back`() throws {
        let extensions = try leaf(names: [.dns("a.test"), .ip([127, 0, 0, 1])]).extensions
        guard case .dns("a.test")? = extensions.subjectAlternativeNames.first,
            case .ip([127, 0, 0, 1])? = extensions.subjectAlternativeNames.last
        else {
            Issue.record("\(extensions.subjectAlternativeNames)")
            return
        }
        #expect(try leaf().extensions.subjectAlternativeNames.isEmpty)
        #expect(try leaf().subject.canonical == "CN=leaf")
        #expect(try leaf().issuer.canonical == "CN=CA")
    }

    // MARK: keystores with keys

    @Test func `a keystore of PKCS#12 has key and chain, under its password`() throws {
        let certificate = try leaf()
        let store = try Keystore.identity(
            key,
            chain: [certificate.der],
            name: "one",
            password: "word"
        )
        let content = try Keystore.content(of: store, password: "word")
        #expect(content.hasPrivateKey && content.certificates == [certificate])
        #expect(throws: CertificateError.self) {
            try Keystore.content(of: store, password: "other")
        }
    }

    @Test func `a key that is not the certificate's makes no keystore of PKCS#12`() throws {
        let other = try DerivedKey.ed25519([UInt8](repeating: 2, count: 32))
        let certificate = try leaf()
        #expect(throws: CryptographyError.self) {
            try Keystore.identity(other, chain: [certificate.der], name: "one", password: "word")
        }
    }

    @Test func `a keystore of JKS has its entries, under its password`() throws {
        let certificate = try leaf()
        let writer = JavaKeystoreWriter(entries: 2, password: "word")
        var store = writer.header
        for alias in ["one", "two"] {
            let entry = JavaKeystoreWriter.entry(
                key,
                chain: [certificate.der],
                alias: alias,
                password: "word",
                salt: [UInt8](repeating: 0, count: JavaKeystoreWriter.saltBytes),
                time: 0
            )
            writer.add(entry)
            store += entry
        }
        store += writer.digest()
        let content = try Keystore.content(of: store, password: "word")
        #expect(content.hasPrivateKey)
        #expect(content.entries(alias: "two").map(\.certificate) == [certificate])
        #expect(throws: CertificateError.self) {
            try Keystore.content(of: store, password: "other")
        }
        store[20] ^= 1
        #expect(throws: CertificateError.self) {
            try Keystore.content(of: store, password: "word")
        }
    }
}
