internal import Cryptography
internal import HTTP
internal import OAuth
internal import Reactor
internal import TLS

/// Requests that wait for a password to be checked, off the reactor.
extension ReactorService {
    func hand(_ check: PasswordCheck, to connection: Connection) {
        if let seconds = passwordFailures.secondsToWait(
            name(check, connection),
            most: settings.passwordFailuresMax,
            now: Self.steadySeconds
        ) {
            let error = OAuthError(
                .slowDown,
                "too many wrong passwords for this user",
                check: "password-failures"
            )
            return refuse(connection, error, retryAfter: Int(seconds))
        }
        let mailbox = mailbox
        let token = connection.token
        let taken = workers.submit {
            mailbox.post(.passwordChecked(token, check, matches: check.run()))
        }
        guard taken else {
            let error = OAuthError(
                .temporarilyUnavailable,
                "too many requests are waiting",
                check: "workers"
            )
            return refuse(connection, error, retryAfter: 1)
        }
        connection.phase = .deciding
        let started = connection.requestStarted ?? reactor.now
        setDeadline(of: connection, at: started + settings.limits.request)
    }

    /// A worker has answered: the request goes on where it stopped, and what came in behind it
    /// after that.
    func finish(_ connection: Connection, _ check: PasswordCheck, matches: Bool) {
        connection.phase = .reading
        // The form is another request's by now.
        form.clear()
        finishingClientID = check.clientID
        defer { finishingClientID = nil }
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
        count(outcome, name(check, connection))
        conclude(outcome, connection)
        requestEnded(connection)
        write(connection)
        // Requests may wait decrypted, or still in OpenSSL's buffer where epoll does not see them.
        if case .reading = connection.phase,
            !connection.unread.isEmpty || connection.tls.mayHaveMore
        {
            goOn(connection)
        } else {
            flush(connection)
        }
    }

    private func count(_ outcome: TokenOutcome, _ name: Digest256) {
        switch outcome {
        case .issued: passwordFailures.clear(name)
        case .refused(let error) where error.code == .invalidGrant:
            passwordFailures.count(name, now: Self.steadySeconds)
        default: break
        }
    }

    private static var steadySeconds: Int64 { Int64(Clock.milliseconds / 1000) }

    /// Whose wrong passwords are counted together: those for one user through one client.
    ///
    /// So nobody slows a user down who comes through another client. As a public client anybody can
    /// come: there it is those from one network as well, an address or, of version 6, 64 bits.
    private func name(_ check: PasswordCheck, _ connection: Connection) -> Digest256 {
        var network: UInt128 = 0
        if check.isOfPublicClient {
            switch InternetAddress(connection.peer) {
            case .version4(let address): network = UInt128(address)
            case .version6(let address): network = address >> 64
            case nil: break
            }
        }
        let client = String(decoding: check.clientID, as: UTF8.self)
        return Digest256.of(Array("\(client)\0\(check.username)\0\(network)".utf8))
    }
}
