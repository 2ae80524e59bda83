// SPDX-License-Identifier: Apache-2.0
import Network
import OAuthTesting
import Testing

@testable import OAuth
@testable import Serving

/// Which attempts at passwords count together.
struct PasswordNeedTests {
    private static let limit = 3

    private let home: InternetAddress
    private let elsewhere: InternetAddress

    init() throws {
        home = try #require(InternetAddress("192.0.2.1"))
        elsewhere = try #require(InternetAddress("198.51.100.7"))
    }

    private func page(_ username: String) -> PasswordThrottleKey { .signIn(username: username) }

    private func grant(
        _ username: String,
        by client: String = "shop",
        isPublic: Bool = false
    ) -> PasswordThrottleKey {
        .grant(client: ClientID(Array(client.utf8)), username: username, isOfPublicClient: isPublic)
    }

    private func names(
        _ key: PasswordThrottleKey,
        _ address: InternetAddress?
    ) -> Set<Int> {
        Set(PasswordNeed.throttles(key, address, Self.limit).map(\.name))
    }

    @Test func `the page counts a user everywhere, and a network whoever is tried`() {
        let first = PasswordNeed.throttles(page("ann"), home, Self.limit)
        #expect(first.map(\.limit) == [Self.limit, 10 * Self.limit])
        let away = PasswordNeed.throttles(page("ann"), elsewhere, Self.limit)
        #expect(first[0] == away[0] && first[1].name != away[1].name)
        let other = PasswordNeed.throttles(page("ben"), home, Self.limit)
        #expect(first[0].name != other[0].name && first[1] == other[1])
    }

    @Test func `page and grant do not count together`() {
        for isPublic in [false, true] {
            let granted = names(grant("ann", isPublic: isPublic), home)
            #expect(granted.count == 1)
            #expect(granted.isDisjoint(with: names(page("ann"), home)))
        }
    }

    @Test func `the grant counts each client, and at a public one each network`() {
        #expect(names(grant("ann"), home) == names(grant("ann"), elsewhere))
        #expect(names(grant("ann"), home) != names(grant("ann", by: "other"), home))
        #expect(names(grant("ann"), home) != names(grant("ben"), home))
        let open = grant("ann", isPublic: true)
        #expect(names(open, home) != names(open, elsewhere))
    }

    @Test func `behind a proxy that tells no addresses only the user counts at the page`() {
        let hidden = PasswordNeed.throttles(page("ann"), nil, Self.limit)
        #expect(hidden == Array(PasswordNeed.throttles(page("ann"), home, Self.limit).prefix(1)))
        #expect(names(grant("ann", isPublic: true), nil).count == 1)
    }

    @Test func `both spellings of a name are one user's`() {
        let (composed, taken) = ("\u{e9}va", "e\u{301}va")
        #expect(names(page(composed), home) == names(page(taken), home))
        #expect(names(grant(composed), home) == names(grant(taken), home))
        let check = PasswordCheck([1], of: nil, dummyHash: "none")
        #expect(
            PasswordNeed.fingerprint(check, page(composed))
                == PasswordNeed.fingerprint(check, page(taken))
        )
    }

    /// One wrong password that is checked at once; the seconds to wait where it may not be.
    private func guess(
        _ failures: PasswordFailures,
        _ password: String,
        _ key: PasswordThrottleKey,
        _ address: InternetAddress?
    ) -> Int64? {
        let throttles = PasswordNeed.throttles(key, address, Self.limit)
        if let wait = failures.begin(throttles, now: 1000) { return wait }
        let check = PasswordCheck(Array(password.utf8), of: nil, dummyHash: "none")
        failures.end(throttles, wrong: PasswordNeed.fingerprint(check, key), now: 1000)
        return nil
    }

    @Test func `one password tried with many users is many guesses for the network`() {
        let failures = PasswordFailures()
        for user in 0..<30 {
            #expect(guess(failures, "summer", page("user \(user)"), home) == nil)
        }
        #expect(guess(failures, "summer", page("user 30"), home) == 10)
        #expect(guess(failures, "summer", page("user 30"), elsewhere) == nil)
        #expect(guess(failures, "summer", page("user 31"), nil) == nil)
    }

    @Test func `one user's old password that is repeated is no guess, at the network either`() {
        let failures = PasswordFailures()
        for _ in 0..<100 { #expect(guess(failures, "old", page("ann"), home) == nil) }
        #expect(guess(failures, "new", page("ann"), home) == nil)
        #expect(guess(failures, "newer", page("ann"), home) == nil)
        #expect(guess(failures, "newest", page("ann"), home) == 10)
    }

    @Test func `guesses at the page leave the user's grants alone, and the other way round`() {
        let failures = PasswordFailures()
        for number in 0..<3 {
            #expect(guess(failures, "guess \(number)", page("ann"), elsewhere) == nil)
        }
        #expect(guess(failures, "more", page("ann"), home) == 10)
        let granted = grant("ann")
        for number in 0..<3 {
            #expect(guess(failures, "guess \(number)", granted, elsewhere) == nil)
        }
        #expect(guess(failures, "more", granted, home) == 10)
        #expect(guess(failures, "guess", page("ben"), home) == nil)
        #expect(guess(failures, "guess", grant("ann", by: "other"), home) == nil)
    }

    @Test func `a network without tries left takes none of the user's`() {
        let failures = PasswordFailures()
        for user in 0..<30 {
            _ = guess(failures, "guess", page("user \(user)"), elsewhere)
        }
        for number in 0..<10 {
            #expect(guess(failures, "guess \(number)", page("ann"), elsewhere) == 10)
        }
        for number in 0..<3 {
            #expect(guess(failures, "guess \(number)", page("ann"), home) == nil)
        }
    }
}
