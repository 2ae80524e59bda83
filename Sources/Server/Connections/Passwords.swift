// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Network
internal import OAuth
internal import Reactor
internal import TLS

/// Requests that wait for a password to be checked, off the reactor.
extension ReactorService {
    func hand(_ check: PasswordCheck, to connection: Connection) {
        let name = name(check, connection)
        let most = settings.passwordFailuresMax
        let failures = passwordFailures
        if let seconds = failures.begin(name, most: most, now: Clock.steadySeconds) {
            let error = OAuthError(
                .slowDown,
                "too many wrong passwords for this user",
                check: .passwordFailures
            )
            return refuse(connection, error, retryAfter: Int(seconds))
        }
        let mailbox = mailbox
        let token = connection.token
        let taken = workers.submit {
            let matches = check.run()
            // Here, and not when the answer is sent: a peer that has gone by then counts as well.
            let wrong = matches && check.isOfEnabledUser ? nil : check.fingerprint
            failures.end(name, wrong: wrong, most: most, now: Clock.steadySeconds)
            mailbox.post(.passwordChecked(token, check, matches: matches))
        }
        guard taken else {
            failures.end(name, wrong: nil, most: most, now: Clock.steadySeconds)
            let error = OAuthError(
                .temporarilyUnavailable,
                "too many requests are waiting",
                check: .workers
            )
            return refuse(connection, error, retryAfter: 1)
        }
        park(connection)
    }

    /// A worker has answered: the request goes on where it stopped, and what came in behind it
    /// after that.
    func finish(_ connection: Connection, _ check: PasswordCheck, matches: Bool) {
        connection.phase = .reading
        // The form is another request's by now.
        form.clear()
        finishingClientID = check.clientID
        var body = content
        content = []
        body.removeAll(keepingCapacity: true)
        let outcome = endpoint.finish(
            check,
            matches: matches,
            registry: registry,
            now: Clock.epochSeconds,
            into: &body
        )
        content = body
        conclude(outcome, connection)
        // Requests behind this one may be another client's.
        finishingClientID = nil
        answered(connection)
    }

    /// Sends the answer of a request that was parked, and goes on with what came in behind it.
    func answered(_ connection: Connection) {
        requestEnded(connection)
        write(connection)
        // Requests may wait decrypted, or still in OpenSSL's buffer where epoll does not see them.
        if case .reading = connection.phase,
            !connection.framing.unread.isEmpty || connection.tls.mayHaveMore
        {
            goOn(connection)
        } else {
            flush(connection)
        }
    }

    /// Whose wrong passwords are counted together: those for one user through one client.
    ///
    /// So nobody slows a user down who comes through another client. As a public client anybody can
    /// come: there it is those from one network as well. The name is hashed as a `String`, since
    /// users are found by the equality of strings: `é` has two spellings, and is one user's.
    private func name(_ check: PasswordCheck, _ connection: Connection) -> Int {
        var hasher = Hasher()
        hasher.combine(check.clientID)
        hasher.combine(check.username)
        if check.isOfPublicClient { hasher.combine(Self.network(connection.peerAddress)) }
        return hasher.finalize()
    }

    /// What one guesser has: an address or, of version 6, the 56 bits that a household gets.
    static func network(_ address: InternetAddress) -> UInt128 {
        switch address.unmapped {
        case .version4: address.number
        case .version6(let number): number >> 72
        }
    }
}
