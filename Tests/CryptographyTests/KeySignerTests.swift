// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

struct KeySignerTests {
    private static let algorithms: [SignatureAlgorithm] = [
        .es256, .es384, .es512, .edDSA, .ps256, .ps384, .rs256, .rs512,
    ]
    private let message = Array("header.payload".utf8)

    @Test(arguments: algorithms)
    func `a signature verifies by its key, message and algorithm alone`(
        algorithm: SignatureAlgorithm
    ) throws {
        let key = try SigningKey.generate(algorithm)
        let verifier = VerificationKey(of: key)
        let signature = try KeySigner(key).signature(over: message)
        #expect(verifier.verifies(signature, over: message, by: algorithm))
        #expect(!verifier.verifies(signature, over: message + [0], by: algorithm))
        var changed = signature
        changed[signature.count / 2] ^= 1
        #expect(!verifier.verifies(changed, over: message, by: algorithm))
        #expect(!verifier.verifies(signature.dropLast(), over: message, by: algorithm))
        for other in SignatureAlgorithm.allCases where other != algorithm {
            #expect(!verifier.verifies(signature, over: message, by: other), "\(other)")
        }
        let stranger = VerificationKey(of: try SigningKey.generate(algorithm))
        #expect(!stranger.verifies(signature, over: message, by: algorithm))
    }

    @Test(arguments: [(.es256, 64), (.es384, 96), (.es512, 132)] as [(SignatureAlgorithm, Int)])
    func `both numbers have the curve's full length`(
        algorithm: SignatureAlgorithm,
        count: Int
    ) throws {
        let key = try SigningKey.generate(algorithm)
        let (signer, verifier) = (KeySigner(key), VerificationKey(of: key))
        // One number in 256 begins with a zero byte.
        for number in 0..<300 {
            let message = Array("message \(number)".utf8)
            let signature = try signer.signature(over: message)
            #expect(signature.count == count)
            #expect(verifier.verifies(signature, over: message, by: algorithm))
        }
    }

    @Test(
        arguments: [
            (.ps256, "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sha256"),
            (.rs256, "-sha256"),
        ] as [(SignatureAlgorithm, String)]
    )
    func `openssl verifies RSA signatures with exactly these parameters`(
        algorithm: SignatureAlgorithm,
        options: String
    ) throws {
        let openssl = try OpenSSLCommand()
        let key = try SigningKey.generate(algorithm)
        try openssl.write("key.der", try key.pkcs8())
        try openssl.run("pkey -inform DER -in key.der -pubout -out public.pem")
        try openssl.write("message", message)
        try openssl.write("signature", try KeySigner(key).signature(over: message))
        let command = "dgst \(options) -signature signature -verify public.pem message"
        #expect(try openssl.run(command).contains("Verified OK"))
        try openssl.write("message", message + [0])
        #expect(throws: OpenSSLCommand.ToolError.self) { try openssl.run(command) }
    }
}
