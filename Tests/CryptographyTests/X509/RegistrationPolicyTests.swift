// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import Testing

@Suite struct RegistrationPolicyTests {
    let openssl: OpenSSLCommand
    let now = Int64(Date().timeIntervalSince1970)

    init() throws { openssl = try OpenSSLCommand() }

    private func findings(_ pem: [UInt8], at time: Int64? = nil) throws -> [String] {
        let certificate = try CertificateFile.certificate(in: pem)
        let found = RegistrationPolicy.findings(certificate, now: time ?? now + 60)
        let accepted = RegistrationPolicy.reasonToRefuse(found) == nil
        #expect(accepted == !found.contains { $0.severity == .error })
        for finding in found { #expect(finding.text.hasSuffix(".")) }
        return found.map { "\($0.severity.rawValue) \($0.code)" }
    }

    @Test func `a key that was found sound before is not checked again, all else is`() throws {
        let pem = try openssl.selfSigned("a", algorithm: "RSA -pkeyopt rsa_keygen_bits:1024")
        let certificate = try CertificateFile.certificate(in: pem)
        func codes(_ soundKeys: Set<Digest256>, at time: Int64) -> [String] {
            RegistrationPolicy.findings(certificate, now: time, soundKeys: soundKeys).map(\.code)
        }
        let (own, end) = (certificate.subjectPublicKeyInfoDigest, certificate.notAfter)
        #expect(codes([own], at: end + 1) == ["expired"])
        #expect(codes([Digest256.of([1])], at: end + 1) == ["key", "expired"])
    }

    @Test(arguments: [
        "RSA -pkeyopt rsa_keygen_bits:2048", "RSA -pkeyopt rsa_keygen_bits:4096",
        "RSA-PSS -pkeyopt rsa_keygen_bits:2048", "ED25519",
        "EC -pkeyopt ec_paramgen_curve:P-256", "EC -pkeyopt ec_paramgen_curve:P-384",
        "EC -pkeyopt ec_paramgen_curve:P-521",
    ])
    func `what openssl req -x509 makes of a good key is accepted without a word`(
        algorithm: String
    ) throws {
        #expect(try findings(try openssl.selfSigned("a", algorithm: algorithm)) == [])
    }

    @Test(arguments: [
        "RSA -pkeyopt rsa_keygen_bits:1024", "RSA -pkeyopt rsa_keygen_bits:2052",
        "EC -pkeyopt ec_paramgen_curve:P-224", "EC -pkeyopt ec_paramgen_curve:secp256k1",
        "EC -pkeyopt ec_paramgen_curve:brainpoolP256r1",
        "EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit", "ED448",
    ])
    func `weak and odd keys are refused`(algorithm: String) throws {
        #expect(try findings(try openssl.selfSigned("a", algorithm: algorithm)) == ["error key"])
    }

    @Test func `DSA is refused`() throws {
        try openssl.run("dsaparam -out p.pem -genkey 2048")
        try openssl.run("pkey -in p.pem -out a-key.pem")
        try openssl.run("req -x509 -new -key a-key.pem -out a.pem -days 30 -subj /CN=x")
        #expect(try findings(try openssl.bytes("a.pem")) == ["error key"])
    }

    @Test func `a small exponent is remarked on`() throws {
        let pem = try openssl.selfSigned(
            "a",
            algorithm: "RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3"
        )
        #expect(try findings(pem) == ["warning key"])
        #expect(!RegistrationPolicy.hasSoundKey(try CertificateFile.certificate(in: pem)))
    }

    @Test func `version 1 is refused`() throws {
        try openssl.key("a")
        try openssl.sign("a", subject: "/CN=x", by: nil, extensions: "", options: ["-days", "90"])
        #expect(try findings(try openssl.bytes("a.pem")) == ["error version"])
    }

    @Test func `dates decide`() throws {
        let pem = try openssl.selfSigned("a")
        let day: Int64 = 86_400
        #expect(try findings(pem, at: now + 3651 * day) == ["error expired"])
        #expect(try findings(pem, at: now + 3640 * day) == ["warning expires-soon"])
        #expect(try findings(pem, at: now - day) == ["warning future"])
        #expect(try findings(pem, at: now + 3000 * day) == [])
    }

    @Test(
        arguments: [
            ("extendedKeyUsage=serverAuth", ["warning purpose"]),
            ("extendedKeyUsage=serverAuth,clientAuth", []),
            ("extendedKeyUsage=anyExtendedKeyUsage", []),
            ("keyUsage=keyEncipherment", ["warning usage"]),
            ("keyUsage=digitalSignature", []),
            ("subjectAltName=DER:30:05:82:03:61:00:62", ["error nul"]),
        ] as [(String, [String])]
    )
    func `purposes are remarked on, a NUL is refused`(
        extensionText: String,
        expected: [String]
    ) throws {
        let pem = try openssl.selfSigned("a", extensions: [extensionText])
        #expect(try findings(pem) == expected)
    }

    @Test(arguments: ["0x0", "-0x1"])
    func `serial numbers must be positive`(serial: String) throws {
        let pem = try openssl.selfSigned("a", options: ["-set_serial", serial])
        #expect(try findings(pem) == ["error serial"])
    }

    @Test(arguments: [(7_000, []), (9_000, ["error size"])] as [(Int, [String])])
    func `what is too large for a handshake is refused`(bytes: Int, expected: [String]) throws {
        let content = String(repeating: "00", count: bytes)
        let pem = try openssl.selfSigned("a", extensions: ["1.2.3.4=DER:\(content)"])
        #expect(try findings(pem) == expected)
        let certificate = try CertificateFile.certificate(in: pem)
        let found = RegistrationPolicy.findings(certificate, now: now + 60)
        let reason = RegistrationPolicy.reasonToRefuse(found)
        #expect((reason?.contains("more than 20 KiB") == true) == !expected.isEmpty)
    }

    @Test func `a point that is not on its curve is refused`() throws {
        let pem = try openssl.selfSigned("a")
        let certificate = try CertificateFile.certificate(in: pem)
        let key = certificate.subjectPublicKeyInfo
        let starts = certificate.der.indices.filter { certificate.der[$0...].starts(with: key) }
        let start = try #require(starts.first)
        var der = certificate.der
        der[start + key.count - 1] ^= 1
        let damaged = try Certificate(der: der)
        let found = RegistrationPolicy.findings(damaged, now: now + 60).map(\.code)
        #expect(found == ["key"])
        #expect(RegistrationPolicy.hasSoundKey(certificate))
        #expect(!RegistrationPolicy.hasSoundKey(damaged))
    }
}
