// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import OAuth
internal import Reactor

/// Answers that wait until the use of an assertion is durable (RFC 7523 §3, `jti`).
extension ReactorService {
    /// Keeps an answer back until `use` is in the store.
    ///
    /// The answer is made before, so that the signature is not verified twice; no byte of it leaves
    /// when the store refuses.
    func hold(_ outcome: TokenOutcome, _ use: AssertionUse, _ connection: Connection) {
        guard uses.write(use, mailbox, for: connection.token) else {
            let error = OAuthError(
                .temporarilyUnavailable,
                "too many requests are waiting",
                check: .assertionQueue
            )
            return refuse(connection, error, retryAfter: 1)
        }
        connection.held = HeldAnswer(outcome, content, of: use.client, counting: endpoint.issued)
        park(connection)
    }

    /// Sends the answers of uses that are durable, and refuses the others.
    func release(_ answers: [UsedAssertionWriter.Answer]) {
        for answer in answers {
            guard let connection = connections[answer.connection],
                case .deciding = connection.phase, let held = connection.held
            else { continue }
            connection.held = nil
            release(held, answer.outcome, connection)
        }
    }

    private func release(
        _ held: HeldAnswer,
        _ outcome: UsedAssertionWriter.Outcome,
        _ connection: Connection
    ) {
        connection.phase = .reading
        // The form is another request's by now.
        form.clear()
        finishingClientID = held.client.id
        switch outcome {
        case .kept where !isCurrent(held.client):
            refuse(connection, .invalidClient(.clientChanged))
        case .kept:
            content = held.content
            conclude(held.outcome, connection, issued: held.issued)
        case .repeated: refuse(connection, .invalidClient(.assertionRepeated))
        case .failed:
            let error = OAuthError(
                .temporarilyUnavailable,
                "the request cannot be recorded",
                check: .assertionNotKept
            )
            refuse(connection, error, retryAfter: 5)
        }
        // Requests behind this one may be another client's.
        finishingClientID = nil
        // A password has to be checked now.
        if case .deciding = connection.phase { return }
        answered(connection)
    }

    /// Whether the registration still holds: the store may have been slow, and a client that was
    /// disabled meanwhile gets nothing.
    private func isCurrent(_ client: Client) -> Bool {
        let id = client.id
        // The emergency switch sets a flag on the same object (SwitchedOffClients).
        return client.isEnabled && registry.clients.client(id.span) === client
    }
}

/// An answer that must not leave yet.
final class HeldAnswer {
    let outcome: TokenOutcome
    let content: [UInt8]
    let client: Client
    /// For the metrics: by the time it leaves, the reactor has issued other tokens.
    let issued: IssuedToken

    init(
        _ outcome: TokenOutcome,
        _ content: [UInt8],
        of client: Client,
        counting issued: IssuedToken
    ) {
        self.outcome = outcome
        self.content = content
        self.client = client
        self.issued = issued
    }
}
