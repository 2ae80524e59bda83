// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import OAuthTesting
import Testing
import Text

@testable import OAuth

struct SigningKeysTests {
    private func published(
        _ keys: SigningKeys,
        at now: Int64 = noon,
        lifetime: Int64 = 600
    ) throws -> [String] {
        try PublishedKeys(keys.jwks(now: now, tokenLifetimeMax: lifetime)).keyIDs
    }

    @Test func `the key that became active last signs`() throws {
        let keys = SigningKeys([
            try signingKey("b", activeFrom: 200), try signingKey("c", activeFrom: 300),
            try signingKey("a", activeFrom: 100),
        ])
        #expect(keys.keys.map(\.keyID) == ["a", "b", "c"])
        let moments: [(Int64, String?)] = [
            // A clock that was put back stops nothing.
            (99, "a"), (100, "a"), (199, "a"), (200, "b"), (299, "b"), (300, "c"), (9_999, "c"),
        ]
        for (now, keyID) in moments { #expect(keys.active(.es256, at: now)?.keyID == keyID) }
    }

    @Test func `a key signs until it is retired, and not at that second`() throws {
        let keys = SigningKeys([try signingKey("a", activeFrom: 100, retiredAt: 200)])
        #expect(keys.active(.es256, at: 199)?.keyID == "a")
        #expect(keys.active(.es256, at: 200) == nil)
    }

    @Test func `an older key steps in when a newer one is retired`() throws {
        let keys = SigningKeys([
            try signingKey("old", activeFrom: 100),
            try signingKey("stolen", activeFrom: 200, retiredAt: 300),
        ])
        #expect(keys.active(.es256, at: 299)?.keyID == "stolen")
        #expect(keys.active(.es256, at: 300)?.keyID == "old")
    }

    @Test func `keys of one moment are told apart by their ids, in any order of reading`() throws {
        let (a, b) = (try signingKey("a", activeFrom: 100), try signingKey("b", activeFrom: 100))
        #expect(SigningKeys([a, b]) == SigningKeys([b, a]))
        #expect(SigningKeys([b, a]).active(.es256, at: 100)?.keyID == "b")
    }

    @Test func `without keys nothing signs and nothing is published`() {
        let keys = SigningKeys([])
        #expect(keys.active(.es256, at: noon) == nil)
        #expect(
            String(decoding: keys.jwks(now: noon, tokenLifetimeMax: 1), as: UTF8.self)
                == #"{"keys":[]}"#
        )
    }

    // MARK: publication

    @Test func `a key is published before it signs`() throws {
        let keys = SigningKeys([
            try signingKey("now"), try signingKey("next", activeFrom: noon + 86_400),
        ])
        #expect(keys.active(.es256, at: noon)?.keyID == "now")
        #expect(try published(keys) == ["now", "next"])
    }

    @Test func `a retired key is published until its last token has expired`() throws {
        let keys = SigningKeys([
            try signingKey("old", retiredAt: noon), try signingKey("new", activeFrom: noon),
        ])
        #expect(keys.active(.es256, at: noon - 1)?.keyID == "old")
        // Its last token was signed a second before and lives 600 seconds.
        for second in [0, 1, 599] as [Int64] {
            #expect(try published(keys, at: noon + second) == ["old", "new"])
        }
        #expect(try published(keys, at: noon + 600) == ["new"])
        #expect(try published(keys, at: noon + 600, lifetime: 3_600) == ["old", "new"])
        #expect(try published(keys, at: noon + 3_600, lifetime: 3_600) == ["new"])
    }

    @Test func `a rotation never leaves a token without its key`() throws {
        let keys = SigningKeys([
            try signingKey("a", activeFrom: 0, retiredAt: 1_000),
            try signingKey("b", activeFrom: 900, retiredAt: 2_000),
            try signingKey("c", activeFrom: 1_900),
        ])
        for now in stride(from: 0, through: 3_000, by: 50) as StrideThrough<Int64> {
            let signer = try #require(keys.active(.es256, at: now)).keyID
            for age in [0, 299] as [Int64] {
                #expect(try published(keys, at: now + age, lifetime: 300).contains(signer))
            }
        }
    }

    @Test func `what is published is the public half, and nothing else`() throws {
        let key = try signingKey("k\"1")
        let json = SigningKeys([key]).jwks(now: noon, tokenLifetimeMax: 600)
        let set =
            try JSONSerialization.jsonObject(with: Data(json)) as? [String: [[String: String]]]
        let members = try #require(set?["keys"]?.first)
        #expect(Set(members.keys) == ["kty", "crv", "use", "alg", "kid", "x", "y"])
        #expect(members["kty"] == "EC" && members["crv"] == "P-256")
        #expect(members["use"] == "sig" && members["alg"] == "ES256")
        #expect(members["kid"] == "k\"1")
        guard case .point(.p256, let x, let y) = key.numbers else {
            Issue.record("an ES256 key has a point on P-256")
            return
        }
        #expect(members["x"] == String(decoding: Base64URL.encode(x.span), as: UTF8.self))
        #expect(members["y"] == String(decoding: Base64URL.encode(y.span), as: UTF8.self))
    }

    @Test func `what is no P-256 key is no signing key`() throws {
        let good = try signingKey().pkcs8
        // `openssl genpkey -algorithm ED25519 -outform DER`
        let edwards: [UInt8] =
            [0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22]
            + [0x04, 0x20] + [UInt8](repeating: 7, count: 32)
        for broken in [[], [1, 2, 3], [0x30, 0x00], Array(good.dropLast()), edwards] {
            #expect(throws: CryptographyError.self) {
                try SigningKeyMaterial(
                    keyID: "broken",
                    pkcs8: broken,
                    activeFrom: 0,
                    retiredAt: nil
                )
            }
        }
    }
}
