// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Registration
import Storage
import Testing
import Text

struct UserRegistrationTests {
    @Test func `a user is registered with a hash and a subject of its own`() throws {
        let user = try UserRegistration.new("Ädmin", password: "secret", at: 7)
        #expect(user.name == "Ädmin" && user.subject == "user:Ädmin" && user.createdAt == 7)
        // A user of this name who was there before does not lend this one tokens.
        #expect(user.tokensValidFrom == 7)
        #expect(user.enabled && user.passwordHash.hasPrefix("$argon2id$"))
        let again = try UserRegistration.new("Ädmin", password: "secret", at: 7)
        #expect(again.passwordHash != user.passwordHash)
        #expect(
            UserRegistration.information(user)
                == .object([
                    "name": .string("Ädmin"), "sub": .string("user:Ädmin"),
                    "enabled": .boolean(true), "created_at": .integer(7),
                ])
        )
    }

    @Test func `a user whose tokens were taken back is shown with the moment`() throws {
        var user = try UserRegistration.new("a", password: "secret", at: 7)
        user.tokensValidFrom = 9
        #expect(UserRegistration.information(user)["tokens_valid_from"] == .integer(9))
    }

    @Test(arguments: ["x", String(repeating: "p", count: 1024), " ", "pässwörd"])
    func `a password that can be typed is accepted`(_ password: String) throws {
        let user = try UserRegistration.new("a", password: password, at: 0)
        #expect(user.passwordHash.hasPrefix("$argon2id$"))
    }

    @Test(arguments: ["", String(repeating: "p", count: 1025), "a\u{FFFD}"])
    func `another password is refused`(_ password: String) {
        let findings = thrownFindings { try UserRegistration.new("a", password: password, at: 0) }
        #expect(findings.map(\.field) == [.password] && findings.map(\.kind) == [.unusable])
    }

    @Test(arguments: ["", " a", "a ", "a\nb", String(repeating: "x", count: 129)])
    func `a name that cannot be told apart is refused, with the password`(_ name: String) {
        let findings = thrownFindings { try UserRegistration.new(name, password: "", at: 0) }
        #expect(findings.map(\.field) == [.userName, .password])
    }
}

struct TokenKeyRotationTests {
    private static let now: Int64 = 1_000_000_000

    private func key(_ kind: TokenKeyKind, from: Int64, until: Int64? = nil) -> KeyRecord {
        KeyRecord(
            keyID: "\(kind)-\(from)",
            kind: kind.stored,
            material: [1],
            createdAt: from,
            activeFrom: from,
            retiredAt: until
        )
    }

    @Test(arguments: TokenKeyKind.allCases)
    func `a key is used after it was known for a time, the first one at once`(
        _ kind: TokenKeyKind
    ) throws {
        func rotation(_ keys: [KeyRecord], activeIn: Int64 = 300, forget: Bool = false) throws
            -> TokenKeyRotation
        {
            try TokenKeyRotation(
                kind,
                activeIn: activeIn,
                forget: forget,
                beside: keys,
                at: Self.now
            )
        }
        let others = TokenKeyKind.allCases.filter { $0 != kind }.map { key($0, from: 5) }
        let first = try rotation(others)
        #expect(first.key.activeFrom == Self.now && first.key.createdAt == Self.now)
        let next = try rotation(others + [key(kind, from: 5)])
        #expect(next.key.activeFrom == Self.now + 300 && next.retiringOthersAt == Self.now + 300)
        // So long an ended key may verify a token.
        #expect(next.removingEndedBefore == Self.now - 31_536_000)
        #expect(next.key.keyID != first.key.keyID && next.key.kind == kind.stored)
        let forgetting = try rotation([key(kind, from: 5)], activeIn: 0, forget: true)
        #expect(forgetting.removingEndedBefore == .max && forgetting.key.activeFrom == Self.now)
    }

    @Test func `a pause is a week at most, and none where others are forgotten`() throws {
        for seconds: Int64 in [0, 604_800] {
            try TokenKeyRotation.check(activeIn: seconds, forget: false)
        }
        for seconds: Int64 in [-1, 604_801] {
            let findings = thrownFindings {
                try TokenKeyRotation.check(activeIn: seconds, forget: false)
            }
            #expect(findings.map(\.field) == [.activeIn])
        }
        try TokenKeyRotation.check(activeIn: 0, forget: true)
        let findings = thrownFindings { try TokenKeyRotation.check(activeIn: 1, forget: true) }
        #expect(findings.map(\.field) == [.forget])
        let both = thrownFindings { try TokenKeyRotation.check(activeIn: -1, forget: true) }
        #expect(both.map(\.field) == [.activeIn, .forget])
    }

    @Test func `a kind is called by its own word and by the store's`() {
        #expect(TokenKeyKind(named: "signing") == .signing)
        #expect(TokenKeyKind(named: "ES256") == .signing)
        #expect(TokenKeyKind(named: "A256GCM") == .sealing)
        #expect(TokenKeyKind(named: "es256") == nil && TokenKeyKind(named: "") == nil)
    }

    @Test func `the algorithm says which signing key, and contradicts no kind`() throws {
        #expect(try TokenKeyRotation.kind(nil, nil) == .signing)
        #expect(try TokenKeyRotation.kind(nil, .ps256) == .signs(.ps256))
        #expect(try TokenKeyRotation.kind(.signing, .es384) == .signs(.es384))
        #expect(try TokenKeyRotation.kind(.sealing, nil) == .sealing)
        #expect(TokenKeyKind(named: "PS256") == .signs(.ps256))
        #expect(TokenKeyKind(named: "PS384") == nil)
        for kind in [.sealing, .signs(.rs256)] as [TokenKeyKind] {
            let findings = thrownFindings { _ = try TokenKeyRotation.kind(kind, .es384) }
            #expect(findings.map(\.field) == [.keyKind])
        }
    }

    @Test func `keys are next, active or retired, each kind for itself`() {
        let keys = [
            key(.signing, from: 1, until: Self.now), key(.sealing, from: 2),
            key(.signing, from: 3), key(.signing, from: Self.now + 1),
        ]
        let shown = TokenKeyInformation.all(keys, now: Self.now)
        #expect(shown.map(\.state) == ["retired", "active", "active", "next"])
        #expect(shown[0].value["retired_at"] == .integer(Self.now))
        #expect(shown[1].value["retired_at"] == nil && shown[1].value["kind"]?.text == "A256GCM")
        #expect(!shown.contains { $0.value["material"] != nil })
    }
}
