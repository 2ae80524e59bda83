// SPDX-License-Identifier: Apache-2.0
public import Cryptography
internal import Synchronization

/// The form of a client's access tokens.
public enum AccessTokenFormat: String, Sendable, CaseIterable {
    /// A signed JWT (RFC 9068), readable by every resource server that has the keys.
    case jwt
    /// Opaque and encrypted, readable by introspection only.
    case sealed
}

/// Bounds of a registration that tokens depend on.
public enum RegistrationLimits {
    /// The longest that an access token may live, in seconds.
    ///
    /// A year is beyond any use of a bound token. So long an ended key still verifies tokens.
    public static let tokenLifetimeSecondsMax = 31_536_000

    /// Characters of all scopes, and of all audiences: with both, a sealed token stays below 12
    /// KiB.
    public static let tokenTextBytesMax = 4096
    /// A token's content counts its audiences in one byte.
    public static let audiencesMax = 255

    /// Whether a list, with a space between its entries, fits into a token.
    public static func fitsToken(_ list: [String]) -> Bool {
        list.count <= audiencesMax
            && list.reduce(0) { $0 + $1.utf8.count + 1 } <= tokenTextBytesMax
    }
}

/// What registrations have in common; shared between the clients for which it is the same.
public struct ClientPolicy: Sendable, Hashable {
    /// `token_endpoint_auth_method`: the one method that authenticates.
    public var method: ClientAuthenticationMethod
    /// `grant_types`.
    public var grants: Grants
    /// The scope tokens it may ask for, 64 at most.
    public var scopes: [String]
    /// `aud` of the tokens, and what `resource` may name (RFC 8707); empty for the server's
    /// default.
    public var audiences: [String]
    /// `tls_client_certificate_bound_access_tokens` (RFC 8705 §3.4).
    public var bindsTokens: Bool
    /// The form of its access tokens.
    public var format: AccessTokenFormat
    /// Seconds; nil for the server's default.
    public var lifetime: Int?
    /// Seconds within which the same token is handed out again; 0 for never.
    public var reuseWindow: Int
    /// Whether it may introspect the tokens of others (RFC 7662).
    public var mayIntrospect: Bool
    /// Whether its keys come from its `jwks_uri` (RFC 7591 §2), and may be newer there.
    public var hasRemoteKeys: Bool

    /// A policy from its parts.
    public init(
        method: ClientAuthenticationMethod,
        grants: Grants,
        scopes: [String],
        audiences: [String],
        bindsTokens: Bool,
        format: AccessTokenFormat,
        lifetime: Int?,
        reuseWindow: Int,
        mayIntrospect: Bool,
        hasRemoteKeys: Bool = false
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
        self.hasRemoteKeys = hasRemoteKeys
    }
}

/// A policy that many clients share: a million of them have a few, and each has one word for it.
public final class SharedPolicy: Sendable, Hashable {
    /// The policy itself.
    public let value: ClientPolicy

    /// Makes `value` shareable.
    public init(_ value: ClientPolicy) {
        self.value = value
    }

    /// Whether both say the same.
    public static func == (a: SharedPolicy, b: SharedPolicy) -> Bool {
        a.value == b.value
    }

    /// Feeds the policy to the hasher.
    public func hash(into hasher: inout Hasher) {
        value.hash(into: &hasher)
    }
}

/// A registered certificate as the hot path needs it: never its DER.
public struct RegisteredCertificate: Sendable, Hashable {
    /// `x5t#S256`.
    public let thumbprint: Digest256
    /// Seconds since 1970, inclusive.
    public let notBefore: Int64
    /// Seconds since 1970, inclusive.
    public let notAfter: Int64

    /// A certificate from what was read when it was registered.
    public init(thumbprint: Digest256, notBefore: Int64, notAfter: Int64) {
        self.thumbprint = thumbprint
        self.notBefore = notBefore
        self.notAfter = notAfter
    }
}

/// What `tls_client_auth` matches: a subject under pinned trust anchors (RFC 8705 §2.1).
///
/// An object, so that the many clients that have none pay one word for it.
public final class CertificateTrust: Sendable {
    /// Whose signatures count.
    public enum TrustAnchors: Sendable {
        /// The client's own trust anchors.
        case own(ChainVerifier)
        /// Those of the trust set with this name, as they are at the moment of the decision.
        case trustSet(String)
    }

    /// The subject that is expected.
    public let subject: CertificateSubject
    /// Whose signatures count.
    public let trustAnchors: TrustAnchors
    /// Names the subject in the cache of chain results.
    let subjectDigest: Digest256

    /// Ties a subject to trust anchors.
    public init(subject: CertificateSubject, trustAnchors: TrustAnchors) {
        self.subject = subject
        self.trustAnchors = trustAnchors
        subjectDigest = Digest256.of(
            Array("\(subject.kind.rawValue) \(subject.canonical)".utf8)
        )
    }

