public import Cryptography

/// How a client authenticates: `token_endpoint_auth_method` (RFC 7591 §2, RFC 8705 §2).
public enum ClientAuthenticationMethod: String, Sendable, CaseIterable {
    case tls = "tls_client_auth"
    case selfSignedTLS = "self_signed_tls_client_auth"
    case secretBasic = "client_secret_basic"
    case secretPost = "client_secret_post"

    /// Whether a certificate of the connection is what authenticates.
    public var usesCertificate: Bool { self == .tls || self == .selfSignedTLS }
}

/// The grants a client may use: `grant_types` (RFC 7591 §2).
public struct GrantTypes: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let clientCredentials = GrantTypes(rawValue: 1)
    public static let password = GrantTypes(rawValue: 2)

    /// Wire names in the order of the metadata.
    public static let names: [(name: String, value: GrantTypes)] = [
        ("client_credentials", .clientCredentials), ("password", .password),
    ]
}

/// The form of a client's access tokens.
public enum AccessTokenFormat: String, Sendable, CaseIterable {
    /// A signed JWT (RFC 9068), readable by every resource server that has the keys.
    case jwt
    /// Opaque and encrypted, readable by introspection only.
    case sealed
}

/// What registrations have in common; shared between the clients for which it is the same.
public struct ClientPolicy: Sendable, Hashable {
    public var method: ClientAuthenticationMethod
    public var grants: GrantTypes
    public var scopes: [String]
    /// `aud` of the tokens, and what `resource` may name (RFC 8707); empty for the server's default.
    public var audiences: [String]
    /// `tls_client_certificate_bound_access_tokens` (RFC 8705 §3.4).
    public var bindsTokens: Bool
    public var format: AccessTokenFormat
    /// Seconds; nil for the server's default.
    public var lifetime: Int?
    /// Seconds within which the same token is handed out again; 0 for never.
    public var reuseWindow: Int
    public var mayIntrospect: Bool

    public init(
        method: ClientAuthenticationMethod, grants: GrantTypes, scopes: [String],
        audiences: [String], bindsTokens: Bool, format: AccessTokenFormat, lifetime: Int?,
        reuseWindow: Int, mayIntrospect: Bool
    ) {
        self.method = method
        self.grants = grants
        self.scopes = scopes
        self.audiences = audiences
        self.bindsTokens = bindsTokens
        self.format = format
        self.lifetime = lifetime
        self.reuseWindow = reuseWindow
        self.mayIntrospect = mayIntrospect
    }
}

/// A registered certificate as the hot path needs it: never its DER.
public struct RegisteredCertificate: Sendable, Hashable {
    public let thumbprint: Digest256
    /// Seconds since 1970, both inclusive.
    public let notBefore: Int64
    public let notAfter: Int64

    public init(thumbprint: Digest256, notBefore: Int64, notAfter: Int64) {
        self.thumbprint = thumbprint
        self.notBefore = notBefore
        self.notAfter = notAfter
    }
}

/// What `tls_client_auth` matches: a subject under pinned authorities (RFC 8705 §2.1).
public struct CertificateTrust: Sendable {
    public let subject: CertificateSubject
    public let verifier: ChainVerifier
    /// Names this trust in the cache of verdicts: other anchors or another subject, another digest.
    public let identity: Digest256

    public init(subject: CertificateSubject, verifier: ChainVerifier) {
        self.subject = subject
        self.verifier = verifier
        var bytes = Array("\(subject.kind.rawValue) \(subject.canonical)\0".utf8)
        for anchor in verifier.anchors { bytes += anchor.thumbprint.bytes }
        identity = Digest256.of(bytes)
    }
}

/// A registered client: immutable, a change makes another one.
public final class Client: Sendable {
    /// The `client_id`, in the characters that need no escape in JSON.
    public let id: [UInt8]
    public let policy: ClientPolicy
    public let isEnabled: Bool
    public let secret: ClientSecretHash?
    public let trust: CertificateTrust?
    // Most clients have one certificate; only the others pay for an array.
    private let first: RegisteredCertificate?
    private let others: [RegisteredCertificate]

    /// nil where the id has characters that RFC 6749 App. A.1 or JSON would not carry as they are.
    public init?(
        id: String, policy: ClientPolicy, isEnabled: Bool, secret: ClientSecretHash?,
        trust: CertificateTrust?, certificates: [RegisteredCertificate]
    ) {
        self.id = Array(id.utf8)
        guard !self.id.isEmpty,
            self.id.allSatisfy({ $0 >= 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x5c })
        else { return nil }
        self.policy = policy
        self.isEnabled = isEnabled
        self.secret = secret
        self.trust = trust
        first = certificates.first
        others = Array(certificates.dropFirst())
    }

    /// Whether `thumbprint` is registered for this client and in its time of validity.
    public func accepts(_ thumbprint: Digest256, now: Int64) -> Bool {
        guard let first else { return false }
        if first.thumbprint == thumbprint { return first.notBefore <= now && now <= first.notAfter }
        return others.contains {
            $0.thumbprint == thumbprint && $0.notBefore <= now && now <= $0.notAfter
        }
    }

    /// All registered certificates.
    public var certificates: [RegisteredCertificate] {
        first.map { [$0] + others } ?? []
    }
}
