// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// What an access token says (RFC 9068 §2.2, RFC 8705 §3.1).
public struct TokenClaims: Sendable {
    let client: Client
    /// `sub`: the client's id or a user's subject.
    var subject: [UInt8]
    /// Registered scopes as bits.
    let scope: UInt64
    let audiences: [String]
    /// The certificate that the token is bound to.
    let thumbprint: Digest256?
}
