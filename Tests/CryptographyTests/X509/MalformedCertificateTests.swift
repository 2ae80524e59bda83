// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

/// Bytes that nobody should sign; the tests are that nothing traps and nothing is misread.
@Suite struct MalformedCertificateTests {
    private static func seeds() throws -> [[UInt8]] {
        let openssl = try OpenSSLCommand()
        let rich = try openssl.selfSigned(
            "rich",
            subject: "/C=LK/O=WSO2/OU=a+UID=b/CN=playground2",
            extensions: [
                "subjectAltName=DNS:a.example,IP:192.0.2.1,URI:spiffe://a/b,email:a@b.example",
                "extendedKeyUsage=clientAuth", "keyUsage=digitalSignature",
                "nameConstraints=permitted;DNS:a.example",
            ]
        )
        let plain = try openssl.selfSigned("rsa", algorithm: "RSA -pkeyopt rsa_keygen_bits:2048")
        return try [rich, plain].map { try CertificateFile.certificate(in: $0).der }
    }

    @Test func `mutated certificates are refused or read, never trapped on`() throws {
        let seed: UInt64 = 20_261_124
        var random = SeededRandom(seed: seed)
        let seeds = try Self.seeds()
        let subject = try CertificateSubject(.dns, parsing: "a.example")
        let name = try CertificateSubject(.distinguishedName, parsing: "CN=playground2,O=WSO2,C=LK")
        var read = 0
        for _ in 0..<20_000 {
            var der = seeds[Int.random(in: 0..<seeds.count, using: &random)]
            for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&der, &random) }
            guard let certificate = try? Certificate(der: der) else { continue }
            read += 1
            _ = subject.matches(certificate) || name.matches(certificate)
            _ = certificate.subject.canonical + certificate.issuer.canonicalReversed
            _ = certificate.extensions.subjectAlternativeNames.map(\.description)
            #expect(certificate.thumbprint == Digest256.of(der), "seed \(seed)")
            #expect(certificate.der == der)
        }
        #expect(read > 100, "the mutations are too wild to test anything behind the parser")
        #expect(read < 20_000)
    }

    @Test func `mutated files are refused or read, never trapped on`() throws {
        var random = SeededRandom(seed: 7)
        let seeds = try Self.seeds().map { Array(try Certificate(der: $0).pem.utf8) }
        var refused = 0
        for _ in 0..<3000 {
            var file = seeds[Int.random(in: 0..<seeds.count, using: &random)]
            for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&file, &random) }
            if (try? CertificateFile.certificate(in: file)) == nil { refused += 1 }
        }
        #expect(refused > 1000)
    }

    @Test func `mutated names are refused or read, never trapped on`() {
        var random = SeededRandom(seed: 9)
        let alphabet = Array(#"CN=a,O+;/\"#.utf8) + Array(##"#"<> 0Cé"##.utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...24, using: &random)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            let text = String(decoding: bytes, as: UTF8.self)
            guard let name = try? DistinguishedName(parsing: text) else { continue }
            guard name.matches(name) else { continue }
            let again = try? DistinguishedName(parsing: name.canonical)
            #expect(again?.matches(name) == true, "`\(text)` prints as `\(name.canonical)`")
        }
    }

    @Test func `what is read here, openssl reads the same way`() throws {
        let openssl = try OpenSSLCommand()
        var random = SeededRandom(seed: 11)
        let seed = try #require(try Self.seeds().first)
        var compared = 0
        while compared < 12 {
            var der = seed
            mutate(&der, &random)
            guard der != seed, let certificate = try? Certificate(der: der) else { continue }
            compared += 1
            try openssl.write("m.pem", certificate.pem)
            let printed = try openssl.run("x509 -in m.pem -noout -fingerprint -sha256")
            let digits = printed.drop { $0 != "=" }.dropFirst().lowercased().filter(\.isHexDigit)
            #expect(digits == certificate.thumbprint.hexadecimal)
        }
    }

    @Test(
        arguments: [
            ([0x30, 0x80, 0x00, 0x00], .malformed), ([0x30, 0x81, 0x02, 0x05, 0x00], .malformed),
            ([0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], .truncated),
            ([0x30, 0x85, 1, 1, 1, 1, 1], .malformed),
            ([0x30], .truncated), ([0x30, 0x00], .malformed), ([0x3F, 0x81, 0x00], .malformed),
            ([0x30, 0x82, 0x00, 0x80], .malformed), ([0x02, 0x01, 0x01], .malformed),
        ] as [([UInt8], CertificateError.Kind)]
    )
    func `lengths and tags must be DER`(bytes: [UInt8], kind: CertificateError.Kind) {
        do throws(CertificateError) {
            _ = try Certificate(der: bytes)
            Issue.record("read as a certificate")
        } catch {
            #expect(error.kind == kind)
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        guard !bytes.isEmpty else { return }
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: at)
        case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
        case 3: bytes[at] &+= UInt8.random(in: 1...3, using: &random)
        case 4:
            bytes[at] = [0, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xFF].randomElement(using: &random) ?? 0
        default: bytes[at] ^= 1 << UInt8.random(in: 0...7, using: &random)
        }
    }
}
