// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Text

/// A request for another token (RFC 8693 §2.1) as it was sent.
struct ExchangeForm: Sendable {
    /// A token with its type.
    struct Token: Sendable {
        let text: [UInt8]
        let type: TokenType
    }

    let subject: Token
    /// nil where the caller is the actor.
    let actor: Token?
    /// `issued_token_type` of the answer.
    let issuedType: TokenType
    /// `scope`; nil for that of the subject token.
    let scope: [UInt8]?
    /// `audience` and `resource`, each once; empty for none.
    let targets: [String]
    /// The certificate of the connection.
    let thumbprint: Digest256?

    /// Reads the parameters; throws for one that is missing or not supported.
    init(_ form: borrowing FormFields, _ peer: some Peer) throws(OAuthError) {
        guard let subject = try Self.token("subject_token", form) else {
            throw .invalidRequest("subject_token is missing", check: .exchangeParameters)
        }
        self.subject = subject
        actor = try Self.token("actor_token", form)
        issuedType = try Self.type("requested_token_type", form) ?? .accessToken
        scope = form.range(of: .scope).map { Array(form.bytes[$0]) }
        targets = Self.targets(form)
        thumbprint = peer.bindingThumbprint
    }

    /// RFC 8693 §2.1: a token and its type go together.
    private static func token(
        _ name: String,
        _ form: borrowing FormFields
    ) throws(OAuthError) -> Token? {
        let type = try type(name + "_type", form)
        switch (form.range(named: name), type) {
        case (let range?, let type?): return Token(text: Array(form.bytes[range]), type: type)
        case (nil, nil): return nil
        default:
            throw .invalidRequest("a token and its type go together", check: .exchangeParameters)
        }
    }

    /// The type that a parameter names; nil where there is none, throws for an unknown one.
    private static func type(
        _ name: String,
        _ form: borrowing FormFields
    ) throws(OAuthError) -> TokenType? {
        guard let range = form.range(named: name) else { return nil }
        for type in TokenType.allCases where form.bytes[range].elementsEqual(type.rawValue.utf8) {
            return type
        }
        throw .invalidRequest("this token type is not supported", check: .exchangeParameters)
    }

    private static func targets(_ form: borrowing FormFields) -> [String] {
        var targets: [String] = []
        for range in form.audiences + form.resources {
            let target = String(decoding: form.bytes[range], as: UTF8.self)
            if !targets.containsBytes(of: target) {
                targets.append(target)
            }
        }
        return targets
    }
}

/// A type of tokens (RFC 8693 §3), as far as it is supported.
enum TokenType: String, Sendable, CaseIterable {
    /// An access token of this server, of either form.
    case accessToken = "urn:ietf:params:oauth:token-type:access_token"
    /// A JWT: as a subject one of a trusted issuer, as an answer an access token in that form.
    case jwt = "urn:ietf:params:oauth:token-type:jwt"

    /// Appends the member `issued_token_type` (RFC 8693 §2.2.1), with a comma before it.
    func appendIssued(to out: inout [UInt8]) {
        out.append(contentsOf: #","issued_token_type":"\#(rawValue)""#.utf8)
    }
}

/// A request whose tokens were read: their signatures and times are good, and whether the caller
/// may have the new one is decided by the registry of a moment.
struct ExchangeRequest: Sendable {
    let form: ExchangeForm
    let subject: PresentedToken
    /// The actor that the request names; nil for the caller itself.
    let actor: PresentedToken?
}

/// A request that waits for newer keys of the issuer of one of its tokens.
public struct WaitingExchange: Sendable {
    let form: ExchangeForm
    /// The client, with its credentials.
    let caller: AuthenticatedClient
    /// The refusal if no newer key comes.
    let refusal: OAuthError
}

/// Token exchange (RFC 8693): a client gets a token for another token, with less and never more
/// than that allows.
enum ExchangeGrant {
    /// A public client proves nothing, so that whoever has a token could exchange it.
    static let isForPublicClients = false

    /// RFC 8693 §2.2.2; one text for every reason, so that whoever has found a token learns nothing
    /// about it.
    static func subjectRefused(_ check: Check = .subjectToken) -> OAuthError {
        .invalidRequest("the subject token is not acceptable", check: check)
    }

    /// The same of the actor token.
    static let actorRefused = OAuthError.invalidRequest(
        "the actor token is not acceptable",
        check: .actorToken
    )

    /// The refusal of a subject token that is none of a trusted issuer.
    static func refusal(_ error: IssuerTokenError) -> OAuthError {
        switch error.check {
        case .issuerKeys: error.lacksKeys ? BearerGrant.keysMissing : subjectRefused(.issuerKeys)
        case .issuerUnknown, .issuerClient, .issuerSubject: subjectRefused(error.check)
        case .assertionAud: subjectRefused(.subjectTokenAudience)
        default: subjectRefused()
        }
    }
}
