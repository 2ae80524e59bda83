// SPDX-License-Identifier: Apache-2.0
public import Cryptography

/// How a client authenticates: `token_endpoint_auth_method` (RFC 7591 §2, RFC 8705 §2).
public enum ClientAuthenticationMethod: String, Sendable, CaseIterable {
    /// A certificate under a registered CA, for a registered subject (RFC 8705 §2.1).
    case tls = "tls_client_auth"
    /// A registered certificate (RFC 8705 §2.2).
    case selfSignedTLS = "self_signed_tls_client_auth"
    /// A secret by HTTP Basic (RFC 6749 §2.3.1).
    case secretBasic = "client_secret_basic"
    /// A secret in the body (RFC 6749 §2.3.1).
    case secretPost = "client_secret_post"
    /// An assertion signed with a registered key (RFC 7523 §2.2).
    case privateKeyJWT = "private_key_jwt"
    /// An assertion authenticated with the secret (RFC 7523 §2.2).
    case secretJWT = "client_secret_jwt"
    /// No authentication: a public client (RFC 7591 §2), for grants that authenticate a user.
    case publicClient = "none"
    /// An X.509-SVID of a trust domain (draft-ietf-oauth-spiffe-client-auth-02 §3.2).
    case spiffeX509 = "spiffe_x509"

    /// Whether the client authenticates with its TLS certificate.
    public var usesCertificate: Bool {
        self == .tls || self == .selfSignedTLS || self == .spiffeX509
    }

    /// Whether its certificate is checked under trust anchors, and not registered itself.
    public var usesTrustAnchors: Bool { self == .tls || self == .spiffeX509 }

    /// The method's index, in the order of declaration.
    public var position: Int {
        switch self {
        case .tls: 0
        case .selfSignedTLS: 1
        case .secretBasic: 2
        case .secretPost: 3
        case .privateKeyJWT: 4
        case .secretJWT: 5
        case .publicClient: 6
        case .spiffeX509: 7
        }
    }

    /// Whether the client authenticates with an assertion.
    public var usesAssertion: Bool { self == .privateKeyJWT || self == .secretJWT }
}

/// A set of methods.
public struct ClientAuthenticationMethods: OptionSet, Sendable, Hashable {
    /// One bit for each method, in the order of their declaration.
    public let rawValue: UInt8

    /// A set from its bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The set of these methods.
    public init(_ methods: [ClientAuthenticationMethod]) {
        var bits: UInt8 = 0
        for (index, method) in ClientAuthenticationMethod.allCases.enumerated()
        where methods.contains(method) {
            bits |= 1 << UInt8(index)
        }
        rawValue = bits
    }

    /// Every method there is.
    public static let all = ClientAuthenticationMethods(ClientAuthenticationMethod.allCases)

    /// Whether `method` is among them.
    public func contains(_ method: ClientAuthenticationMethod) -> Bool {
        rawValue & (1 << UInt8(method.position)) != 0
    }

    /// The methods in the order of their declaration.
    public var methods: [ClientAuthenticationMethod] {
        ClientAuthenticationMethod.allCases.filter { contains($0) }
    }
}

/// The security profile of a listener, where it is stricter than a client's registration.
public struct SecurityProfile: Sendable, Equatable {
    /// The methods that may authenticate here.
    public var methods: ClientAuthenticationMethods
    /// The grants that may be used here.
    public var grants: Grants
    /// The algorithms that assertions and tokens may be signed with (FAPI 2.0 §5.4.1).
    public var algorithms: [SignatureAlgorithm]
    /// Whether an assertion must be addressed to the issuer alone.
    public var wantsIssuerAlone: Bool
    /// Whether every token must be bound to a certificate, however its client is registered.
    public var bindsTokens: Bool
    /// Whether authorization requests must be pushed (RFC 9126).
    public var requiresPushedRequests = false

    /// Every method, grant and algorithm.
    public static let standard = SecurityProfile(
        methods: .all,
        grants: .all,
        algorithms: SignatureAlgorithm.allCases,
        wantsIssuerAlone: false,
        bindsTokens: false
    )

    /// FAPI 1.0 Advanced §5.2.2 and §8.6, as far as it concerns this endpoint.
    ///
    /// Like FAPI 2.0, but without EdDSA, and assertions may be addressed to the token endpoint, as
    /// OpenID Connect Core §9 has it.
    public static let fapi1 = SecurityProfile(
        methods: ClientAuthenticationMethods([.tls, .selfSignedTLS, .privateKeyJWT]),
        grants: [.clientCredentials, .authorizationCode, .refreshToken],
        algorithms: [.ps256, .es256],
        wantsIssuerAlone: false,
        bindsTokens: true
    )

    /// FAPI 2.0 Security Profile §5.3.2.1 and §5.4.1, as far as it concerns this endpoint: mutual
    /// TLS or `private_key_jwt`, sender-constrained tokens, no password grant.
    ///
    /// No token exchange (Decision 0066): the subject token may come from a listener without the
    /// profile, and would go on as one of the profile.
    public static let fapi2 = SecurityProfile(
        methods: ClientAuthenticationMethods([.tls, .selfSignedTLS, .privateKeyJWT]),
        grants: [.clientCredentials, .authorizationCode, .refreshToken],
        algorithms: [.ps256, .es256, .edDSA],
        wantsIssuerAlone: true,
        bindsTokens: true,
        requiresPushedRequests: true
    )
}
