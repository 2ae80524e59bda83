// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Network
internal import OAuth

/// Meets the needs of decisions on other threads; answers come back through the mailbox as `.met`.
///
/// The request is parked meanwhile, and found again by its `ExchangeID`.
struct Needs {
    private let passwords: PasswordNeed
    private let keys: KeyNeed
    private let assertions: AssertionNeed
    private let grants: GrantNeed

    init(_ start: ReactorStart) {
        passwords = PasswordNeed(start.workers, start.throttles.passwords, start.mailbox)
        keys = KeyNeed(start.requestKeys, start.mailbox)
        assertions = AssertionNeed(start.uses, start.mailbox)
        grants = GrantNeed(start.grants, start.mailbox)
    }

    /// Has the need of a session's request met, and parks it until then: nil where the answer comes
    /// later, at once the answer where it is known.
    ///
    /// `request` are the request's bytes, for a need after which it is decided once more.
    func meet(
        _ need: Need,
        _ continuation: Continuation,
        _ request: Span<UInt8>,
        _ session: HTTP1Session,
        passwordFailuresMax: Int
    ) -> Met? {
        let met = submit(
            need,
            continuation.throttleKey,
            for: ExchangeID(connection: session.token, number: session.exchange.number),
            from: session.userAddress,
            passwordFailuresMax: passwordFailuresMax
        )
        if let met { return met }
        var kept: [UInt8] = []
        if case .clientKeys = need { kept = [UInt8](copying: request) }
        session.exchange.park(continuation, kept)
        return nil
    }

    /// Has a need met for a request: nil where the answer comes later, at once the answer where it
    /// is known.
    ///
    /// - Parameters:
    ///   - key: whose wrong passwords count together.
    ///   - address: where the request comes from; nil where that is not known.
    ///   - passwordFailuresMax: wrong passwords that a user may have; 0 for any number.
    private func submit(
        _ need: Need,
        _ key: PasswordThrottleKey?,
        for id: ExchangeID,
        from address: InternetAddress?,
        passwordFailuresMax: Int
    ) -> Met? {
        switch need {
        case .password(let check):
            passwords.submit(check, key, id, from: address, limit: passwordFailuresMax)
        case .clientKeys(let client): keys.submit(.client(client.text), .clientKeys, id)
        case .issuerKeys(let name): keys.submit(.issuer(name), .issuerKeys, id)
        case .assertionUse(let use): assertions.submit(use, id)
        case .stored(let key): grants.submit(key, id)
        case .grant(let write): grants.submit(.grant(write), id)
        case .audit(let impersonation): grants.submit(.audit(impersonation), id)
        }
    }

    /// The answer to a need that was not met in time.
    static func unmet(_ continuation: Continuation) -> Met {
        switch continuation {
        // The decision was made by the known keys.
        case .again, .bearer, .exchange: .unavailable
        case .password: .refused(tooLate(.workers), retryAfter: 5)
        case .answer: .refused(tooLate(.assertionNotKept), retryAfter: 5)
        // Continuations about grants: `.grantNotKept`. The change may be durable all the same.
        case .page(let page) where page.checksPassword:
            .refused(tooLate(.workers), retryAfter: 5)
        case .stored, .written, .page: .refused(tooLate(.grantNotKept), retryAfter: 5)
        }
    }

    private static func tooLate(_ check: Check) -> OAuthError {
        OAuthError(.temporarilyUnavailable, "the request took too long", check: check)
    }
}