    /// Ties a subject to a client's own trust anchors.
    public convenience init(subject: CertificateSubject, verifier: ChainVerifier) {
        self.init(subject: subject, trustAnchors: .own(verifier))
    }

    /// What checks chains now; nil where the trust set is not there.
    public func verifier(in registry: Registry) -> ChainVerifier? {
        switch trustAnchors {
        case .own(let verifier): verifier
        case .trustSet(let name): registry.trustSets[name]
        }
    }
}

/// What `private_key_jwt` and `client_secret_jwt` verify assertions with.
///
/// An object, so that the many clients that have none pay one word for it.
public final class AssertionRegistration: Sendable {
    /// The client's public keys (`jwks`); nil for `client_secret_jwt`.
    public let keys: JSONWebKeySet?
    /// The secret itself, which HMAC needs; nil for `private_key_jwt`.
    ///
    /// Secret.
    public let secret: [UInt8]?
    /// `token_endpoint_auth_signing_alg`: the one algorithm it signs with; nil for every one.
    public let algorithm: String?

    /// What a client is registered with.
    public init(keys: JSONWebKeySet?, secret: [UInt8]?, algorithm: String?) {
        self.keys = keys
        self.secret = secret
        self.algorithm = algorithm
    }
}

/// A registered client: immutable, a change makes another one; only the emergency switch does not
/// wait for that.
public final class Client: Sendable {
    /// The `client_id`, in the characters that need no escape in JSON.
    public let id: [UInt8]
    private let isRegisteredEnabled: Bool
    private let switchedOff = Atomic<Bool>(false)
    /// Its secret's hash; it authenticates nobody unless the method is one of secrets.
    public let secret: ClientSecretHash?
    /// What `tls_client_auth` matches; nil for the other methods.
    public let trust: CertificateTrust?
    /// What assertions are verified with; nil for the other methods.
    public let assertion: AssertionRegistration?
    private let shared: SharedPolicy
    // Most clients have one certificate; only the others pay for an array.
    private let first: RegisteredCertificate?
    private let others: [RegisteredCertificate]

    /// Whether it may authenticate at all.
    public var isEnabled: Bool { isRegisteredEnabled && !isSwitchedOff }

    /// Whether an administrator has switched it off, whatever its registration says; for all
    /// threads from the moment on at which it is set.
    public var isSwitchedOff: Bool {
        get { switchedOff.load(ordering: .relaxed) }
        set { switchedOff.store(newValue, ordering: .relaxed) }
    }

    /// What it may do.
    public var policy: ClientPolicy { shared.value }

    /// nil where the id has characters that RFC 6749 (appendix A.1) or JSON would not carry.
    public convenience init?(
        id: String,
        policy: ClientPolicy,
        isEnabled: Bool,
        secret: ClientSecretHash?,
        trust: CertificateTrust?,
        assertion: AssertionRegistration? = nil,
        certificates: [RegisteredCertificate]
    ) {
        self.init(
            id: id,
            sharing: SharedPolicy(policy),
            isEnabled: isEnabled,
            secret: secret,
            trust: trust,
            assertion: assertion,
            certificates: certificates
        )
    }

    /// nil where the id has characters that RFC 6749 (appendix A.1) or JSON would not carry.
    public init?(
        id: String,
        sharing shared: SharedPolicy,
        isEnabled: Bool,
        secret: ClientSecretHash?,
        trust: CertificateTrust?,
        assertion: AssertionRegistration? = nil,
        certificates: [RegisteredCertificate]
    ) {
        self.id = Array(id.utf8)
        guard !self.id.isEmpty,
            self.id.allSatisfy({ $0 >= 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x5c })
        else { return nil }
        self.shared = shared
        isRegisteredEnabled = isEnabled
        self.secret = secret
        self.trust = trust
        self.assertion = assertion
        first = certificates.first
        others = Array(certificates.dropFirst())
    }

    /// Whether `thumbprint` is registered for this client and in its time of validity.
    public func accepts(_ thumbprint: Digest256, now: Int64) -> Bool {
        selfSignedCheck(of: thumbprint, now: now) == .accepted
    }

    /// The same, with the reason.
    public func selfSignedCheck(of thumbprint: Digest256, now: Int64) -> SelfSignedCheck {
        guard let first else { return .notRegistered }
        if first.thumbprint == thumbprint { return first.selfSignedCheck(now: now) }
        let other = others.first { $0.thumbprint == thumbprint }
        return other?.selfSignedCheck(now: now) ?? .notRegistered
    }

    /// All registered certificates.
    public var certificates: [RegisteredCertificate] {
        first.map { [$0] + others } ?? []
    }
}
