// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import Testing

@testable import OAuth

/// A token endpoint with a registry and a key, asked in one line.
final class TokenDesk {
    /// What an answer came to.
    enum Answer {
        case issued(TokenResponse)
        case refused(Refusal)
        case needs(Need, Continuation)

        var error: OAuthError? { refusal?.error }

        var refusal: Refusal? {
            if case .refused(let refusal) = self { refusal } else { nil }
        }

        /// The password that has to be checked, with where the decision goes on then.
        var check: Waiting? {
            guard case .needs(.password(let check), let continuation) = self else { return nil }
            return Waiting(check: check, continuation: continuation)
        }

        /// Where the decision goes on, whatever it needs.
        var continuation: Continuation? {
            if case .needs(_, let continuation) = self { continuation } else { nil }
        }
    }

    /// A decision that waits for a password.
    struct Waiting {
        let check: PasswordCheck
        let continuation: Continuation

        func run() -> Bool { check.run() }
    }

    /// An answer that a token endpoint never gives.
    struct Unexpected: Error {}

    var registry: Registry
    let keys: SigningKeys
    let sealing: SealingKeys
    /// For the other questions that a desk may be asked.
    var endpoint: TokenEndpoint

    /// `decoy` is no hash at all: no password has it, and checking one against it costs nothing.
    init(
        _ registry: Registry,
        keys: SigningKeys? = nil,
        sealing: SealingKeys = SealingKeys([]),
        settings: IssuerSettings = settings,
        decoy: String = "none",
        replays: any ReplayMemory = ForgetfulMemory()
    ) throws {
        self.registry = registry
        self.keys = try keys ?? SigningKeys([signingKey()])
        self.sealing = sealing
        let all = TokenKeys(signing: self.keys, sealing: sealing)
        endpoint = TokenEndpoint(settings, keys: all, decoy: decoy, replays: replays)
    }

    /// Takes over other keys of one kind or both; the others stay.
    func use(_ signing: SigningKeys? = nil, sealing: SealingKeys? = nil) {
        endpoint.use(TokenKeys(signing: signing ?? keys, sealing: sealing ?? self.sealing))
    }

    func use(_ settings: IssuerSettings) {
        endpoint.use(settings, decoy: "none")
    }

    func ask(
        _ body: String,
        authorization: AuthorizationHeader = .none,
        peer: StubPeer = StubPeer(thumbprint(1)),
        now: Int64 = noon,
        hasWaitedForKeys: Bool = false
    ) throws -> Answer {
        var out = TokenDesk.before
        let context = DecisionContext(
            registry: registry,
            now: now,
            hasWaitedForKeys: hasWaitedForKeys
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

    func finish(_ waiting: Waiting, matches: Bool, now: Int64 = noon) throws -> Answer {
        try resume(waiting.continuation, with: .password(matches: matches), now: now)
    }

    func resume(
        _ continuation: Continuation,
        with met: Met,
        now: Int64 = noon
    ) throws -> Answer {
        var out = TokenDesk.before
        let context = DecisionContext(registry: registry, now: now)
        let decision = endpoint.resume(continuation, with: met, context, into: &out)
        return try answer(decision, out)
    }

    /// The text of the token that must have been issued, whatever its form.
    func text(
        _ body: String = "grant_type=client_credentials&client_id=app",
        peer: StubPeer = StubPeer(thumbprint(1)),
        now: Int64 = noon
    ) throws -> String {
        try #require(try ask(body, peer: peer, now: now).response).accessToken
    }

    /// The token that must have been issued.
    func token(
        _ body: String = "grant_type=client_credentials&client_id=app",
        peer: StubPeer = StubPeer(thumbprint(1)),
        now: Int64 = noon
    ) throws -> AccessToken {
        try #require(try ask(body, peer: peer, now: now).token)
    }

    /// Stands in the buffer before the answer, as a response's head does.
    static let before = Array("HTTP/1.1 200 OK\r\n\r\n".utf8)

    private func answer(_ decision: Decision, _ out: [UInt8]) throws -> Answer {
        #expect(out.starts(with: Self.before))
        let body = out.dropFirst(Self.before.count)
        switch decision {
        case .issued:
            return .issued(try JSONDecoder().decode(TokenResponse.self, from: Data(body)))
        case .described:
            throw Unexpected()
        case .refused(let refusal):
            #expect(body.isEmpty, "a refusal must leave nothing in the buffer")
            return .refused(refusal)
        case .needs(let need, let continuation):
            #expect(body.isEmpty, "nothing is issued before the need is met")
            return .needs(need, continuation)
        }
    }
}

extension TokenDesk.Answer {
    var response: TokenResponse? {
        if case .issued(let response) = self { response } else { nil }
    }

    var token: AccessToken? {
        response.flatMap { try? AccessToken($0.accessToken) }
    }
}

/// The body of a successful answer (RFC 6749 §5.1).
struct TokenResponse: Decodable {
    let accessToken: String
    let tokenType: String
    let expiresIn: Int
    let scope: String?

    enum CodingKeys: String, CodingKey {
        case accessToken = "access_token"
        case tokenType = "token_type"
        case expiresIn = "expires_in"
        case scope
    }
}
