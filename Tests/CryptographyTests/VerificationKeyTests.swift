// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

struct VerificationKeyTests {
    /// How the openssl command makes a key for an algorithm and signs with it.
    private struct Recipe {
        let key: String
        let signing: String
        /// Bytes of each half of an ECDSA signature.
        var half = 0
    }

    private let openssl: OpenSSLCommand
    private let message = Array("header.payload".utf8)

    init() throws {
        openssl = try OpenSSLCommand()
        try openssl.write("message", message)
    }

    private func recipe(_ algorithm: SignatureAlgorithm) -> Recipe {
        let rsa = "RSA -pkeyopt rsa_keygen_bits:2048"
        let pss = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest"
        func curve(_ name: String, _ signing: String, half: Int) -> Recipe {
            Recipe(key: "EC -pkeyopt ec_paramgen_curve:\(name)", signing: signing, half: half)
        }
        return switch algorithm {
        case .es256: curve("P-256", "dgst -sha256 -sign", half: 32)
        case .es384: curve("P-384", "dgst -sha384 -sign", half: 48)
        case .es512: curve("P-521", "dgst -sha512 -sign", half: 66)
        case .ps256: Recipe(key: rsa, signing: "dgst -sha256 \(pss) -sign")
        case .ps384: Recipe(key: rsa, signing: "dgst -sha384 \(pss) -sign")
        case .ps512: Recipe(key: rsa, signing: "dgst -sha512 \(pss) -sign")
        case .rs256: Recipe(key: rsa, signing: "dgst -sha256 -sign")
        case .rs384: Recipe(key: rsa, signing: "dgst -sha384 -sign")
        case .rs512: Recipe(key: rsa, signing: "dgst -sha512 -sign")
        case .edDSA: Recipe(key: "ED25519", signing: "pkeyutl -sign -rawin -inkey")
        }
    }

    private func publicKey(_ name: String) throws -> VerificationKey {
        try openssl.run("pkey -in \(name)-key.pem -pubout -outform DER -out \(name).der")
        return try VerificationKey(subjectPublicKeyInfo: try openssl.bytes("\(name).der"))
    }

