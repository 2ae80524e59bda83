/// The authorization server's metadata (RFC 8414 §2).
///
/// It says only what works.
public struct ServerMetadata: Sendable {
    private let issuer: String

    /// The metadata of `issuer`, an https URL without query and fragment.
    public init(issuer: String) {
        self.issuer = issuer
    }

    /// The document as JSON.
    public func json() -> [UInt8] {
        // An issuer may end with a slash; its endpoints must not get two.
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        var out: [UInt8] = []
        out.append(contentsOf: #"{"issuer":"#.utf8)
        JSONText.appendString(issuer.utf8, to: &out)
        text("token_endpoint", base + "/oauth2/token", &out)
        text("introspection_endpoint", base + "/oauth2/introspect", &out)
        text("jwks_uri", base + "/oauth2/jwks", &out)
        array("grant_types_supported", GrantTypes.names.map(\.name), &out)
        array(
            "token_endpoint_auth_methods_supported",
            ClientAuthenticationMethod.allCases.map(\.rawValue),
            &out
        )
        array(
            "introspection_endpoint_auth_methods_supported",
            ClientAuthenticationMethod.allCases.map(\.rawValue),
            &out
        )
        out.append(contentsOf: #","tls_client_certificate_bound_access_tokens":true}"#.utf8)
        return out
    }

    private func text(_ name: String, _ value: String, _ out: inout [UInt8]) {
        member(name, &out)
        JSONText.appendString(value.utf8, to: &out)
    }

    private func array(_ name: String, _ values: [String], _ out: inout [UInt8]) {
        member(name, &out)
        JSONText.appendArray(values, to: &out)
    }

    private func member(_ name: String, _ out: inout [UInt8]) {
        out.append(UInt8(ascii: ","))
        JSONText.appendString(name.utf8, to: &out)
        out.append(UInt8(ascii: ":"))
    }
}
