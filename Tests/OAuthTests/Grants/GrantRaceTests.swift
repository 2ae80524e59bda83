// SPDX-License-Identifier: Apache-2.0
import OAuthTesting
import Storage
import TestSupport
import Testing

@testable import OAuth

/// Parallel requests with one code or one refresh token, in seeded random orders of their reads and
/// writes.
struct GrantRaceTests {
    private static let seeds: Range<UInt64> = 0..<1_000

    private func fixture(grace: Int) throws -> GrantFixture {
        try GrantFixture(client("app", lasting(), grantPolicy: .rotating), grace: grace)
    }

    /// Asks each of these, lets them go on one step at a time in a random order, and returns their
    /// answers.
    private func answers(
        _ requests: [() throws -> TokenFixture.Answer],
        _ fixture: GrantFixture,
        _ random: inout SeededRandom,
        now: Int64
    ) throws -> [TokenFixture.Answer] {
        var answers: [TokenFixture.Answer?] = requests.map { _ in nil }
        var waiting = Array(requests.indices)
        while let place = waiting.indices.randomElement(using: &random) {
            let index = waiting[place]
            if let answer = answers[index] {
                guard let next = try fixture.tokens.step(answer, now: now) else {
                    waiting.remove(at: place)
                    continue
                }
                answers[index] = next
            } else {
                answers[index] = try requests[index]()
            }
        }
        return answers.compactMap { $0 }
    }

    private func refreshForm(_ token: String) -> String {
        "grant_type=refresh_token&client_id=app&refresh_token=\(token)"
    }

    @Test func `of parallel requests with one code exactly one gets tokens`() throws {
        let fixture = try fixture(grace: 10)
        for seed in Self.seeds {
            var random = SeededRandom(seed: seed)
            let form = GrantFixture.form(try fixture.code())
            let count = Int.random(in: 2...6, using: &random)
            let requests = (0..<count).map { _ in { try fixture.tokens.ask(form) } }
            let answers = try answers(requests, fixture, &random, now: noon)
            let issued = answers.compactMap(\.response)
            #expect(issued.count == 1, "seed \(seed)")
            let refused = answers.compactMap(\.error)
            #expect(refused == Array(repeating: .badCode, count: count - 1), "seed \(seed)")
            // The others were second uses, and end what the first gave.
            let token = try #require(issued.first)
            #expect(try !fixture.isActive(token.accessToken), "seed \(seed)")
            #expect(fixture.grants.families.isEmpty, "seed \(seed)")
        }
    }

    @Test func `with a grace parallel refreshes all get the one successor`() throws {
        let fixture = try fixture(grace: 10)
        for seed in Self.seeds {
            var random = SeededRandom(seed: seed)
            let token = try fixture.refreshToken()
            let form = refreshForm(token)
            let count = Int.random(in: 2...6, using: &random)
            let requests = (0..<count).map { _ in { try fixture.tokens.ask(form) } }
            let answers = try answers(requests, fixture, &random, now: noon)
            let successors = answers.map { $0.response?.refreshToken }
            #expect(Set(successors).count == 1, "seed \(seed)")
            let successor = try #require(successors.first ?? nil)
            #expect(try successor != token && fixture.isActive(successor), "seed \(seed)")
        }
        #expect(fixture.grants.revoked.isEmpty)
    }

    @Test func `without a grace one of parallel refreshes gets a token, and it is dead`() throws {
        let fixture = try fixture(grace: 0)
        for seed in Self.seeds {
            var random = SeededRandom(seed: seed)
            let form = refreshForm(try fixture.refreshToken())
            let count = Int.random(in: 2...6, using: &random)
            let requests = (0..<count).map { _ in { try fixture.tokens.ask(form) } }
            let answers = try answers(requests, fixture, &random, now: noon)
            #expect(answers.count { $0.response != nil } == 1, "seed \(seed)")
            let tokens = answers.compactMap(\.response)
            for token in tokens.flatMap({ [$0.accessToken, $0.refreshToken ?? ""] }) {
                #expect(try !fixture.isActive(token), "seed \(seed)")
            }
            #expect(fixture.grants.families.isEmpty, "seed \(seed)")
        }
    }

    @Test func `after a revocation among refreshes nothing of the grant is left`() throws {
        let fixture = try fixture(grace: 10)
        for seed in Self.seeds {
            var random = SeededRandom(seed: seed)
            let token = try fixture.refreshToken()
            let form = refreshForm(token)
            let count = Int.random(in: 1...5, using: &random)
            var requests: [() throws -> TokenFixture.Answer] = (0..<count).map { _ in
                { try fixture.tokens.ask(form) }
            }
            requests.append { try fixture.tokens.revoke("client_id=app&token=\(token)") }
            let answers = try answers(requests, fixture, &random, now: noon)
            for answer in answers.compactMap(\.response) {
                #expect(try !fixture.isActive(answer.accessToken), "seed \(seed)")
                let again = try fixture.refresh(answer.refreshToken)
                #expect(again.error == .badRefreshToken, "seed \(seed)")
            }
            #expect(fixture.grants.families.isEmpty, "seed \(seed)")
        }
    }

    /// A client that goes on and a thief with one of its tokens, each at random moments.
    @Test func `of a stolen token both users are thrown out, once both have used it`() throws {
        let fixture = try fixture(grace: 10)
        for seed in Self.seeds.prefix(300) {
            var random = SeededRandom(seed: seed)
            var now = noon
            var holders = Array(repeating: try fixture.refreshToken(), count: 2)
            var uses = [0, 0]
            var isOver = false
            for _ in 0..<12 where !isOver {
                now += Int64.random(in: 11...60, using: &random)
                let holder = Int.random(in: 0...1, using: &random)
                let answer = try fixture.refresh(holders[holder], now: now)
                uses[holder] += 1
                if let next = answer.response?.refreshToken {
                    holders[holder] = next
                } else {
                    isOver = true
                }
            }
            let bothHave = uses[0] > 0 && uses[1] > 0
            #expect(isOver == bothHave, "seed \(seed)")
            guard isOver else { continue }
            for token in holders {
                #expect(try fixture.refresh(token, now: now).error == .badRefreshToken)
            }
        }
    }
}
