// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Storage
import Testing

@testable import OAuth

/// Rotation and reuse of refresh tokens (RFC 9700 §4.14.2), and their ends.
struct RefreshRotationTests {
    private func fixture(
        grace: Int = 10,
        _ rules: GrantPolicy = .rotating,
        grants: MemoryGrants = MemoryGrants()
    ) throws -> GrantFixture {
        try GrantFixture(
            client("app", lasting(), grantPolicy: rules),
            grace: grace,
            grants: grants
        )
    }

    private func next(_ fixture: GrantFixture, _ token: String, now: Int64) throws -> String {
        try #require(try fixture.refresh(token, now: now).response?.refreshToken)
    }

    // MARK: when a token is replaced

    @Test(
        arguments: [
            (.selfSignedTLS, true, nil, false), (.selfSignedTLS, false, nil, true),
            (.selfSignedTLS, true, true, true), (.selfSignedTLS, false, false, false),
            (.publicClient, false, nil, true), (.publicClient, true, nil, true),
            (.publicClient, true, false, false), (.secretBasic, false, nil, true),
            (.secretBasic, true, nil, false),
        ] as [(ClientAuthenticationMethod, Bool, Bool?, Bool)]
    )
    func `public and unbound clients' tokens are replaced, unless the registration says otherwise`(
        method: ClientAuthenticationMethod,
        binds: Bool,
        registered: Bool?,
        rotates: Bool
    ) throws {
        let app = try client(
            "app",
            lasting(method) { $0.bindsTokens = binds },
            grantPolicy: GrantPolicy(rotatesRefreshTokens: registered)
        )
        let tokens = TokenSettings(audience: "urn:a")
        #expect(RefreshRules(app, .standard, tokens).rotates == rotates)
        // A profile that binds every token counts as well.
        let isConfidential = method != .publicClient
        #expect(RefreshRules(app, .fapi2, tokens).rotates == (registered ?? !isConfidential))
    }

    @Test func `a token that is not replaced stays good, and is given back`() throws {
        let fixture = try fixture(GrantPolicy(rotatesRefreshTokens: false))
        let token = try fixture.refreshToken()
        for later in [1, 30, 3_000] as [Int64] {
            #expect(try next(fixture, token, now: noon + later) == token)
        }
        // The code's row and its use: no more writes than these.
        #expect(fixture.grants.written.count == 2)
    }

    @Test func `a token that is replaced gives way to its successor`() throws {
        let fixture = try fixture()
        let first = try fixture.refreshToken()
        let second = try next(fixture, first, now: noon + 100)
        let third = try next(fixture, second, now: noon + 200)
        #expect(Set([first, second, third]).count == 3)
        #expect(try fixture.isActive(third, now: noon + 200))
        #expect(try !fixture.isActive(second, now: noon + 200))
        // Introspection raises no alarm.
        #expect(fixture.grants.revoked.isEmpty)
    }

    // MARK: the grace

