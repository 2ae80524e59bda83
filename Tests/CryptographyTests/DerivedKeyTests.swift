// SPDX-License-Identifier: Apache-2.0
import Testing
import Text

@testable import Cryptography

struct DerivedKeyTests {
    /// 40 bytes with this number at their end.
    private func p256(_ number: [UInt8]) throws -> DerivedKey {
        let zeros = [UInt8](repeating: 0, count: DerivedKey.p256Bytes - number.count)
        return try .p256(zeros + number)
    }

    /// The order of P-256 minus one (SP 800-186 §3.2.1.3).
    private let mostOnP256: [UInt8] = [
        0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63,
        0x25, 0x50,
    ]

    @Test func `the number zero has the key one, whose point is the base point`() throws {
        let key = Hexadecimal.text(try p256([]).pkcs8)
        #expect(key.contains("0420" + String(repeating: "0", count: 63) + "1"))
        #expect(key.hasSuffix("37bf51f5") && key.contains("046b17d1f2e12c4247"))
    }

    @Test func `numbers wrap where the order ends, so that no key is zero or the order`() throws {
        let most = try p256(mostOnP256)
        #expect(try p256([]) == most)
        var below = mostOnP256
        below[31] -= 1
        #expect(Hexadecimal.text(try p256(below).pkcs8).contains(Hexadecimal.text(mostOnP256)))
    }

    @Test func `RFC 8032's first key has its public key`() throws {
        let secret = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
        let key = try DerivedKey.ed25519(bytes(secret))
        #expect(Hexadecimal.text(key.pkcs8) == "302e020100300506032b657004220420" + secret)
        #expect(
            Hexadecimal.text(key.subjectPublicKeyInfo) == "302a300506032b6570032100"
                + "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        )
    }

    private func bytes(_ text: String) -> [UInt8] {
        let digits = text.utf8.compactMap { Hexadecimal.value(of: $0) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private let numbers = (
        first: [UInt8](repeating: 0x11, count: 128), second: [UInt8](repeating: 0x22, count: 128)
    )

    @Test func `an RSA key signs, and its public half verifies that`() throws {
        let key = try DerivedKey.rsa2048(numbers)
        let signer = try RSASigner(pkcs8: key.pkcs8)
        let signature = try signer.signature(over: [1, 2, 3])
        #expect(signature.count == 256)
        #expect(try signature == signer.signature(over: [1, 2, 3]))
        let verification = try VerificationKey(subjectPublicKeyInfo: key.subjectPublicKeyInfo)
        #expect(verification.verifies(signature, over: [1, 2, 3], by: .rs256))
        #expect(!verification.verifies(signature, over: [1, 2, 4], by: .rs256))
    }

    @Test func `the order of the primes makes no difference`() throws {
        #expect(
            try DerivedKey.rsa2048(numbers) == .rsa2048((numbers.second, numbers.first))
        )
    }

    @Test func `two primes that are one are refused`() {
        #expect(throws: CryptographyError.self) {
            try DerivedKey.rsa2048((numbers.first, numbers.first))
        }
    }

    @Test func `a number without a prime of its length behind it is refused`() {
        let most = [UInt8](repeating: 0xFF, count: 128)
        #expect(throws: CryptographyError.self) {
            try DerivedKey.rsa2048((most, numbers.second))
        }
    }

    @Test func `a key that is not RSA makes no signer`() throws {
        #expect(throws: CryptographyError.self) { try RSASigner(pkcs8: p256([]).pkcs8) }
        #expect(throws: CryptographyError.self) { try RSASigner(pkcs8: [0x30, 0x00]) }
    }
}
