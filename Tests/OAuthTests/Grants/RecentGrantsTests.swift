// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Reactor
import Storage
import Testing

@testable import OAuth

/// Refresh tokens whose family is remembered: the write alone goes without a read.
struct RecentGrantsTests {
    private final class Remembered: RecentGrants {
        let family = Lock<RefreshFamilyRecord?>(nil)

        func refreshFamily(_ id: [UInt8]) -> RefreshFamilyRecord? {
            family.withLock { $0?.access.grantID == id ? $0 : nil }
        }
    }

    private let remembered = Remembered()

    private func fixture(rotates: Bool = true) throws -> GrantFixture {
        let rules = GrantPolicy(rotatesRefreshTokens: rotates)
        return try GrantFixture(
            client("app", lasting(), grantPolicy: rules),
            client("other", lasting(), certificates: [certificate(2)]),
            recent: remembered
        )
    }

    private func form(_ token: String) -> String {
        "grant_type=refresh_token&client_id=app&refresh_token=\(token)"
    }

    private func remember(_ token: String, _ fixture: GrantFixture) throws -> RefreshFamilyRecord {
        let row = try #require(try fixture.family(of: token))
        remembered.family.withLock { $0 = row }
        return row
    }

    /// Whether the request begins with a read of its row.
    private func reads(_ fixture: GrantFixture, _ form: String) throws -> Bool {
        switch try fixture.tokens.ask(form) {
        case .needs(.stored, _): true
        case .needs(.grant(.rotateRefreshToken), _): false
        default: throw TokenFixture.Unexpected.answer
        }
    }

    @Test func `a current token of a remembered family is rotated without a read`() throws {
        let fixture = try fixture()
        let token = try fixture.refreshToken()
        #expect(try reads(fixture, form(token)))
        _ = try remember(token, fixture)
        #expect(try !reads(fixture, form(token)))
        let next = try #require(try fixture.refresh(token).response?.refreshToken)
        #expect(next != token)
        #expect(try fixture.refresh(next, now: noon + 1).response != nil)
    }

    @Test func `every other answer is the stored row's`() throws {
        let fixture = try fixture()
        let token = try fixture.refreshToken()
        var row = try remember(token, fixture)
        // A family that ended, a client that it is not of.
        (row.endsAt, row.access.clientID) = (noon, "app")
        remembered.family.withLock { $0 = row }
        #expect(try reads(fixture, form(token)))
        (row.endsAt, row.access.clientID) = (noon + 1_000, "other")
        remembered.family.withLock { $0 = row }
        #expect(try reads(fixture, form(token)))
        // A token that was used, by what is remembered alone: no alarm.
        row.access.clientID = "app"
        (row.previous, row.current) = (row.current, [UInt8](repeating: 7, count: 32))
        remembered.family.withLock { $0 = row }
        #expect(try reads(fixture, form(token)))
        #expect(try fixture.refresh(token, now: noon + 60).response != nil)
        #expect(fixture.grants.revoked.isEmpty)
    }

    @Test func `a token that is not rotated is always read: its answer may be no write`() throws {
        let fixture = try fixture(rotates: false)
        let token = try fixture.refreshToken()
        _ = try remember(token, fixture)
        #expect(try reads(fixture, form(token)))
        _ = try fixture.revoke(token)
        #expect(try fixture.refresh(token).error == .badRefreshToken)
    }

    @Test func `a family that is gone or revoked gives nothing, though it is remembered`() throws {
        let fixture = try fixture()
        let token = try fixture.refreshToken()
        _ = try remember(token, fixture)
        _ = try fixture.revoke(token)
        #expect(try fixture.refresh(token).error == .badRefreshToken)
    }

    @Test func `a row out of date is no proof of use: a late repetition is an alarm`() throws {
        let fixture = try fixture()
        let token = try fixture.refreshToken()
        let old = try remember(token, fixture)
        let next = try #require(try fixture.refresh(token).response?.refreshToken)
        // Within the grace, the same successor, after a conflict and a read.
        remembered.family.withLock { $0 = old }
        #expect(try fixture.refresh(token, now: noon + 5).response?.refreshToken == next)
        // Later, the family ends, as it does where nothing is remembered.
        remembered.family.withLock { $0 = old }
        #expect(try fixture.refresh(token, now: noon + 60).error == .badRefreshToken)
        #expect(fixture.grants.families.isEmpty && fixture.grants.revoked.count == 1)
        #expect(try fixture.refresh(next, now: noon + 60).error == .badRefreshToken)
    }
}
