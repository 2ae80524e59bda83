// SPDX-License-Identifier: Apache-2.0
internal import Network
internal import OAuth
internal import Reactor

/// Checks passwords on workers, throttled where a user's are being guessed.
struct PasswordNeed {
    private let workers: WorkerPool
    private let failures: PasswordFailures
    private let mailbox: Mailbox<ReactorMessage>

    init(
        _ workers: WorkerPool,
        _ failures: PasswordFailures,
        _ mailbox: Mailbox<ReactorMessage>
    ) {
        self.workers = workers
        self.failures = failures
        self.mailbox = mailbox
    }

    /// Submits a password check; returns the answer at once where it is throttled or the queue is
    /// full.
    ///
    /// `limit` is how many wrong ones a user may have before checking slows down; 0 for any number.
    /// `address` is nil where that of the user is not known.
    func submit(
        _ check: PasswordCheck,
        _ key: PasswordThrottleKey?,
        _ id: ExchangeID,
        from address: InternetAddress?,
        limit: Int
    ) -> Met? {
        let throttles = Self.throttles(key, address, limit)
        let failures = failures
        if let seconds = failures.begin(throttles, now: Clock.steadySeconds) {
            let error = OAuthError(
                .slowDown,
                "too many wrong passwords for this user",
                check: .passwordFailures
            )
            return .refused(error, retryAfter: Int(seconds))
        }
        let mailbox = mailbox
        let isTaken = workers.submit {
            let matches = check.run()
            // Counted here, not when the answer is sent: a peer that has gone by then counts as
            // well.
            let isRight = matches && check.user?.isEnabled == true
            let wrong = isRight ? nil : Self.fingerprint(check, key)
            failures.end(throttles, wrong: wrong, now: Clock.steadySeconds)
            mailbox.post(.met(id, .password(matches: matches)))
        }
        guard !isTaken else { return nil }
        failures.end(throttles, wrong: nil, now: Clock.steadySeconds)
        let error = OAuthError(
            .temporarilyUnavailable,
            "too many requests are waiting",
            check: .workers
        )
        return .refused(error, retryAfter: 1)
    }

    /// The counts that an attempt adds to, each with its limit; names are hashes.
    ///
    /// The sign-in page counts a network too, with a higher limit, since a household or an office
    /// shares one: else one guess for each of many users would cost nothing. Behind a proxy that
    /// does not tell addresses all the world has one, and anybody could keep all users out: there
    /// no network counts.
    static func throttles(
        _ key: PasswordThrottleKey?,
        _ address: InternetAddress?,
        _ limit: Int
    ) -> [PasswordFailures.Throttle] {
        var hasher = Hasher()
        hasher.combine(key)
        switch key {
        case .signIn:
            let user = PasswordFailures.Throttle(name: hasher.finalize(), limit: limit)
            guard let address else { return [user] }
            var hasher = Hasher()
            hasher.combine("sign-in")
            hasher.combine(network(address))
            let all = PasswordFailures.Throttle(
                name: hasher.finalize(),
                limit: limit * networkFactor
            )
            return [user, all]
        case .grant(_, _, isOfPublicClient: false): break
        case .grant, nil: hasher.combine(address.map(network))
        }
        return [PasswordFailures.Throttle(name: hasher.finalize(), limit: limit)]
    }

    /// A hash that tells attempts apart: one password for two users is two guesses.
    static func fingerprint(_ check: PasswordCheck, _ key: PasswordThrottleKey?) -> Int {
        var hasher = Hasher()
        hasher.combine(key)
        hasher.combine(check.fingerprint)
        return hasher.finalize()
    }

    /// How many users of one network may mistype their passwords at the same time.
    private static let networkFactor = 10

    /// The network by which attempts are throttled: an IPv4 address, or the first 56 bits of an
    /// IPv6 address, as many as one household gets.
    static func network(_ address: InternetAddress) -> UInt128 {
        switch address.unmapped {
        case .version4: address.number
        case .version6(let number): number >> 72
        }
    }
}
