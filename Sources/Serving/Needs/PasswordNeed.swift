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
    func submit(
        _ check: PasswordCheck,
        _ key: PasswordThrottleKey?,
        _ id: ExchangeID,
        from address: InternetAddress,
        limit: Int
    ) -> Met? {
        let name = Self.name(key, address)
        let failures = failures
        if let seconds = failures.begin(name, limit: limit, now: Clock.steadySeconds) {
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
            let wrong = isRight ? nil : check.fingerprint
            failures.end(name, wrong: wrong, limit: limit, now: Clock.steadySeconds)
            mailbox.post(.met(id, .password(matches: matches)))
        }
        guard !isTaken else { return nil }
        failures.end(name, wrong: nil, limit: limit, now: Clock.steadySeconds)
        let error = OAuthError(
            .temporarilyUnavailable,
            "too many requests are waiting",
            check: .workers
        )
        return .refused(error, retryAfter: 1)
    }

    /// Hashes a throttle's key; a public client needs no credential, so that there the network
    /// counts too.
    private static func name(_ key: PasswordThrottleKey?, _ address: InternetAddress) -> Int {
        var hasher = Hasher()
        hasher.combine(key)
        if key?.isOfPublicClient ?? true { hasher.combine(network(address)) }
        return hasher.finalize()
    }

    /// The network by which attempts are throttled: an IPv4 address, or the first 56 bits of an
    /// IPv6 address, as many as one household gets.
    static func network(_ address: InternetAddress) -> UInt128 {
        switch address.unmapped {
        case .version4: address.number
        case .version6(let number): number >> 72
        }
    }
}
