// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

struct SignerTests {
    private let message = Array("header.payload".utf8)

    private func sign(_ signer: Signer, _ message: [UInt8]) throws -> [UInt8] {
        let signature = try signer.signature(over: message.span)
        return signature.indices.map { signature[$0] }
    }

    private func verifies(_ key: SigningKey, _ signature: [UInt8], _ message: [UInt8]) -> Bool {
        VerificationKey(of: key).verifies(signature, over: message, by: .es256)
    }

    @Test func `openssl verifies a signature, and refuses it for another message or key`() throws {
        let openssl = try OpenSSLCommand()
        let key = try SigningKey.generate()
        let signer = try Signer(key, digester: Digester())
        try openssl.write("key.der", try key.pkcs8())
        try openssl.run("pkey -inform DER -in key.der -pubout -out public.pem")
        try openssl.write("message", message)
        try openssl.write("other", message + [0])
        try openssl.write("signature", SignatureForm.der(try sign(signer, message)))
        let command = "dgst -sha256 -signature signature -verify"
        #expect(try openssl.run("\(command) public.pem message").contains("Verified OK"))
        #expect(throws: OpenSSLCommand.ToolError.self) {
            try openssl.run("\(command) public.pem other")
        }
        try openssl.key("other")
        try openssl.run("pkey -in other-key.pem -pubout -out other.pem")
        #expect(throws: OpenSSLCommand.ToolError.self) {
            try openssl.run("\(command) other.pem message")
        }
    }

    @Test func `every signature verifies, those with short numbers too`() throws {
        let key = try SigningKey.generate()
        let signer = try Signer(key, digester: Digester())
        var withLeadingZero = 0
        for number in 0..<2_000 {
            let message = Array("message \(number)".utf8)
            let signature = try sign(signer, message)
            #expect(verifies(key, signature, message))
            if signature[0] == 0 || signature[32] == 0 { withLeadingZero += 1 }
        }
        // One number in 256 has fewer than 32 bytes.
        #expect(withLeadingZero > 0)
    }

    @Test func `a changed signature is refused`() throws {
        let key = try SigningKey.generate()
        let signature = try sign(try Signer(key, digester: Digester()), message)
        #expect(verifies(key, signature, message))
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 1
            #expect(!verifies(key, changed, message), "byte \(index)")
        }
    }

    @Test func `a changed message is refused`() throws {
        let key = try SigningKey.generate()
        let signature = try sign(try Signer(key, digester: Digester()), message)
        for index in message.indices {
            var changed = message
            changed[index] ^= 1
            #expect(!verifies(key, signature, changed), "byte \(index)")
        }
        #expect(!verifies(key, signature, []))
        #expect(!verifies(key, signature, message + [0]))
    }

    @Test func `another key's signature is refused`() throws {
        let signature = try sign(
            try Signer(try SigningKey.generate(), digester: Digester()),
            message
        )
        #expect(!verifies(try SigningKey.generate(), signature, message))
    }

    @Test func `signing the same twice gives two signatures`() throws {
        let key = try SigningKey.generate()
        let signer = try Signer(key, digester: Digester())
        let signatures = try (0..<50).map { _ in try sign(signer, message) }
        #expect(Set(signatures).count == 50)
        #expect(signatures.allSatisfy { verifies(key, $0, message) })
    }

    @Test func `a signer outlives the key object that it was made from`() throws {
        let pkcs8 = RFC7515Key.pkcs8
        let signer = try Signer(try SigningKey(pkcs8: pkcs8), digester: Digester())
        let signature = try sign(signer, message)
        let key = try VerificationKey(subjectPublicKeyInfo: RFC7515Key.subjectPublicKeyInfo)
        #expect(key.verifies(signature, over: message, by: .es256))
    }

    @Test func `signers that share a digester do not mix`() throws {
        let digester = Digester()
        let keys = try (0..<3).map { _ in try SigningKey.generate() }
        let signers = try keys.map { try Signer($0, digester: digester) }
        for (key, signer) in zip(keys, signers) {
            #expect(verifies(key, try sign(signer, []), []))
            #expect(verifies(key, try sign(signer, message), message))
        }
    }
}
