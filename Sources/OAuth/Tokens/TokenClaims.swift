// SPDX-License-Identifier: Apache-2.0
public import Cryptography

/// The claims of an access token (RFC 9068 §2.2, RFC 8705 §3.1), before it is signed or encrypted.
///
/// A value: a change of it changes the token, in either form.
public struct TokenClaims: Sendable {
    /// The client that it is issued to.
    public let client: Client
    /// `sub`: the client's id, the SPIFFE ID of its certificate, or a user's subject.
    public var subject: [UInt8]
    /// Registered scopes of the client, as bits.
    public var scope: UInt64
    /// `aud`; empty for the issuer's own.
    public var audiences: [String]
    /// The certificate that the token is bound to (`cnf.x5t#S256`); nil for none.
    public var thumbprint: Digest256?
    /// The grant that the token follows from, if that is one that lasts.
    public var grant: IssuedGrant?
    /// The JWT of a trusted issuer that the token follows from, if it does from one.
    public var source: IssuerToken?
    /// The exchange that the token comes from; nil for every other one.
    var exchange: ExchangedToken?
    /// `iat`, in seconds since 1970; set when the token is made.
    public var issuedAt: Int64 = 0
    /// `exp`, in seconds since 1970; set when the token is made.
    public var expiresAt: Int64 = 0

    /// The id of the grant that lasts and that the token follows from, directly or by an exchange.
    var grantID: [UInt8]? { grant?.id ?? exchange?.grantID }

    /// The claims of a JWT that the server sets, and those that only an introspection response has.
    ///
    /// All others of a token are static claims of its client.
    static let ownNames: Set<String> = [
        "iss", "sub", "aud", "client_id", "iat", "exp", "jti", "scope", "cnf", "test",
        "act", "may_act",
        "active", "token_type",
    ]
}
