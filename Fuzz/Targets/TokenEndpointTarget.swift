// SPDX-License-Identifier: Apache-2.0
internal import OAuthTesting
internal import Text

@testable import Cryptography
@testable import HTTP
@testable import OAuth

/// The first byte chooses the peer's certificate, the second the profile; then comes the
/// Authorization header up to a line end, and the form.
///
/// Promises: a token is issued only to a client that has shown the certificate, the secret or the
/// assertion that it is registered with, by its own method, and never to one that is disabled; the
/// token says no more than the registration; a refusal writes nothing; no password is taken for
/// right before it was checked.
enum TokenEndpointTarget {
    static func test(_ input: [UInt8]) {
        guard input.count > 2, let registry = KnownClients.registry else { return }
        let parts = lines(input.dropFirst(2), countMax: 2)
        guard let body = parts.last, parts.count == 2 else { return }
        let isStrict = input[1] % 2 == 1
        let ask = Ask(
            peer: KnownClients.peer(Int(input[0])),
            authorization: parts[0].isEmpty ? .none : .one(parts[0]),
            profile: isStrict ? .fapi2 : .standard
        )
        var form = FormFields()
        do throws(FormError) { try form.parse(body.span) } catch { return }
        guard var endpoint = KnownClients.endpoint() else { return }
        let before = Array("before".utf8)
        var out = before
        let context = DecisionContext(registry: registry, profile: ask.profile, now: Fixtures.now)
        var decision = endpoint.respond(
            to: form,
            authorization: ask.authorization,
            peer: ask.peer,
            context,
            into: &out
        )
        // A password, and behind it the use of an assertion.
        for _ in 0..<2 {
            guard case .needs(let need, let continuation) = decision else { break }
            claim(out == before, "nothing is issued before a need is met")
            let met = met(need, ask)
            decision = endpoint.resume(continuation, with: met, context, into: &out)
            if case .password = met, case .issued = decision {
                claim(false, "the password was wrong")
            }
        }
        claim(out.starts(with: before), "what stood in the buffer stays there")
        switch decision {
        case .refused: claim(out == before, "a refusal writes nothing")
        case .described, .created: claim(false, "a token endpoint issues or refuses")
        case .issued: check(Array(out.dropFirst(before.count)), form, ask)
        case .needs: claim(false, "a request needs two things at most")
        }
    }

    /// No password is right, and each use is the first.
    private static func met(_ need: Need, _ ask: Ask) -> Met {
        switch need {
        case .password:
            claim(ask.peer.thumbprint == KnownClients.pinned, "its client has shown a certificate")
            return .password(matches: false)
        case .assertionUse: return .assertionUse(isFirst: true)
        case .clientKeys:
            claim(false, "no client publishes keys")
            return .unavailable
        // No grant can be found or written.
        case .stored, .grant: return .unavailable
        }
    }

    private struct Ask {
        let peer: StubPeer
        let authorization: AuthorizationHeader
        let profile: SecurityProfile
    }

    private static func check(_ body: [UInt8], _ form: borrowing FormFields, _ ask: Ask) {
        guard let answer = JSONValue(body.span), let token = answer["access_token"]?.text,
            let jws = try? CompactJWS(Array(token.utf8).span),
            let id = jws.claims["client_id"]?.text
        else { return claim(false, "an answer has a token") }
        claim(answer["token_type"]?.text == "Bearer", "it is a bearer token, or bound")
        let scopes = answer["scope"]?.text?.split(separator: " ") ?? []
        claim(scopes.allSatisfy { $0 == "read" || $0 == "write" }, "no scope is made up")
        claim(jws.claims["aud"]?.texts == ["https://api.example"], "nor an audience")
        claim(jws.claims["iss"]?.text == Fixtures.issuer, "the issuer is this one")
        claim(jws.claims["sub"]?.text == id, "a client acts for itself")
        let named = form.range(of: .clientID).map { Array(form.bytes[$0]) }
        claim(named.map { $0.elementsEqual(id.utf8) } ?? true, "`client_id` is the client's")
        let bound = jws.claims["cnf"]?["x5t#S256"]?.text
        claim(bound == nil || bound == ask.peer.thumbprint?.base64URL, "bound to the certificate")
        if ask.profile.bindsTokens { claim(bound != nil, "the profile binds") }
        claim(hasProof(id, form, ask), "\(id) has proven who it is")
    }

    private static func hasProof(_ id: String, _ form: borrowing FormFields, _ ask: Ask) -> Bool {
        func value(_ parameter: Parameter) -> [UInt8]? {
            form.range(of: parameter).map { Array(form.bytes[$0]) }
        }
        let hasHeader = if case .none = ask.authorization { false } else { true }
        let isAlone =
            !hasHeader && value(.clientSecret) == nil && value(.clientAssertion) == nil
        switch id {
        case "pinned": return isAlone && ask.peer.thumbprint == KnownClients.pinned
        case "subject":
            return isAlone && ask.peer.certificates().first == Fixtures.leaf
                && ask.peer.thumbprint == Digest256.of(Fixtures.leaf)
        case "basic":
            guard !ask.profile.bindsTokens, value(.clientSecret) == nil,
                case .one(let header) = ask.authorization
            else { return false }
            return KnownClients.isBasic(header)
        case "post":
            return !ask.profile.bindsTokens && !hasHeader && value(.clientSecret) == Fixtures.secret
        case "keys": return !hasHeader && value(.clientAssertion) == Fixtures.keyAssertion
        case "codes":
            return !ask.profile.bindsTokens && !hasHeader
                && value(.clientAssertion) == Fixtures.codeAssertion
        default: return false
        }
    }
}
