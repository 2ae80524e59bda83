// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing
import Text

struct KeyDerivationTests {
    private func derive(
        _ secret: [UInt8],
        _ salt: [UInt8],
        _ purpose: [UInt8],
        _ count: Int
    ) throws -> [UInt8] {
        try KeyDerivation.hkdf(secret: secret, salt: salt, purpose: purpose, count: count)
    }

    private let secret = [UInt8](repeating: 0x0B, count: 22)

    @Test func `RFC 5869's first example comes out`() throws {
        let out = try derive(secret, Array(0...0x0C), Array(0xF0...0xF9), 42)
        #expect(
            Hexadecimal.text(out)
                == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
                + "34007208d5b887185865"
        )
    }

    @Test func `RFC 5869's second example, with longer inputs, comes out`() throws {
        let out = try derive(Array(0...0x4F), Array(0x60...0xAF), Array(0xB0...0xFF), 82)
        #expect(
            Hexadecimal.text(out)
                == "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
                + "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
                + "cc30c58179ec3e87c14c01d5c1f3434f1d87"
        )
    }

    @Test func `RFC 5869's third example, without salt and purpose, comes out`() throws {
        let out = try derive(secret, [], [], 42)
        #expect(
            Hexadecimal.text(out)
                == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
                + "9d201395faa4b61a96c8"
        )
    }

    @Test func `another secret, salt or purpose gives another key`() throws {
        let keys = [
            try derive(secret, [1], [2], 32),
            try derive(secret + [0], [1], [2], 32),
            try derive(secret, [2], [2], 32),
            try derive(secret, [], [2], 32),
            try derive(secret, [1], [3], 32),
            try derive(secret, [1], [], 32),
        ]
        #expect(Set(keys).count == keys.count)
        #expect(try derive(secret, [1], [2], 32) == keys[0])
    }

    @Test func `a shorter key is the beginning of a longer one`() throws {
        let long = try derive(secret, [1], [2], 100)
        for count in [1, 16, 31, 32, 33, 64] {
            #expect(try derive(secret, [1], [2], count) == Array(long.prefix(count)))
        }
    }

    @Test func `more than 255 blocks are refused`() throws {
        // RFC 5869 §2.3.
        #expect(try derive(secret, [], [], 255 * 32).count == 255 * 32)
        #expect(throws: CryptographyError.self) { try derive(secret, [], [], 255 * 32 + 1) }
    }
}