    private func signature(_ recipe: Recipe, _ name: String) throws -> [UInt8] {
        let isPlain = recipe.signing.hasPrefix("dgst")
        let input = isPlain ? "message" : "-in message"
        try openssl.run("\(recipe.signing) \(name)-key.pem -out signature \(input)")
        let bytes = try openssl.bytes("signature")
        return recipe.half > 0 ? SignatureForm.raw(bytes, half: recipe.half) : bytes
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `what openssl signs is verified, and refused when changed`(
        algorithm: SignatureAlgorithm
    ) throws {
        let recipe = recipe(algorithm)
        try openssl.key("own", recipe.key)
        try openssl.key("other", recipe.key)
        let key = try publicKey("own")
        let signature = try signature(recipe, "own")
        #expect(key.verifies(signature, over: message, by: algorithm))
        #expect(!key.verifies(signature, over: message + [0], by: algorithm))
        #expect(!key.verifies(signature, over: [], by: algorithm))
        #expect(!(try publicKey("other")).verifies(signature, over: message, by: algorithm))
        for index in [0, signature.count / 2, signature.count - 1] {
            var changed = signature
            changed[index] ^= 1
            #expect(!key.verifies(changed, over: message, by: algorithm))
        }
        #expect(!key.verifies([], over: message, by: algorithm))
        #expect(!key.verifies(Array(signature.dropLast()), over: message, by: algorithm))
        #expect(!key.verifies(signature + [0], over: message, by: algorithm))
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `a signature is not of another algorithm`(algorithm: SignatureAlgorithm) throws {
        let recipe = recipe(algorithm)
        try openssl.key("own", recipe.key)
        let key = try publicKey("own")
        let signature = try signature(recipe, "own")
        for other in SignatureAlgorithm.allCases where other != algorithm {
            #expect(!key.verifies(signature, over: message, by: other), "\(other)")
        }
    }

    @Test func `a key fits the algorithms of its kind only`() throws {
        let rsa: Set<SignatureAlgorithm> = [.ps256, .ps384, .ps512, .rs256, .rs384, .rs512]
        let kinds: [(String, Set<SignatureAlgorithm>)] = [
            ("EC -pkeyopt ec_paramgen_curve:P-256", [.es256]),
            ("EC -pkeyopt ec_paramgen_curve:P-384", [.es384]),
            ("EC -pkeyopt ec_paramgen_curve:P-521", [.es512]),
            ("EC -pkeyopt ec_paramgen_curve:secp256k1", []),
            ("EC -pkeyopt ec_paramgen_curve:brainpoolP256r1", []),
            ("RSA -pkeyopt rsa_keygen_bits:2048", rsa),
            ("ED25519", [.edDSA]),
            ("X25519", []),
            ("ED448", []),
        ]
        for (kind, fitting) in kinds {
            try openssl.key("own", kind)
            let key = try publicKey("own")
            #expect(Set(SignatureAlgorithm.allCases.filter { key.fits($0) }) == fitting, "\(kind)")
        }
    }

    @Test func `RFC 7515's example is verified`() throws {
        let key = try VerificationKey(subjectPublicKeyInfo: RFC7515Key.subjectPublicKeyInfo)
        let (signature, text) = (RFC7515Key.signature, RFC7515Key.message)
        #expect(key.verifies(signature, over: text, by: .es256))
        #expect(!key.verifies(signature, over: text.dropLast() + [0x52], by: .es256))
    }

    @Test func `RFC 8037's example is verified`() throws {
        let prefix: [UInt8] = [
            0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
        ]
        let point = RFC7515Key.bytes("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
        let key = try VerificationKey(subjectPublicKeyInfo: prefix + point)
        let text = Array("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".utf8)
        let signature = RFC7515Key.bytes(
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        )
        #expect(key.verifies(signature, over: text, by: .edDSA))
        #expect(!key.verifies(signature, over: Array(text.dropLast()), by: .edDSA))
    }

    @Test func `a PSS salt of another length than the digest's is refused`() throws {
        // RFC 7518 §3.5.
        try openssl.key("own", "RSA -pkeyopt rsa_keygen_bits:2048")
        let key = try publicKey("own")
        for (length, isRight) in [("20", false), ("32", true), ("0", false), ("max", false)] {
            try openssl.run(
                "dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:\(length) "
                    + "-sign own-key.pem -out signature message"
            )
            let signature = try openssl.bytes("signature")
            #expect(key.verifies(signature, over: message, by: .ps256) == isRight, "\(length)")
        }
    }

    @Test func `ECDSA's other form and its degenerate numbers are refused`() throws {
        let key = try VerificationKey(subjectPublicKeyInfo: RFC7515Key.subjectPublicKeyInfo)
        let text = RFC7515Key.message
        let wrong: [[UInt8]] = [
            SignatureForm.der(RFC7515Key.signature),
            [UInt8](repeating: 0, count: 64),
            [UInt8](repeating: 0xFF, count: 64),
            RFC7515Key.signature.prefix(32) + [UInt8](repeating: 0, count: 32),
            [UInt8](repeating: 0, count: 32) + RFC7515Key.signature.suffix(32),
            RFC7515Key.signature.suffix(32) + RFC7515Key.signature.prefix(32),
        ]
        for signature in wrong { #expect(!key.verifies(signature, over: text, by: .es256)) }
    }

    @Test func `what is no public key is refused`() {
        let der = RFC7515Key.subjectPublicKeyInfo
        for count in 0..<der.count {
            #expect(throws: CryptographyError.self) {
                try VerificationKey(subjectPublicKeyInfo: Array(der.prefix(count)))
            }
        }
        #expect(throws: CryptographyError.self) {
            try VerificationKey(subjectPublicKeyInfo: RFC7515Key.pkcs8)
        }
    }

    @Test func `a point that is not on the curve is refused`() {
        var der = RFC7515Key.subjectPublicKeyInfo
        der[der.count - 1] ^= 1
        #expect(throws: CryptographyError.self) {
            try VerificationKey(subjectPublicKeyInfo: der)
        }
    }
}
