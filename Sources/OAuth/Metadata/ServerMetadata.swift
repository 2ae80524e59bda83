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
    private let requiresPushedRequests: Bool
    private let offersRevocation: Bool
    private var offersCodes: Bool { grants.contains(.authorizationCode) }

    /// The path of the token endpoint.
    public static let tokenPath = "/oauth2/token"
    /// The path of the introspection endpoint.
    public static let introspectionPath = "/oauth2/introspect"
    /// The path of the JWK Set.
    public static let keysPath = "/oauth2/jwks"
    /// The path of the revocation endpoint (RFC 7009).
    public static let revocationPath = "/oauth2/revoke"
    /// The path of the endpoint for pushed authorization requests (RFC 9126).
    public static let pushedRequestPath = "/oauth2/par"
    /// The path of the authorization endpoint.
    public static let authorizationPath = "/oauth2/authorize"
    /// The path at which users sign out.
    public static let signOutPath = "/oauth2/logout"
    /// The paths at which clients authenticate.
    public static let endpointPaths = [
        tokenPath, introspectionPath, revocationPath, pushedRequestPath,
    ]

    /// The metadata of `issuer`, an https URL without query and fragment.
    ///
    /// The union of `profiles`. `mutualTLS` is the base URL of the listener that asks for
    /// certificates where that of the issuer does not (RFC 8705 §5). `scopes` are listed as given.
    /// A server that cannot revoke tokens names no revocation endpoint.
    public init(
        issuer: String,
        profiles: [SecurityProfile] = [.standard],
        scopes: [String] = [],
        mutualTLS: String? = nil,
        offersRevocation: Bool = true
    ) {
        self.issuer = issuer
        self.scopes = scopes
        self.mutualTLS = mutualTLS
        self.offersRevocation = offersRevocation
        let offered = profiles.reduce(into: ClientAuthenticationMethods()) {
            $0.formUnion($1.methods)
        }
        methods = offered.methods
        grants = profiles.reduce(into: Grants([])) { $0.formUnion($1.grants) }.grants
        requiresPushedRequests = profiles.allSatisfy(\.requiresPushedRequests)
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
        endpoints(of: issuer, &out)
        if offersCodes {
            text("authorization_endpoint", Self.url(issuer, Self.authorizationPath), &out)
        }
        text("jwks_uri", Self.url(issuer, Self.keysPath), &out)
        array("scopes_supported", scopes, &out)
        appendCodes(&out)
        array("grant_types_supported", grants.map(\.rawValue), &out)
        for endpoint in ["token", "introspection"] + (offersRevocation ? ["revocation"] : []) {
            let named = endpoint != "introspection" ? names : names.filter { $0 != "none" }
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
            var aliases: [UInt8] = []
            endpoints(of: mutualTLS, &aliases)
            member("mtls_endpoint_aliases", &out)
            out.append(UInt8(ascii: "{"))
            out.append(contentsOf: aliases.dropFirst())
            out.append(UInt8(ascii: "}"))
        }
        out.append(contentsOf: #","tls_client_certificate_bound_access_tokens":true}"#.utf8)
        return out
    }

    /// The endpoints at which clients authenticate, below `base`.
    private func endpoints(of base: String, _ out: inout [UInt8]) {
        text("token_endpoint", Self.url(base, Self.tokenPath), &out)
        text("introspection_endpoint", Self.url(base, Self.introspectionPath), &out)
        if offersRevocation {
            text("revocation_endpoint", Self.url(base, Self.revocationPath), &out)
        }
        guard offersCodes else { return }
        let pushed = Self.url(base, Self.pushedRequestPath)
        text("pushed_authorization_request_endpoint", pushed, &out)
    }

    /// The members about authorization codes (RFC 7636 §6.2, RFC 9126 §5, RFC 9207 §3).
    private func appendCodes(_ out: inout [UInt8]) {
        // RFC 8414 §2: required, even where the server has no response types.
        member("response_types_supported", &out)
        JSONText.appendArray(offersCodes ? ["code"] : [], to: &out)
        guard offersCodes else { return }
        array("response_modes_supported", ["query"], &out)
        array("code_challenge_methods_supported", ["S256"], &out)
        out.append(contentsOf: #","authorization_response_iss_parameter_supported":true"#.utf8)
        member("require_pushed_authorization_requests", &out)
        out.append(contentsOf: (requiresPushedRequests ? "true" : "false").utf8)
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
