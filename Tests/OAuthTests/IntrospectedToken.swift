// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import OAuthTesting
import Testing

@testable import OAuth

/// An introspection response (RFC 7662 §2.2, RFC 8705 §3.2).
struct IntrospectedToken: Decodable {
    let active: Bool
    let tokenType: String
    let clientID: String
    let sub: String
    let scope: String?
    let iss: String
    let aud: Audience
    let iat: Int64
    let exp: Int64
    let jti: String
    let cnf: AccessToken.Claims.Confirmation?

    enum CodingKeys: String, CodingKey {
        case active, sub, scope, iss, aud, iat, exp, jti, cnf
        case tokenType = "token_type"
        case clientID = "client_id"
    }
}

/// The answer of the introspection endpoint.
enum IntrospectionAnswer {
    /// The body, byte for byte.
    case described(String)
    case refused(OAuthError)
    case needs(Need, Continuation)

    /// The one answer for every token that is not good, or not the caller's to know of.
    static let inactive = #"{"active":false}"#

    var error: OAuthError? {
        if case .refused(let error) = self { error } else { nil }
    }

    var isInactive: Bool {
        if case .described(Self.inactive) = self { true } else { false }
    }

    /// The response for an active token.
    var content: IntrospectedToken? {
        guard case .described(let body) = self,
            let content = try? JSONDecoder().decode(IntrospectedToken.self, from: Data(body.utf8)),
            content.active
        else { return nil }
        return content
    }
}

extension TokenFixture {
    /// Asks what a token is.
    func introspect(
        _ body: String,
        authorization: AuthorizationHeader = .none,
        peer: StubPeer = StubPeer(thumbprint(1)),
        now: Int64 = noon,
        as form: IntrospectionForm = .json
    ) throws -> IntrospectionAnswer {
        var out = Self.before
        let decision = endpoint.introspect(
            try OAuthTesting.form(body),
            authorization: authorization,
            peer: peer,
            DecisionContext(registry: registry, now: now),
            as: form,
            into: &out
        )
        return try introspection(decision, out)
    }

    /// Goes on with an introspection whose need was met.
    func resumeIntrospection(
        _ continuation: Continuation,
        with met: Met,
        now: Int64 = noon
    ) throws -> IntrospectionAnswer {
        let (decision, out) = resumed(continuation, with: met, now: now)
        return try introspection(decision, out)
    }

    private func introspection(
        _ decision: Decision,
        _ out: [UInt8]
    ) throws -> IntrospectionAnswer {
        #expect(out.starts(with: Self.before))
        let body = out.dropFirst(Self.before.count)
        switch decision {
        case .described, .created: return .described(String(decoding: body, as: UTF8.self))
        case .refused(let refused):
            #expect(body.isEmpty, "a refusal must leave nothing in the buffer")
            return .refused(refused.error)
        case .needs(let need, let continuation):
            #expect(body.isEmpty, "nothing is said before the need is met")
            return .needs(need, continuation)
        case .issued: throw Unexpected.answer
        }
    }
}
