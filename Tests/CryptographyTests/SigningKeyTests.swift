// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

struct SigningKeyTests {
    private let openssl: OpenSSLCommand

    init() throws {
        openssl = try OpenSSLCommand()
    }

    private func error(_ der: [UInt8]) -> CryptographyError? {
        do throws(CryptographyError) {
            _ = try SigningKey(pkcs8: der)
            return nil
        } catch { return error }
    }

    /// A private key that the openssl command made, in DER.
    private func key(_ algorithm: String) throws -> [UInt8] {
        try openssl.key("a", algorithm)
        try openssl.run("pkcs8 -topk8 -nocrypt -in a-key.pem -outform DER -out a.der")
        return try openssl.bytes("a.der")
    }

    @Test func `RFC 7515's key is read with its point and has its thumbprint`() throws {
        let key = try SigningKey(pkcs8: RFC7515Key.pkcs8)
        let point = try key.publicPoint()
        #expect(point.x == RFC7515Key.bytes(RFC7515Key.x))
        #expect(point.y == RFC7515Key.bytes(RFC7515Key.y))
        // SHA-256 over the members that RFC 7638 §3 asks for, as hashlib computes it.
        #expect(try key.thumbprint() == "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U")
    }

    @Test func `a generated key survives its encoding`() throws {
        let key = try SigningKey.generate()
        let again = try SigningKey(pkcs8: try key.pkcs8())
        #expect(try again.publicPoint() == key.publicPoint())
        #expect(try again.thumbprint() == key.thumbprint())
        #expect(try again.pkcs8() == key.pkcs8())
    }

    @Test func `openssl reads a generated key and finds it sound`() throws {
        try openssl.write("a.der", try SigningKey.generate().pkcs8())
        let printed = try openssl.run("pkey -inform DER -in a.der -noout -text -check")
        #expect(printed.contains("prime256v1"))
        #expect(printed.contains("Key is valid"))
    }

    @Test func `no two keys are alike`() throws {
        let thumbprints = try (0..<50).map { _ in try SigningKey.generate().thumbprint() }
        #expect(Set(thumbprints).count == 50)
    }

    @Test func `a coordinate with leading zeros keeps its 32 bytes`() throws {
        // One point in 128 has one; a thousand keys miss it once in two thousand runs.
        for _ in 0..<1_000 {
            let point = try SigningKey.generate().publicPoint()
            #expect(point.x.count == 32)
            #expect(point.y.count == 32)
            if point.x.first == 0 || point.y.first == 0 { return }
        }
    }

    @Test func `a key that openssl made on P-256 is read`() throws {
        #expect(error(try key("EC -pkeyopt ec_paramgen_curve:P-256")) == nil)
    }

    @Test(arguments: [
        "EC -pkeyopt ec_paramgen_curve:P-384", "EC -pkeyopt ec_paramgen_curve:P-521",
        "EC -pkeyopt ec_paramgen_curve:secp256k1",
        "EC -pkeyopt ec_paramgen_curve:brainpoolP256r1", "RSA -pkeyopt rsa_keygen_bits:2048",
        "ED25519", "X25519",
    ])
    func `a key of another kind or curve is refused`(algorithm: String) throws {
        #expect(error(try key(algorithm))?.reason == "it is not a P-256 key")
    }

    @Test func `what is cut, empty or no key is refused`() {
        for count in 0..<RFC7515Key.pkcs8.count {
            #expect(error(Array(RFC7515Key.pkcs8.prefix(count))) != nil, "\(count) bytes")
        }
        #expect(error(Array("-----BEGIN PRIVATE KEY-----".utf8)) != nil)
        #expect(error(RFC7515Key.subjectPublicKeyInfo) != nil)
    }
}
