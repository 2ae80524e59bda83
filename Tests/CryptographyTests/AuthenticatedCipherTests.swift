// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing
import Text

struct AuthenticatedCipherTests {
    /// An example of McGrew and Viega's submission to NIST, with a 256-bit key.
    struct Vector: Sendable {
        let (key, nonce, plain, associated, sealed): (String, String, String, String, String)

        static let zeros = String(repeating: "0", count: 64)
        static let key16 = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
        static let plain16 =
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
        static let sealed16 =
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
            + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
            + "76fc6ece0f4e1768cddf8853bb2d551b"
        static let all = [
            Vector((zeros, zeros, "", "", "530f8afbc74536b9a963b4f1c4cb738b")),
            Vector(
                (
                    zeros, zeros, String(zeros.prefix(32)), "",
                    "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"
                )
            ),
            Vector(
                (
                    key16, "cafebabefacedbaddecaf888", plain16,
                    "feedfacedeadbeeffeedfacedeadbeefabaddad2", sealed16
                )
            ),
        ]

        private init(_ parts: (String, String, String, String, String)) {
            (key, nonce, plain, associated, sealed) = parts
        }
    }

    private let key = [UInt8](repeating: 7, count: 32)
    private let nonce = [UInt8](0..<12)

    private func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = Array(hexadecimal)
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(String(digits[$0...($0 + 1)]), radix: 16) ?? 0
        }
    }

    private func seal(
        _ cipher: AuthenticatedCipher,
        _ plain: [UInt8],
        nonce: [UInt8]? = nil,
        associated: [UInt8] = []
    ) throws -> [UInt8] {
        var out: [UInt8] = []
        let nonce = nonce ?? self.nonce
        try cipher.seal(plain.span, nonce: nonce.span, associated: associated.span, to: &out)
        return out
    }

    private func open(
        _ cipher: AuthenticatedCipher,
        _ sealed: [UInt8],
        nonce: [UInt8]? = nil,
        associated: [UInt8] = []
    ) -> [UInt8]? {
        var out: [UInt8] = []
        let nonce = nonce ?? self.nonce
        let isOpen = cipher.open(
            sealed.span,
            nonce: nonce.span,
            associated: associated.span,
            into: &out
        )
        if !isOpen { #expect(out.isEmpty) }
        return isOpen ? out : nil
    }

    @Test(arguments: Vector.all)
    func `known examples are sealed and opened`(vector: Vector) throws {
        let cipher = try AuthenticatedCipher(key: bytes(vector.key))
        let nonce = Array(bytes(vector.nonce).prefix(12))
        let (plain, associated) = (bytes(vector.plain), bytes(vector.associated))
        let sealed = try seal(cipher, plain, nonce: nonce, associated: associated)
        #expect(Hexadecimal.text(sealed) == vector.sealed)
        #expect(open(cipher, sealed, nonce: nonce, associated: associated) == plain)
    }

    @Test(arguments: [0, 1, 15, 16, 17, 1_000])
    func `what is sealed is opened, one after another`(count: Int) throws {
        let cipher = try AuthenticatedCipher(key: key)
        for round in 0..<5 {
            let plain = (0..<count).map { UInt8(truncatingIfNeeded: $0 + round) }
            let nonce = [UInt8](repeating: UInt8(round), count: 12)
            let sealed = try seal(cipher, plain, nonce: nonce, associated: [1])
            #expect(sealed.count == count + AuthenticatedCipher.tagCount)
            #expect(open(cipher, sealed, nonce: nonce, associated: [1]) == plain)
        }
    }

    @Test func `one bit of text or tag changed opens nothing`() throws {
        let cipher = try AuthenticatedCipher(key: key)
        let sealed = try seal(cipher, Array("secret".utf8))
        for index in sealed.indices {
            for bit in 0..<8 {
                var changed = sealed
                changed[index] ^= 1 << UInt8(bit)
                #expect(open(cipher, changed) == nil, "bit \(bit) of byte \(index)")
            }
        }
        // A refusal leaves nothing behind that would disturb the next one.
        #expect(open(cipher, sealed) == Array("secret".utf8))
    }

    @Test func `every cut opens nothing`() throws {
        let cipher = try AuthenticatedCipher(key: key)
        let sealed = try seal(cipher, Array("secret".utf8))
        for count in 0..<sealed.count {
            #expect(open(cipher, Array(sealed.prefix(count))) == nil, "\(count) bytes")
        }
        #expect(open(cipher, sealed + [0]) == nil)
    }

    @Test func `another key, nonce or context opens nothing`() throws {
        let cipher = try AuthenticatedCipher(key: key)
        let sealed = try seal(cipher, [1, 2, 3], associated: [4])
        #expect(open(cipher, sealed, associated: [4]) == [1, 2, 3])
        #expect(open(cipher, sealed) == nil)
        #expect(open(cipher, sealed, associated: [5]) == nil)
        #expect(open(cipher, sealed, associated: [4, 0]) == nil)
        #expect(open(cipher, sealed, nonce: [UInt8](1...12), associated: [4]) == nil)
        let other = try AuthenticatedCipher(key: [UInt8](repeating: 8, count: 32))
        #expect(open(other, sealed, associated: [4]) == nil)
    }

    @Test func `output is appended, and left alone by a refusal`() throws {
        let cipher = try AuthenticatedCipher(key: key)
        var out: [UInt8] = [9]
        try cipher.seal([1, 2].span, nonce: nonce.span, associated: [UInt8]().span, to: &out)
        #expect(out.first == 9)
        let sealed = Array(out.dropFirst())
        var plain: [UInt8] = [8]
        #expect(
            cipher.open(sealed.span, nonce: nonce.span, associated: key.span, into: &plain) == false
        )
        #expect(plain == [8])
        let isOpen = cipher.open(
            sealed.span,
            nonce: nonce.span,
            associated: [UInt8]().span,
            into: &plain
        )
        #expect(isOpen)
        #expect(plain == [8, 1, 2])
    }

    @Test(arguments: [0, 16, 31, 33])
    func `a key of another length is a mistake`(count: Int) async {
        await #expect(processExitsWith: .failure) { [count = count as Int] in
            _ = try AuthenticatedCipher(key: [UInt8](repeating: 0, count: count))
        }
    }
}