    @Test(arguments: [(0, true), (9, true), (10, false), (11, false), (3_000, false)])
    func `within the grace the same successor is given again, later everything ends`(
        later: Int64,
        isGiven: Bool
    ) throws {
        let fixture = try fixture()
        let first = try fixture.refreshToken()
        let answer = try #require(try fixture.refresh(first, now: noon + 100).response)
        let second = try #require(answer.refreshToken)
        let again = try fixture.refresh(first, now: noon + 100 + later)
        #expect(again.response?.refreshToken == (isGiven ? second : nil))
        #expect(again.error == (isGiven ? nil : .badRefreshToken))
        let after = noon + 100 + later
        #expect(try fixture.isActive(second, now: after) == isGiven)
        #expect(try (fixture.refresh(second, now: after).response != nil) == isGiven)
        if later < 600 { #expect(try fixture.isActive(answer.accessToken, now: after) == isGiven) }
    }

    @Test func `without a grace a used token ends everything at once`() throws {
        let fixture = try fixture(grace: 0)
        let first = try fixture.refreshToken()
        let answer = try #require(try fixture.refresh(first, now: noon + 100).response)
        #expect(try fixture.refresh(first, now: noon + 100).error == .badRefreshToken)
        #expect(try fixture.refresh(answer.refreshToken, now: noon + 100).error == .badRefreshToken)
        #expect(try !fixture.isActive(answer.accessToken, now: noon + 100))
    }

    @Test func `a predecessor ends everything once its successor was used, grace or not`() throws {
        let fixture = try fixture()
        let first = try fixture.refreshToken()
        let second = try next(fixture, first, now: noon + 100)
        let third = try #require(try fixture.refresh(second, now: noon + 101).response)
        #expect(try fixture.refresh(first, now: noon + 102).error == .badRefreshToken)
        #expect(fixture.grants.families.isEmpty)
        #expect(try fixture.refresh(third.refreshToken, now: noon + 102).error == .badRefreshToken)
        #expect(try !fixture.isActive(third.accessToken, now: noon + 102))
    }

    @Test func `a repetition may ask for less, and gets the same successor`() throws {
        let fixture = try fixture()
        let first = try fixture.refreshToken()
        let second = try next(fixture, first, now: noon + 100)
        let less = try fixture.refresh(first, as: "app", "&scope=read", now: noon + 101).response
        #expect(less?.scope == "read" && less?.refreshToken == second)
        let more = try fixture.refresh(first, as: "app", "&scope=root", now: noon + 101)
        #expect(more.error?.check == .scope)
        #expect(try fixture.refresh(second, now: noon + 102).response?.scope == "read write")
    }

    @Test func `a clock that is set back by less than the grace throws no client out`() throws {
        for (back, isGiven) in [(5, true), (10, true), (11, false)] as [(Int64, Bool)] {
            let fixture = try fixture()
            let first = try fixture.refreshToken()
            let second = try next(fixture, first, now: noon + 100)
            let again = try fixture.refresh(first, now: noon + 100 - back)
            #expect(again.response?.refreshToken == (isGiven ? second : nil), "\(back)")
        }
    }

    @Test func `the successor is given again under a new key, and not without the old one`() throws
    {
        let fixture = try fixture()
        let first = try fixture.refreshToken()
        let second = try next(fixture, first, now: noon + 100)
        let newer = try sealingKey("new", activeFrom: noon + 101)
        let kept = fixture.tokens.sealing.keys
        fixture.tokens.use(sealing: SealingKeys(kept + [newer]))
        #expect(try next(fixture, first, now: noon + 105) == second)
        fixture.tokens.use(sealing: SealingKeys([newer]))
        #expect(try fixture.refresh(first, now: noon + 105).error == .badRefreshToken)
    }

    @Test func `without a key that seals nothing is rotated`() throws {
        let fixture = try fixture()
        let first = try fixture.refreshToken()
        let row = try fixture.family(of: first)
        fixture.tokens.use(sealing: SealingKeys([]))
        #expect(try fixture.refresh(first).error?.code == .serverError)
        #expect(try fixture.family(of: first) == row)
    }

    @Test func `where no more can be revoked a used token is refused, and tried again`() throws {
        let fixture = try fixture(grants: MemoryGrants(revokedMax: 1))
        let first = try fixture.refreshToken()
        let second = try next(fixture, first, now: noon + 100)
        let full = RevokedToken(id: [1], until: noon + 9_999)
        #expect(try fixture.grants.perform([.revokeToken(full)]) == [.done])
        let answer = try fixture.refresh(first, now: noon + 200)
        #expect(answer.error?.check == .revocationsFull && answer.error?.status == 503)
        #expect(answer.refused?.retryAfter == 30)
        #expect(try fixture.grants.removeEnded(before: noon + 10_000, limit: 9) > 0)
        #expect(try fixture.refresh(first, now: noon + 200).error == .badRefreshToken)
        #expect(try fixture.refresh(second, now: noon + 200).error == .badRefreshToken)
    }

    // MARK: ends

    @Test(arguments: [true, false])
    func `a token ends a lifetime after its grant, however often it is used`(rotates: Bool) throws {
        let fixture = try fixture(
            GrantPolicy(rotatesRefreshTokens: rotates, refreshLifetime: 1_000)
        )
        var token = try fixture.refreshToken()
        for later in [500, 999] as [Int64] { token = try next(fixture, token, now: noon + later) }
        #expect(try fixture.isActive(token, now: noon + 999))
        #expect(try !fixture.isActive(token, now: noon + 1_000))
        #expect(try fixture.refresh(token, now: noon + 1_000).error == .badRefreshToken)
        #expect(fixture.grants.revoked.isEmpty)
    }

    @Test(arguments: [true, false])
    func `a token ends when it is idle, and each use begins anew`(rotates: Bool) throws {
        let fixture = try fixture(GrantPolicy(rotatesRefreshTokens: rotates, refreshIdle: 800))
        var token = try fixture.refreshToken()
        for later in [699, 1_398, 2_097] as [Int64] {
            token = try next(fixture, token, now: noon + later)
        }
        #expect(try fixture.refresh(token, now: noon + 2_097 + 800).error == .badRefreshToken)
        #expect(try !fixture.isActive(token, now: noon + 2_097 + 800))
    }

    @Test func `uses that follow each other closely are saved up`() throws {
        let fixture = try fixture(GrantPolicy(rotatesRefreshTokens: false, refreshIdle: 800))
        let token = try fixture.refreshToken()
        let before = fixture.grants.written.count
        for later in 1...99 as ClosedRange<Int64> {
            _ = try next(fixture, token, now: noon + later)
        }
        #expect(fixture.grants.written.count == before)
        _ = try next(fixture, token, now: noon + 100)
        #expect(fixture.grants.written.count == before + 1)
        #expect(try fixture.family(of: token)?.endsAt == noon + 900)
    }

    @Test func `a registration that changes moves the end at the next use, either way`() throws {
        let fixture = try fixture(GrantPolicy(rotatesRefreshTokens: false, refreshIdle: 800))
        let token = try fixture.refreshToken()
        func end(_ rules: GrantPolicy, now: Int64) throws -> Int64? {
            fixture.use(try client("app", lasting(), grantPolicy: rules))
            _ = try next(fixture, token, now: now)
            return try fixture.family(of: token)?.endsAt
        }
        let short = GrantPolicy(rotatesRefreshTokens: false, refreshIdle: 80)
        #expect(try end(short, now: noon + 10) == noon + 90)
        let none = GrantPolicy(rotatesRefreshTokens: false, refreshLifetime: 5_000)
        #expect(try end(none, now: noon + 20) == noon + 5_000)
        // A shorter lifetime counts at once.
        fixture.use(
            try client("app", lasting(), grantPolicy: GrantPolicy(refreshLifetime: 30))
        )
        #expect(try fixture.refresh(token, now: noon + 30).error == .badRefreshToken)
        #expect(try !fixture.isActive(token, now: noon + 30))
        #expect(try fixture.refresh(token, now: noon + 29).response != nil)
    }
}
