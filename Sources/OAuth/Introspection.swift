// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
public import HTTP

/// Token introspection (RFC 7662).
extension TokenEndpoint {
    /// Answers what a token says to a client that may know it; appends the response body to `out`.
    ///
    /// A token that is unknown, changed, expired, whose client or user is gone or disabled, or that
    /// the caller may not know of: all have the one answer `{"active":false}` (RFC 7662 §2.2).
    public mutating func introspect(
        _ form: borrowing FormFields,
        authorization: AuthorizationHeader,
        peer: some Peer,
        registry: Registry,
        profile: EndpointProfile = .standard,
        now: Int64,
        into out: inout [UInt8]
    ) -> TokenOutcome {
        do throws(OAuthError) {
            let caller = try authentication.authenticate(
                form,
                authorization,
                peer,
                registry,
                profile,
                now: now
            )
            // RFC 7662 §2.1: the endpoint must know its caller.
            guard caller.policy.method != .publicClient else {
                throw .invalidClient(.publicClient)
            }
            guard let range = form.range(of: .token) else {
                throw .invalidRequest("token is missing", check: .token)
            }
            // RFC 7662 §2.1: the hint may be wrong, so it is not needed.
            if let content = reader.content(of: form.bytes.span.extracting(range), now: now),
                caller.policy.mayIntrospect || content.clientID == caller.id,
                Self.isUsable(content, registry)
            {
                content.appendIntrospection(issuer: issuer.name, to: &out)
            } else {
                out.append(contentsOf: #"{"active":false}"#.utf8)
            }
            return .described
        } catch {
            return .refused(error)
        }
    }

    /// Whether those whom the token stands for are still who they were.
    private static func isUsable(_ content: ReadTokenClaims, _ registry: Registry) -> Bool {
        guard let client = registry.clients.client(content.clientID.span), client.isEnabled else {
            return false
        }
        // A certificate is taken away because it must not be trusted any more; what is bound to it
        // goes too.
        if client.policy.method == .selfSignedTLS, let thumbprint = content.thumbprint,
            !client.certificates.contains(where: { $0.thumbprint == thumbprint })
        {
            return false
        }
        if content.subject == content.clientID { return true }
        return registry.user(subject: String(decoding: content.subject, as: UTF8.self))?.isEnabled
            ?? false
    }
}
