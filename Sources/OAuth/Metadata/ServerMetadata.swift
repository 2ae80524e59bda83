// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Text

/// The authorization server's metadata (RFC 8414 §2).
///
/// Contains only supported features.
public struct ServerMetadata: Sendable {
    private let issuer: String
    private let methods: [ClientAuthenticationMethod]
    private let grants: [Grant]
    private let algorithms: [String]
    private let scopes: [String]
    private let mutualTLS: String?

    /// The path of the token endpoint.
    public static let tokenPath = "/oauth2/token"
    /// The path of the introspection endpoint.
    public static let introspectionPath = "/oauth2/introspect"
    /// The path of the JWK Set.
    public static let keysPath = "/oauth2/jwks"
    /// The paths at which clients authenticate.
    public static let endpointPaths = [tokenPath, introspectionPath]

    /// The metadata of `issuer`, an https URL without query and fragment.
    ///
    /// The union of `profiles`. `mutualTLS` is the base URL of the listener that asks for
    /// certificates where that of the issuer does not (RFC 8705 §5). `scopes` are listed as given.
    public init(
        issuer: String,
        profiles: [SecurityProfile] = [.standard],
        scopes: [String] = [],
        mutualTLS: String? = nil
    ) {
        self.issuer = issuer
        self.scopes = scopes
        self.mutualTLS = mutualTLS
        let offered = profiles.reduce(into: ClientAuthenticationMethods()) {
            $0.formUnion($1.methods)
        }
        methods = offered.methods
        grants = profiles.reduce(into: Grants([])) { $0.formUnion($1.grants) }.grants
        let signatures = SignatureAlgorithm.allCases.filter { algorithm in
            profiles.contains { $0.algorithms.contains(algorithm) }
        }
        algorithms =
            (offered.contains(.privateKeyJWT) ? signatures.map(\.rawValue) : [])
            + (offered.contains(.secretJWT)
                ? MessageAuthenticationAlgorithm.ofClientSecrets.map(\.rawValue) : [])
    }

    /// The URL of a path below a base, which may end with a slash.
    public static func url(_ base: String, _ path: String) -> String {
        (base.hasSuffix("/") ? String(base.dropLast()) : base) + path
    }

    /// The path of a URL without query and fragment, as `url` continues it; empty where there is
    /// none.
    public static func path(of url: String) -> String {
        let scheme = "https://"
        guard url.hasPrefix(scheme) else { return "" }
        let path = url.dropFirst(scheme.count).drop { $0 != "/" }
        return String(path.hasSuffix("/") ? path.dropLast() : path)
    }

    /// The paths of an issuer's document.
    ///
    /// RFC 8414 §3.1 puts the well-known part before the issuer's path, OpenID Connect Discovery §4
    /// behind it. Both have the same document, for software that supports only one: RFC 8414 §5.
    public static func documentPaths(below path: String) -> [String] {
        let names = ["oauth-authorization-server", "openid-configuration"].map {
            "/.well-known/" + $0
        }
        guard !path.isEmpty else { return names }
        return names + names.map { $0 + path } + [path + names[1]]
    }

    /// The document as JSON.
    public func json() -> [UInt8] {
        let names = methods.map(\.rawValue)
        var out: [UInt8] = []
        out.append(contentsOf: #"{"issuer":"#.utf8)
        JSONText.appendString(issuer, to: &out)
        text("token_endpoint", Self.url(issuer, Self.tokenPath), &out)
        text("introspection_endpoint", Self.url(issuer, Self.introspectionPath), &out)
        text("jwks_uri", Self.url(issuer, Self.keysPath), &out)
        array("scopes_supported", scopes, &out)
        // RFC 8414 §2: required, though the server has no response types.
        member("response_types_supported", &out)
        JSONText.appendArray([], to: &out)
        array("grant_types_supported", grants.map(\.rawValue), &out)
        for endpoint in ["token", "introspection"] {
            let named = endpoint == "token" ? names : names.filter { $0 != "none" }
            array("\(endpoint)_endpoint_auth_methods_supported", named, &out)
            array("\(endpoint)_endpoint_auth_signing_alg_values_supported", algorithms, &out)
        }
        // RFC 9701 §7.
        array(
            "introspection_signing_alg_values_supported",
            [SignatureAlgorithm.es256.rawValue],
            &out
        )
        if let mutualTLS {
            out.append(contentsOf: #","mtls_endpoint_aliases":{"token_endpoint":"#.utf8)
            JSONText.appendString(Self.url(mutualTLS, Self.tokenPath), to: &out)
            text("introspection_endpoint", Self.url(mutualTLS, Self.introspectionPath), &out)
            out.append(UInt8(ascii: "}"))
        }
        out.append(contentsOf: #","tls_client_certificate_bound_access_tokens":true}"#.utf8)
        return out
    }

    private func text(_ name: String, _ value: String, _ out: inout [UInt8]) {
        member(name, &out)
        JSONText.appendString(value, to: &out)
    }

    // RFC 8414 §3.2: empty arrays are left out, where §2 does not demand them.
    private func array(_ name: String, _ values: [String], _ out: inout [UInt8]) {
        guard !values.isEmpty else { return }
        member(name, &out)
        JSONText.appendArray(values, to: &out)
    }

    private func member(_ name: String, _ out: inout [UInt8]) {
        out.append(UInt8(ascii: ","))
        JSONText.appendString(name, to: &out)
        out.append(UInt8(ascii: ":"))
    }
}
