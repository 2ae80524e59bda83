// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

struct PasswordHashTests {
    private func verify(_ password: String, _ encoded: String) -> Bool {
        PasswordHash.verify(Array(password.utf8), against: encoded)
    }

    /// From the tests of the reference implementation.
    static let known = [
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    ]

    @Test(arguments: known)
    func `hashes that others made are verified`(encoded: String) {
        #expect(verify("password", encoded))
        #expect(!verify("differentpassword", encoded))
        #expect(!verify("Password", encoded))
        #expect(!verify("", encoded))
    }

    @Test func `a hash at the least cost is verified, and is of its password only`() throws {
        let encoded = try PasswordHash.make(Array("user".utf8), cost: .least)
        #expect(encoded.hasPrefix("$argon2id$v=19$m=8,t=1,p=1$"))
        #expect(verify("user", encoded) && !verify("User", encoded))
    }

    @Test func `a hash is of its password only`() throws {
        let encoded = try PasswordHash.make(Array("correct horse".utf8))
        #expect(verify("correct horse", encoded))
        for wrong in ["", "correct", "correct horse ", "Correct horse", "correct horse\0"] {
            #expect(!verify(wrong, encoded), "\(wrong)")
        }
    }

    @Test func `the stored form says its method and cost`() throws {
        let encoded = try PasswordHash.make(Array("x".utf8))
        let parts = encoded.split(separator: "$", omittingEmptySubsequences: false)
        #expect(parts.prefix(4) == ["", "argon2id", "v=19", "m=19456,t=2,p=1"])
        // 16 and 32 bytes in base64 without padding.
        #expect(parts.dropFirst(4).map(\.count) == [22, 43])
    }

    @Test func `each hash has a salt of its own`() throws {
        let encoded = try (0..<3).map { _ in try PasswordHash.make(Array("same".utf8)) }
        let salts = encoded.map { $0.split(separator: "$")[3] }
        #expect(Set(salts).count == 3)
        #expect(encoded.allSatisfy { verify("same", $0) })
    }

    @Test(arguments: [
        [], [0], [0, 0], Array("pässwörd".utf8), [0xFF, 0xFE], [UInt8](repeating: 97, count: 4_096),
    ])
    func `any bytes can be a password`(password: [UInt8]) throws {
        let encoded = try PasswordHash.make(password)
        #expect(PasswordHash.verify(password, against: encoded))
        #expect(!PasswordHash.verify(password + [0], against: encoded))
    }

    @Test func `what is no hash matches nothing`() throws {
        let encoded = Self.known[1]
        let broken = [
            "", "$", "password", "$argon2id$", String(encoded.dropLast(1)),
            String(encoded.dropFirst()), encoded + "A", encoded + " ",
            encoded.replacing("argon2id", with: "argon2i"),
            encoded.replacing("argon2id", with: "argon2d"),
            encoded.replacing("v=19", with: "v=16"),
            encoded.replacing("m=256", with: "m=257"),
            encoded.replacing("m=256", with: "m=0"),
            encoded.replacing("t=2", with: "t=1"),
            encoded.replacing("t=2", with: "t=-2"),
            encoded.replacing("p=1", with: "p=2"),
            encoded.replacing("c29tZ", with: "d29tZ"),
        ]
        for text in broken {
            #expect(text != encoded)
            #expect(!verify("password", text), "\(text)")
        }
    }

    @Test func `every cut of a hash matches nothing`() {
        for count in 0..<Self.known[1].count {
            #expect(!verify("password", String(Self.known[1].prefix(count))))
        }
    }

    @Test func `a dummy password hash costs what a hash costs and has no password`() throws {
        let dummyPasswordHash = try PasswordHash.dummy()
        #expect(dummyPasswordHash.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
        #expect(!verify("", dummyPasswordHash))
        #expect(!verify("password", dummyPasswordHash))
        #expect(try PasswordHash.dummy() != dummyPasswordHash)
        // A text that libargon2 could not read would be refused at once.
        let real = try PasswordHash.make(Array("password".utf8))
        #expect(
            dummyPasswordHash.split(separator: "$").map(\.count)
                == real.split(separator: "$").map(\.count)
        )
        #expect(
            dummyPasswordHash.utf8.allSatisfy { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "_") }
        )
    }
}
