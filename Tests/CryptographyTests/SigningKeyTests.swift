// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing
import Text

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
        let (x, y) = (RFC7515Key.bytes(RFC7515Key.x), RFC7515Key.bytes(RFC7515Key.y))
        #expect(try key.publicNumbers() == .point(.p256, x: x, y: y))
        // SHA-256 over the members that RFC 7638 §3 asks for, as hashlib computes it.
        #expect(try key.thumbprint() == "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U")
    }

    @Test func `a generated key survives its encoding`() throws {
        let key = try SigningKey.generate()
        let again = try SigningKey(pkcs8: try key.pkcs8())
        #expect(try again.publicNumbers() == key.publicNumbers())
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
            guard case .point(.p256, let x, let y) = try SigningKey.generate().publicNumbers()
            else { continue }
            #expect(x.count == 32)
            #expect(y.count == 32)
            if x.first == 0 || y.first == 0 { return }
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

    // MARK: other algorithms

    private static let others: [(SignatureAlgorithm, String)] = [
        (.es384, "EC -pkeyopt ec_paramgen_curve:P-384"), (.edDSA, "ED25519"),
        (.ps256, "RSA -pkeyopt rsa_keygen_bits:2048"),
        (.rs256, "RSA -pkeyopt rsa_keygen_bits:2048"),
    ]

    @Test(arguments: others)
    func `a key of another algorithm is made, kept and read by openssl`(
        algorithm: SignatureAlgorithm,
        recipe: String
    ) throws {
        let key = try SigningKey.generate(algorithm)
        let again = try SigningKey(pkcs8: try key.pkcs8(), for: algorithm)
        #expect(try again.publicNumbers() == key.publicNumbers())
        #expect(try again.thumbprint() == key.thumbprint() && again.algorithm == algorithm)
        try openssl.write("a.der", try key.pkcs8())
        try openssl.run("pkey -inform DER -in a.der -noout")
        _ = try SigningKey(pkcs8: try self.key(recipe), for: algorithm)
        let edwards = algorithm == .edDSA
        let foreign = try SigningKey.generate(edwards ? .es256 : .edDSA).pkcs8()
        #expect(throws: CryptographyError.self) {
            try SigningKey(pkcs8: foreign, for: algorithm)
        }
        #expect(throws: CryptographyError.self) {
            try Signer(key, digester: Digester())
        }
    }

    @Test func `a short RSA key signs nothing`() throws {
        let short = try key("RSA -pkeyopt rsa_keygen_bits:1024")
        for algorithm in [.rs256, .ps256] as [SignatureAlgorithm] {
            #expect(throws: CryptographyError.self) { try SigningKey(pkcs8: short, for: algorithm) }
        }
    }

    @Test func `thumbprints are those of RFC 7638 and RFC 8037`() {
        func bytes(_ text: String) -> [UInt8] { Base64URL.decode(Array(text.utf8).span) ?? [] }
        // RFC 7638 §3.1.
        let modulus = """
            0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSo\
            c_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGj\
            QR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-b\
            FTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw
            """
        let rsa = PublicNumbers.rsa(modulus: bytes(modulus), exponent: bytes("AQAB"))
        #expect(rsa.thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
        // RFC 8037 appendix A.3.
        let edwards = PublicNumbers.ed25519(bytes("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"))
        #expect(edwards.thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
    }

    @Test func `what is cut, empty or no key is refused`() {
        for count in 0..<RFC7515Key.pkcs8.count {
            #expect(error(Array(RFC7515Key.pkcs8.prefix(count))) != nil, "\(count) bytes")
        }
        #expect(error(Array("-----BEGIN PRIVATE KEY-----".utf8)) != nil)
        #expect(error(RFC7515Key.subjectPublicKeyInfo) != nil)
    }
}
