// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Text

/// The claims that a request asks for (RFC 6749 §3.3, RFC 8707 §2), apart from the type itself:
/// grants decide them, and tokens carry them.
extension TokenClaims {
    /// Validates the requested scope and audience, and the certificate to bind to; the client is
    /// the subject.
    init(
        _ form: borrowing FormFields,
        _ client: Client,
        _ peer: Digest256?,
        standardAudience: String,
        bindsTokens: Bool
    ) throws(OAuthError) {
        let scope: UInt64
        if let range = form.range(of: .scope) {
            scope = try Scope.asked(
                form.bytes.span.extracting(range),
                from: client.policy.scopes
            )
        } else {
            // RFC 6749 §3.3: without a scope the default applies, all registered scopes.
            scope = Scope.all(of: client.policy.scopes)
        }
        let audiences = try Self.audiences(form, client, standard: standardAudience)
        let thumbprint: Digest256?
        if client.policy.bindsTokens || bindsTokens {
            // RFC 8705 §3.4: a client registered for bound tokens gets no other.
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

    private static func audiences(
        _ form: borrowing FormFields,
        _ client: Client,
        standard: String
    ) throws(OAuthError) -> [String] {
        guard !form.resources.isEmpty else { return client.policy.audiences }
        let asked = form.resources.map { String(decoding: form.bytes[$0], as: UTF8.self) }
        return try client.policy.audiences(asked, standard: standard)
    }
}

extension TokenClaims {
    /// The same claims for the client as it is registered now; nil where it may not have all of
    /// them any more.
    func confirmed(
        for client: Client,
        standardAudience: String,
        bindsTokens: Bool
    ) -> TokenClaims? {
        let policy = client.policy
        let named = audiences.isEmpty ? [standardAudience] : audiences
        guard let scope = Scope.selection(scope, of: self.client.policy.scopes, in: policy.scopes),
            named.allSatisfy({ policy.allows(audience: $0, standard: standardAudience) }),
            thumbprint != nil || !(policy.bindsTokens || bindsTokens)
        else { return nil }
        return TokenClaims(
            client: client,
            subject: subject,
            scope: scope,
            audiences: audiences,
            thumbprint: thumbprint,
            grant: self.grant,
            source: source,
            exchange: exchange
        )
    }
}

extension ClientPolicy {
    /// The resources that a request asks for, each once.
    ///
    /// RFC 8707 §2: each must be one that the client is registered for.
    func audiences(_ asked: [String], standard: String) throws(OAuthError) -> [String] {
        var audiences: [String] = []
        for audience in asked {
            guard allows(audience: audience, standard: standard) else {
                throw OAuthError(
                    .invalidTarget,
                    "the resource is not one that the client may ask for",
                    check: .resource
                )
            }
            if !audiences.containsBytes(of: audience) { audiences.append(audience) }
        }
        return audiences
    }

    /// Whether tokens may be for `audience`; `standard` is that of clients without their own.
    func allows(audience: String, standard: String) -> Bool {
        audiences.isEmpty
            ? audience.isSameBytes(as: standard) : audiences.containsBytes(of: audience)
    }
}
