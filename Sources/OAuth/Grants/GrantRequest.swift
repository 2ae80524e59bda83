// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP

/// What every grant has in common: an authenticated client, and what it asks for.
struct GrantRequest: Sendable {
    /// What a token that is issued to the client for itself says.
    let claims: TokenClaims
    /// The assertion by which the client has authenticated, not used up yet.
    let assertion: VerifiedAssertion?
}

extension TokenClaims {
    /// The scope and the audience that are asked for, and the certificate to bind to; the client is
    /// the subject.
    init(
        _ form: borrowing FormFields,
        _ client: Client,
        _ peer: Digest256?,
        standardAudience: String,
        bindsTokens: Bool
    ) throws(OAuthError) {
        let policy = client.policy
        let scope: UInt64
        if let range = form.range(of: .scope) {
            guard
                let selection = Scope.selection(
                    form.bytes.span.extracting(range),
                    from: policy.scopes
                )
            else {
                throw OAuthError(
                    .invalidScope,
                    "the scope is malformed or not granted to the client",
                    check: .scope
                )
            }
            scope = selection
        } else {
            // RFC 6749 §3.3: without a scope the default applies, all that the client is registered
            // for.
            scope = Scope.all(of: policy.scopes)
        }
        let audiences = try Self.audiences(form, policy, standard: standardAudience)
        let thumbprint: Digest256?
        if policy.bindsTokens || bindsTokens {
            // RFC 8705 §3.4: a client that wants bound tokens never gets one that is not.
            guard let peer else {
                throw .invalidRequest(
                    "a client certificate is required to bind the token",
                    check: .binding
                )
            }
            thumbprint = peer
        } else {
            thumbprint = nil
        }
        self.init(
            client: client,
            subject: client.id,
            scope: scope,
            audiences: audiences,
            thumbprint: thumbprint
        )
    }

    // RFC 8707 §2: each resource must be one that the client is registered for.
    private static func audiences(
        _ form: borrowing FormFields,
        _ policy: ClientPolicy,
        standard: String
    ) throws(OAuthError) -> [String] {
        let asked = form.resources
        guard !asked.isEmpty else { return policy.audiences }
        var audiences: [String] = []
        for range in asked {
            let value = String(decoding: form.bytes[range], as: UTF8.self)
            let isRegistered =
                policy.audiences.isEmpty ? value == standard : policy.audiences.contains(value)
            guard isRegistered else {
                throw OAuthError(
                    .invalidTarget,
                    "the resource is not one that the client may ask for",
                    check: .resource
                )
            }
            if !audiences.contains(value) { audiences.append(value) }
        }
        return audiences
    }
}
