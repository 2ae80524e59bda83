// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import Testing

@Suite struct CertificateTests {
    let openssl: OpenSSLCommand

    init() throws { openssl = try OpenSSLCommand() }

    @Test func `the original instructions' certificate is read as openssl reads it`() throws {
        try openssl.run(
            "req -newkey rsa:2048 -x509 -keyout key.pem -out client-certificate.pem -days 3650"
                + " -nodes -subj /C=LK/O=WSO2/CN=playground2"
        )
        let certificate = try CertificateFile.certificate(
            in: try openssl.bytes("client-certificate.pem")
        )
        try agrees(certificate, "client-certificate.pem")
        #expect(certificate.subject.canonical == "CN=playground2,O=WSO2,C=LK")
        #expect(certificate.version == 3)
        #expect(certificate.publicKey.algorithm == .rsa)
        #expect(certificate.publicKey.bits == 2048)
        #expect(certificate.isSelfIssued)
        #expect(certificate.isCA)
        #expect(certificate.signatureAlgorithm.dotted == "1.2.840.113549.1.1.11")
        #expect(certificate.notAfter - certificate.notBefore == 3650 * 86_400)
    }

    @Test(arguments: [
        ("EC -pkeyopt ec_paramgen_curve:P-256", "EC P-256", 256),
        ("EC -pkeyopt ec_paramgen_curve:P-384", "EC P-384", 384),
        ("EC -pkeyopt ec_paramgen_curve:P-521", "EC P-521", 521),
        ("RSA -pkeyopt rsa_keygen_bits:3072", "RSA", 3072),
        ("RSA-PSS -pkeyopt rsa_keygen_bits:2048", "RSA-PSS", 2048),
        ("ED25519", "Ed25519", 256),
        ("ED448", "Ed448", 456),
    ])
    func `every kind of key is named with its size`(
        algorithm: String,
        name: String,
        bits: Int
    ) throws {
        let pem = try openssl.selfSigned("k", algorithm: algorithm)
        let certificate = try CertificateFile.certificate(in: pem)
        #expect(certificate.publicKey.name == name)
        #expect(certificate.publicKey.bits == bits)
        try agrees(certificate, "k.pem")
    }

    @Test func `extensions are read with their types`() throws {
        let pem = try openssl.selfSigned(
            "e",
            extensions: [
                "subjectAltName=DNS:a.example,URI:spiffe://x/y,IP:192.0.2.1,IP:2001:db8::1,"
                    + "email:Me@Example.org,otherName:1.2.3;UTF8:z,dirName:part",
                "extendedKeyUsage=clientAuth,serverAuth",
                "keyUsage=digitalSignature,keyCertSign",
            ],
            options: ["-config", try configuration()]
        )
        let extensions = try CertificateFile.certificate(in: pem).extensions
        #expect(
            extensions.subjectAlternativeNames.map(\.description) == [
                "dns:a.example", "uri:spiffe://x/y", "ip:192.0.2.1", "ip:2001:db8::1",
                "email:Me@Example.org", "other[0]:06022a03a0030c017a", "dn:CN=inner",
            ]
        )
        #expect(extensions.hasPurpose(.clientAuthentication))
        #expect(!extensions.hasPurpose(.anyPurpose))
        #expect(extensions.keyUsage == [.digitalSignature, .keyCertSign])
        #expect(extensions.keyUsage?.names == ["digitalSignature", "keyCertSign"])
    }

    @Test(arguments: ["01", "7f", "0080", "00ff00ff00ff00ff00ff00ff00ff00ff00ff00", "00", "-05"])
    func `serial numbers keep their sign`(serial: String) throws {
        let pem = try openssl.selfSigned(
            "s",
            options: ["-set_serial", serial.hasPrefix("-") ? "-0x5" : "0x\(serial)"]
        )
        let certificate = try CertificateFile.certificate(in: pem)
        #expect(certificate.hasSaneSerial == !["00", "-05"].contains(serial))
        #expect(certificate.serialHexadecimal == (serial == "-05" ? "fb" : serial))
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_827_696, "2000-02-29T12:34:56Z"),
            (-1, "1969-12-31T23:59:59Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
            (2_524_608_000, "2050-01-01T00:00:00Z"), (-631_152_000, "1950-01-01T00:00:00Z"),
        ] as [(Int64, String)]
    )
    func `times are written as RFC 3339 has them`(seconds: Int64, text: String) {
        #expect(CertificateTime.text(seconds) == text)
    }

    private func agrees(_ certificate: Certificate, _ file: String) throws {
        let printed = try openssl.run(
            "x509 -in \(file) -noout -fingerprint -sha256 -serial -enddate -subject"
                + " -nameopt RFC2253"
        )
        let lines = Dictionary(
            uniqueKeysWithValues: printed.split(separator: "\n").map { line in
                let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
                return (parts[0].lowercased(), parts[1])
            }
        )
        let fingerprint = lines["sha256 fingerprint"]?.replacing(":", with: "").lowercased()
        #expect(fingerprint == certificate.thumbprint.hexadecimal)
        #expect(lines["subject"] == certificate.subject.canonical)
        let serial = certificate.serialHexadecimal
        let digits = serial.hasPrefix("00") ? String(serial.dropFirst(2)) : serial
        #expect(lines["serial"]?.lowercased() == digits)
        let dates = DateFormatter()
        dates.locale = Locale(identifier: "en_US_POSIX")
        dates.dateFormat = "MMM d HH:mm:ss yyyy zzz"
        let end = try #require(lines["notafter"].flatMap { dates.date(from: $0) })
        #expect(Int64(end.timeIntervalSince1970) == certificate.notAfter)
        let key = try openssl.run("x509 -in \(file) -noout -pubkey")
        try openssl.write("spki.pem", key)
        try openssl.run("pkey -pubin -in spki.pem -outform DER -out spki.der")
        #expect(try openssl.bytes("spki.der") == certificate.subjectPublicKeyInfo)
    }

    private func configuration() throws -> String {
        try openssl.write(
            "openssl.cnf",
            "[req]\ndistinguished_name=dn\nx509_extensions=v3\n[dn]\n[v3]\n[part]\nCN=inner\n"
        )
        return "openssl.cnf"
    }
}
