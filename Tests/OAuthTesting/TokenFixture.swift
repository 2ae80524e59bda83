// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
internal import HTTP
package import OAuth
internal import Storage

/// A token endpoint with a registry and a key, asked in one line.
package final class TokenFixture {
    /// The kind of answer.
    package enum Answer {
        /// A token.
        case issued(TokenResponse)
        /// An error.
        case refused(RefusedRequest)
        /// A decision that goes on when the need is met.
        case needs(Need, Continuation)
        /// The body of an introspection or a revocation.
        case described(String)

        /// The body of an answer with a token.
        package var response: TokenResponse? {
            if case .issued(let response) = self { response } else { nil }
        }

        /// The error of a refusal.
        package var error: OAuthError? { refused?.error }

        /// The refusal, with what a log may know of it.
        package var refused: RefusedRequest? {
            if case .refused(let refused) = self { refused } else { nil }
        }

        /// The password that has to be checked, with where the decision goes on then.
        package var check: Waiting? {
            guard case .needs(.password(let check), let continuation) = self else { return nil }
            return Waiting(check: check, continuation: continuation)
        }

        /// Where the decision goes on, whatever it needs.
        package var continuation: Continuation? {
            if case .needs(_, let continuation) = self { continuation } else { nil }
        }
    }

    /// A decision that waits for a password.
    package struct Waiting {
        /// The password to hash and compare.
        package let check: PasswordCheck
        /// Where the decision goes on.
        package let continuation: Continuation

        /// Hashes and compares: whether the password is right.
        package func run() -> Bool { check.run() }
    }

    /// An answer that the test did not expect.
    package enum Unexpected: Error {
        /// The answer to another question.
        case answer
        /// A refusal, where a token must be issued.
        case noToken
        /// Other bytes in the buffer than stood there before the answer.
        case overwrittenBuffer
        /// Bytes in the buffer of a decision that has none.
        case strayBytes
    }

    /// The registry that decisions are made by; another one counts from then on.
    package var registry: Registry
    /// The keys that sign.
    package let keys: SigningKeys
    /// The keys that seal.
    package let sealing: SealingKeys
    /// The grants by which `settle` meets needs.
    package let grants: MemoryGrants
    /// For the other questions that an endpoint may be asked.
    package var endpoint: TokenEndpoint

    /// Makes an endpoint with fresh keys unless some are given.
    ///
    /// `dummyPasswordHash` is not a hash: it matches no password, and checking one costs nothing.
    package init(
        _ registry: Registry,
        keys: SigningKeys? = nil,
        sealing: SealingKeys = SealingKeys([]),
        settings: IssuerSettings = settings,
        dummyPasswordHash: String = "none",
        replays: any ReplayMemory = ForgetfulMemory(),
        grants: MemoryGrants = MemoryGrants(),
        recent: any RecentGrants = NoRecentGrants()
    ) throws {
        self.registry = registry
        self.grants = grants
        self.keys = try keys ?? SigningKeys([signingKey()])
        self.sealing = sealing
        let all = TokenKeys(signing: self.keys, sealing: sealing)
        endpoint = TokenEndpoint(
            settings,
            keys: all,
            dummyPasswordHash: dummyPasswordHash,
            replays: replays,
            revocations: grants,
            recent: recent
        )
    }

    /// Takes over other keys of one kind or both; the others stay.
    package func use(_ signing: SigningKeys? = nil, sealing: SealingKeys? = nil) {
        endpoint.use(TokenKeys(signing: signing ?? keys, sealing: sealing ?? self.sealing))
    }

    /// Takes over other settings.
    package func use(_ settings: IssuerSettings) {
        endpoint.use(settings, dummyPasswordHash: "none")
    }

    /// Asks for a token.
    package func ask(
        _ body: String,
        authorization: AuthorizationHeader = .none,
        peer: StubPeer = StubPeer(thumbprint(1)),
        now: Int64 = noon,
        hasWaitedForKeys: Bool = false,
        profile: SecurityProfile = .standard,
        altered alteration: TokenAlteration = .none,
        clientRate: RequestRate? = nil,
        uptime: UInt64 = 0
    ) throws -> Answer {
        var out = TokenFixture.before
        let context = DecisionContext(
            registry: registry,
            profile: profile,
            now: now,
            hasWaitedForKeys: hasWaitedForKeys,
            alteration: alteration,
            clientRate: clientRate,
            uptime: uptime
        )
        let decision = endpoint.respond(
            to: try form(body),
            authorization: authorization,
            peer: peer,
            context,
            into: &out
        )
        return try answer(decision, out)
    }

    /// Asks for a revocation.
    package func revoke(
        _ body: String,
        authorization: AuthorizationHeader = .none,
        peer: StubPeer = StubPeer(thumbprint(1)),
        now: Int64 = noon
    ) throws -> Answer {
        var out = TokenFixture.before
        let decision = endpoint.revoke(
            try form(body),
            authorization: authorization,
            peer: peer,
            DecisionContext(registry: registry, now: now),
            into: &out
        )
        return try answer(decision, out)
    }

    /// Meets needs by `grants` until there are none; a password is right if `matches` says so.
    package func settle(
        _ answer: Answer,
        matches: Bool = true,
        now: Int64 = noon
    ) throws -> Answer {
        var answer = answer
        while let next = try step(answer, matches: matches, now: now) { answer = next }
        return answer
    }

    /// Meets one need; nil where there is none.
    package func step(
        _ answer: Answer,
        matches: Bool = true,
        now: Int64 = noon
    ) throws -> Answer? {
        guard case .needs(let need, let continuation) = answer else { return nil }
        let met: Met? =
            switch need {
            case .password: .password(matches: matches)
            case .assertionUse: .assertionUse(isFirst: true)
            case .stored(let key): try grants.find([key]).first.map { .stored($0) }
            case .grant(let write): try grants.perform([write]).first.map { .grant($0) }
            case .audit(let row): try audited(row)
            case .clientKeys, .issuerKeys: .unavailable
            }
        guard let met else { throw Unexpected.answer }
        return try resume(continuation, with: met, now: now)
    }

    private func audited(_ row: Impersonation) throws -> Met {
        try grants.record([row], at: noon)
        return .grant(.done)
    }

    /// Goes on with whether the password is right.
    package func finish(_ waiting: Waiting, matches: Bool, now: Int64 = noon) throws -> Answer {
        try resume(waiting.continuation, with: .password(matches: matches), now: now)
    }

    /// Goes on with what has met the need.
    package func resume(
        _ continuation: Continuation,
        with met: Met,
        now: Int64 = noon
    ) throws -> Answer {
        let (decision, out) = resumed(continuation, with: met, now: now)
        return try answer(decision, out)
    }

    /// The decision when the need is met, and the buffer that it has written to.
    package func resumed(
        _ continuation: Continuation,
        with met: Met,
        now: Int64
    ) -> (Decision, [UInt8]) {
        var out = TokenFixture.before
        let context = DecisionContext(registry: registry, now: now)
        return (endpoint.resume(continuation, with: met, context, into: &out), out)
    }

    /// The text of the token that must have been issued, whatever its form.
    package func text(
        _ body: String = "grant_type=client_credentials&client_id=app",
        peer: StubPeer = StubPeer(thumbprint(1)),
        now: Int64 = noon,
        altered alteration: TokenAlteration = .none
    ) throws -> String {
        guard
            let response = try ask(body, peer: peer, now: now, altered: alteration).response
        else {
            throw Unexpected.noToken
        }
        return response.accessToken
    }

    /// Stands in the buffer before the answer, as a response's head does.
    package static let before = Array("HTTP/1.1 200 OK\r\n\r\n".utf8)

    /// The body that an endpoint has written behind `before`, which must stay.
    private static func body(of out: [UInt8]) throws -> ArraySlice<UInt8> {
        guard out.starts(with: before) else { throw Unexpected.overwrittenBuffer }
        return out.dropFirst(before.count)
    }

    private func answer(_ decision: Decision, _ out: [UInt8]) throws -> Answer {
        let body = try Self.body(of: out)
        switch decision {
        case .issued:
            return .issued(try JSONDecoder().decode(TokenResponse.self, from: Data(body)))
        case .described, .created:
            return .described(String(decoding: body, as: UTF8.self))
        case .refused(let refused):
            guard body.isEmpty else { throw Unexpected.strayBytes }
            return .refused(refused)
        case .needs(let need, let continuation):
            guard body.isEmpty else { throw Unexpected.strayBytes }
            return .needs(need, continuation)
        }
    }
}

/// The body of a successful answer (RFC 6749 §5.1).
package struct TokenResponse: Decodable {
    /// `access_token`.
    package let accessToken: String
    /// `token_type`.
    package let tokenType: String
    /// `expires_in`.
    package let expiresIn: Int
    /// `scope`; nil where the answer has none.
    package let scope: String?
    /// `refresh_token`; nil where the answer has none.
    package let refreshToken: String?
    /// `issued_token_type`; nil where the answer has none.
    package let issuedTokenType: String?

    private enum CodingKeys: String, CodingKey {
        case accessToken = "access_token"
        case tokenType = "token_type"
        case expiresIn = "expires_in"
        case scope
        case refreshToken = "refresh_token"
        case issuedTokenType = "issued_token_type"
    }
}
