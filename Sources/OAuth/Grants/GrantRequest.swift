// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP

/// What every grant has in common: the client, the scope and the audience asked for, the
/// certificate to bind to.
struct GrantRequest: Sendable {
    let client: Client
    let scope: UInt64
    let audiences: [String]
    let thumbprint: Digest256?

    init(
        _ form: borrowing FormFields,
        _ client: Client,
        _ peer: Digest256?,
        standardAudience: String,
        bindsTokens: Bool
    ) throws(OAuthError) {
        let policy = client.policy
        self.client = client
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
        audiences = try Self.audiences(form, policy, standard: standardAudience)
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
    }

    /// The token's content for `subject`.
    func grant(subject: [UInt8]) -> TokenClaims {
        TokenClaims(
            client: client,
            subject: subject,
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
