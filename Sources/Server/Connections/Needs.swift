// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import OAuth
internal import Reactor
internal import Serving
internal import TLS

/// Requests whose decision needs something of another thread.
extension ReactorService {
    /// Has a need met: the request waits, or goes on where the answer is known at once.
    ///
    /// `request` are its bytes, for a need after which it is decided once more.
    func park(
        _ need: Need,
        _ continuation: Continuation,
        _ request: Span<UInt8>,
        _ connection: Connection
    ) {
        let number = connection.exchange.number
        let id = ExchangeID(connection: connection.token, number: number)
        let met: Met?
        var kept: [UInt8] = []
        switch need {
        case .password(let check):
            met = submit(check, continuation.throttleKey, id, from: connection.peerAddress)
        case .clientKeys(let client):
            met = ask(for: client, id)
            if met == nil { kept = [UInt8](copying: request) }
        case .assertionUse(let use): met = write(use, id)
        }
        if let met { return resume(continuation, with: met, connection) }
        connection.exchange.park(continuation, kept)
        connection.phase = .deciding
        let started = connection.framing.requestStarted ?? reactor.now
        setDeadline(of: connection, at: started + settings.limits.request)
    }

    /// Another thread has answered: the request goes on where it stopped, and what came in behind
    /// it after that.
    func receive(_ met: Met, for id: ExchangeID) {
        guard let connection = connections[id.connection], case .deciding = connection.phase,
            let parked = connection.exchange.take(id.number)
        else { return }
        connection.phase = .reading
        if case .again = parked.continuation, case .clientKeys = met {
            return decideAgain(parked.request, connection)
        }
        resume(parked.continuation, with: met, connection)
        // The decision may need something else now.
        if case .deciding = connection.phase { return }
        answered(connection)
    }

    /// Answers a request whose need was not met in a request's time, and ends the connection: what
    /// came in behind it has waited as long.
    func giveUp(_ connection: Connection) {
        guard let parked = connection.exchange.take(connection.exchange.number) else {
            return end(connection)
        }
        connection.phase = .reading
        connection.framing.response.keepsAlive = false
        resume(parked.continuation, with: Self.notMet(parked.continuation), connection)
        requestEnded(connection)
        write(connection)
        flush(connection)
    }

    private static func notMet(_ continuation: Continuation) -> Met {
        switch continuation {
        // The keys that are known have decided.
        case .again: .unavailable
        case .password: .refused(tooLate(.workers), retryAfter: 5)
        case .answer: .refused(tooLate(.assertionNotKept), retryAfter: 5)
        }
    }

    private static func tooLate(_ check: Check) -> OAuthError {
        OAuthError(.temporarilyUnavailable, "the request took too long", check: check)
    }

    private func resume(
        _ continuation: Continuation,
        with met: Met,
        _ connection: Connection
    ) {
        content.removeAll(keepingCapacity: true)
        // Taken out while the endpoint writes into it: two accesses to one property would overlap.
        var body = content
        content = []
        let context = context(of: connection, now: clock.seconds)
        let decision = endpoint.resume(continuation, with: met, context, into: &body)
        content = body
        // Its bytes are another request's by now.
        let none: [UInt8] = []
        conclude(decision, none.span, connection)
    }

    /// What a decision about the connection's current request is made against.
    func context(of connection: Connection, now: Int64) -> DecisionContext {
        DecisionContext(
            registry: registry,
            profile: settings.profiles[connection.listener],
            now: now,
            hasWaitedForKeys: connection.exchange.hasWaitedForKeys
        )
    }

    /// Sends the answer of a request that was parked, and goes on with what came in behind it.
    private func answered(_ connection: Connection) {
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
}
