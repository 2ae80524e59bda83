// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

struct MessageAuthenticationTests {
    private func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = Array(hexadecimal.utf8)
        return stride(from: 0, to: digits.count, by: 2).compactMap { index in
            UInt8(String(decoding: digits[index..<(index + 2)], as: UTF8.self), radix: 16)
        }
    }

    /// One case of RFC 4231.
    private func check(_ key: [UInt8], _ message: [UInt8], _ codes: [String]) throws {
        for (algorithm, expected) in zip(MessageAuthenticationAlgorithm.allCases, codes) {
            let code = try MessageAuthentication.code(over: message, key: key, by: algorithm)
            #expect(code == bytes(expected), "\(algorithm)")
        }
    }

    @Test func `RFC 4231's first case`() throws {
        try check(
            [UInt8](repeating: 0x0b, count: 20),
            Array("Hi There".utf8),
            [
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
                "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
                    + "faea9ea9076ede7f4af152e8b2fa9cb6",
                "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
                    + "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
            ]
        )
    }

    @Test func `RFC 4231's second case`() throws {
        try check(
            Array("Jefe".utf8),
            Array("what do ya want for nothing?".utf8),
            [
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
                "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
                    + "8e2240ca5e69e2c78b3239ecfab21649",
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                    + "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
            ]
        )
    }

    @Test func `RFC 4231's sixth case, whose key is longer than a block`() throws {
        try check(
            [UInt8](repeating: 0xaa, count: 131),
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            [
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
                "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
                    + "0c2ef6ab4030fe8296248df163f44952",
                "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
                    + "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
            ]
        )
    }

    @Test func `RFC 7515's example is verified`() {
        // Appendix A.1.
        let key = RFC7515Key.bytes(
            "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
        )
        let message = Array(
            ("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAs"
                + "DQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ").utf8
        )
        let code = RFC7515Key.bytes("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        func verifies(_ code: [UInt8], _ message: [UInt8], _ key: [UInt8]) -> Bool {
            MessageAuthentication.verifies(code, over: message, key: key, by: .hs256)
        }
        #expect(verifies(code, message, key))
        #expect(!verifies(code, message + [0], key))
        #expect(!verifies(code, message, key.dropLast() + [0]))
        #expect(!verifies(Array(code.dropLast()), message, key))
        #expect(!verifies(code + [0], message, key))
        #expect(!verifies([], message, key))
    }

    @Test(arguments: MessageAuthenticationAlgorithm.allCases)
    func `one bit anywhere makes a code wrong`(algorithm: MessageAuthenticationAlgorithm) throws {
        let (key, message) = ([UInt8](repeating: 7, count: 64), Array("message".utf8))
        let code = try MessageAuthentication.code(over: message, key: key, by: algorithm)
        #expect(code.count == algorithm.byteCount)
        #expect(MessageAuthentication.verifies(code, over: message, key: key, by: algorithm))
        for index in code.indices {
            var changed = code
            changed[index] ^= 1 << UInt8(index % 8)
            #expect(
                !MessageAuthentication.verifies(changed, over: message, key: key, by: algorithm)
            )
        }
        for other in MessageAuthenticationAlgorithm.allCases where other != algorithm {
            #expect(!MessageAuthentication.verifies(code, over: message, key: key, by: other))
        }
    }

    @Test func `a public key's algorithm is no secret's, nor the other way round`() {
        for algorithm in MessageAuthenticationAlgorithm.allCases {
            #expect(SignatureAlgorithm(rawValue: algorithm.rawValue) == nil)
        }
        for name in SignatureAlgorithm.allCases.map(\.rawValue) + ["none", "hs256", "HS1", ""] {
            #expect(MessageAuthenticationAlgorithm(rawValue: name) == nil)
        }
    }
}
