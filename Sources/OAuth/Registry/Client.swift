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
    /// Bytes of a client_id; older records may have more.
    public static let clientIDBytesMax = 128
    /// The longest lifetime of an access token, in seconds.
    ///
    /// A year is beyond any use of a bound token. A retired key verifies tokens for so long.
    public static let tokenLifetimeSecondsMax = 31_536_000

    /// Characters of all scopes, and of all audiences: with both, an encrypted token stays below 12
    /// KiB.
    public static let tokenTextBytesMax = 4096
    /// The encrypted token's format counts audiences in one byte.
    public static let audiencesMax = 255

    /// Whether a list, with a space between its entries, fits into a token.
    public static func fitsToken(_ list: [String]) -> Bool {
        list.count <= audiencesMax
            && list.reduce(0) { $0 + $1.utf8.count + 1 } <= tokenTextBytesMax
    }
}

/// The part of a registration that many clients share.
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
    /// Whether it may introspect tokens of other clients (RFC 7662).
    public var mayIntrospect: Bool
    /// Whether its keys come from its `jwks_uri` (RFC 7591 §2), and may be newer there.
    public var hasRemoteKeys: Bool
    /// How often it may ask; nil for the server's default.
    public var rate: RequestRate?

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
        hasRemoteKeys: Bool = false,
        rate: RequestRate? = nil
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
        self.rate = rate
    }
}

/// A reference to policies that many clients share: a million clients have few policies, and pay
/// one word each.
public final class SharedPolicy: Sendable, Hashable {
    /// The policy that every request depends on.
    public let value: ClientPolicy
    /// The policy of grants with users, and of the form of tokens; apart, because each request
    /// copies the other one.
    public let grant: GrantPolicy

    /// Makes the policies shareable.
    public init(_ value: ClientPolicy, _ grant: GrantPolicy = GrantPolicy()) {
        self.value = value
        self.grant = grant
    }

    /// Whether the policies are equal.
    public static func == (a: SharedPolicy, b: SharedPolicy) -> Bool {
        a.value == b.value && a.grant == b.grant
    }

    /// Feeds the policies to the hasher.
    public func hash(into hasher: inout Hasher) {
        value.hash(into: &hasher)
        grant.hash(into: &hasher)
    }
}

/// The part of a registered certificate that the hot path needs, without its DER.
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

/// The registration for `tls_client_auth`, a subject under pinned trust anchors (RFC 8705 §2.1), or
/// for `spiffe_x509`, SPIFFE IDs under a trust domain's bundle.
///
/// An object, so that the many clients without one pay one word for it.
public final class CertificateTrust: Sendable {
    /// The trust anchors of a client.
    public enum TrustAnchors: Sendable {
        /// The client's own trust anchors.
        case own(ChainVerifier)
        /// Those of the trust set with this name, at the time of the decision.
        case trustSet(String)
    }

    /// The names that a certificate must have.
    public enum Expected: Sendable {
        /// The subject of a client of `tls_client_auth`.
        case subject(CertificateSubject)
        /// The SPIFFE IDs of a client of `spiffe_x509`.
        case spiffe(SPIFFEPattern)
    }

    /// The expected names.
    public let expected: Expected
    /// The trust anchors.
    public let trustAnchors: TrustAnchors
    /// The expected names' key in the cache of chain results.
    let subjectDigest: Digest256

    /// The expected subject; nil for a client of `spiffe_x509`.
    public var subject: CertificateSubject? {
        if case .subject(let subject) = expected { subject } else { nil }
    }

    /// The expected SPIFFE IDs; nil for a client of `tls_client_auth`.
    public var pattern: SPIFFEPattern? {
        if case .spiffe(let pattern) = expected { pattern } else { nil }
    }

    /// Ties a subject to trust anchors.
    public init(subject: CertificateSubject, trustAnchors: TrustAnchors) {
        expected = .subject(subject)
        self.trustAnchors = trustAnchors
        subjectDigest = Digest256.of(
            Array("\(subject.kind.rawValue) \(subject.canonical)".utf8)
        )
    }

    /// Ties SPIFFE IDs to the bundle of the trust set with this name.
    public init(pattern: SPIFFEPattern, trustSet: String) {
        expected = .spiffe(pattern)
        trustAnchors = .trustSet(trustSet)
        subjectDigest = Digest256.of(Array("spiffe_id \(pattern.text)".utf8))
    }

    /// Ties a subject to a client's own trust anchors.
    public convenience init(subject: CertificateSubject, verifier: ChainVerifier) {
        self.init(subject: subject, trustAnchors: .own(verifier))
    }

    /// The current verifier; nil where the trust set does not exist, or has other clients.
    public func verifier(in registry: Registry) -> ChainVerifier? {
        switch trustAnchors {
        case .own(let verifier): verifier
        case .trustSet(let name):
            pattern == nil ? registry.trustSets[name] : trustDomain(in: registry)?.verifier
        }
    }

    /// The trust domain of the expected SPIFFE IDs; nil where its trust set does not exist, or is
    /// another domain's.
    public func trustDomain(in registry: Registry) -> TrustDomain? {
        guard let pattern, case .trustSet(let name) = trustAnchors,
            let domain = registry.trustDomains[name], domain.name == pattern.trustDomain
        else { return nil }
        return domain
    }
}

/// The keys or the secret for `private_key_jwt` and `client_secret_jwt`.
///
/// An object, so that the many clients without one pay one word for it.
public final class AssertionRegistration: Sendable {
    /// The client's public keys (`jwks`); nil for `client_secret_jwt`.
    public let keys: JSONWebKeySet?
    /// The secret itself, which HMAC needs; nil for `private_key_jwt`.
    ///
    /// Secret.
    public let secret: [UInt8]?
    /// `token_endpoint_auth_signing_alg`: the only algorithm of its assertions; nil for every one.
    public let algorithm: String?

    /// A registration from its parts.
    public init(keys: JSONWebKeySet?, secret: [UInt8]?, algorithm: String?) {
        self.keys = keys
        self.secret = secret
        self.algorithm = algorithm
    }
}

/// A registered client: immutable, replaced by a change; only the emergency switch takes effect in
/// place.
public final class Client: Sendable {
    /// The `client_id`, in the characters that need no escape in JSON.
    public let id: [UInt8]
    private let isRegisteredEnabled: Bool
    private let switchedOff = Atomic<Bool>(false)
    // Made when it is first needed: most clients of a large registry have none.
    private let madeActivity = AtomicLazyReference<ClientActivity>()
    /// The hash of its secret; used only by methods that have one.
    public let secret: ClientSecretHash?
    /// The registration for `tls_client_auth`; nil for the other methods.
    public let trust: CertificateTrust?
    /// The keys or the secret for assertions; nil for the other methods.
    public let assertion: AssertionRegistration?
    private let shared: SharedPolicy
    // Inline storage: most clients have one certificate, and only the others pay for an array.
    private let first: RegisteredCertificate?
    private let others: [RegisteredCertificate]

    /// Whether it may authenticate at all.
    public var isEnabled: Bool { isRegisteredEnabled && !isSwitchedOff }

    /// Whether an administrator has switched the client off, whatever its registration says;
    /// visible to all threads at once.
    public var isSwitchedOff: Bool {
        get { switchedOff.load(ordering: .relaxed) }
        set { switchedOff.store(newValue, ordering: .relaxed) }
    }

    /// The client's bucket and counts since the server's start; made here where there are none yet.
    ///
    /// The same object for every registration of the client, one after the other.
    public var activity: ClientActivity {
        if let made = madeActivity.load() { return made }
        return madeActivity.storeIfNil(ClientActivity())
    }

    /// The same; nil while nothing was noted.
    public var knownActivity: ClientActivity? { madeActivity.load() }

    /// Takes over the activity of `old`, which this registration replaces, before it is served.
    public func takeActivity(of old: Client) {
        _ = madeActivity.storeIfNil(old.activity)
    }

    /// How often it may ask, by its registration; nil for the server's default.
    public var rate: RequestRate? { shared.value.rate }

    /// The client's permissions.
    public var policy: ClientPolicy { shared.value }

    /// The client's rules for grants that last, and for the form of its tokens.
    public var grantPolicy: GrantPolicy { shared.grant }

    /// Epoch seconds before which nothing that was issued to the client is valid.
    public let tokensValidFrom: Int64

    /// nil where the id has characters that RFC 6749 (appendix A.1) or JSON would not carry.
    public convenience init?(
        id: String,
        policy: ClientPolicy,
        isEnabled: Bool,
        secret: ClientSecretHash?,
        trust: CertificateTrust?,
        assertion: AssertionRegistration? = nil,
        certificates: [RegisteredCertificate],
        grantPolicy: GrantPolicy = GrantPolicy(),
        tokensValidFrom: Int64 = 0
    ) {
        self.init(
            id: id,
            sharing: SharedPolicy(policy, grantPolicy),
            isEnabled: isEnabled,
            secret: secret,
            trust: trust,
            assertion: assertion,
            certificates: certificates,
            tokensValidFrom: tokensValidFrom
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
        certificates: [RegisteredCertificate],
        tokensValidFrom: Int64 = 0
    ) {
        self.id = Array(id.utf8)
        guard !self.id.isEmpty,
            self.id.allSatisfy({ $0 >= 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x5c })
        else { return nil }
        self.shared = shared
        isRegisteredEnabled = isEnabled
        self.tokensValidFrom = tokensValidFrom
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

    /// The check of the certificate with this thumbprint.
    public func selfSignedCheck(of thumbprint: Digest256, now: Int64) -> SelfSignedCheck {
        guard let first else { return .notRegistered }
        if first.thumbprint == thumbprint { return first.selfSignedCheck(now: now) }
        let other = others.first { $0.thumbprint == thumbprint }
        return other?.selfSignedCheck(now: now) ?? .notRegistered
    }

    /// Whether it authenticates by SPIFFE IDs, and this is one of them.
    func isRegistered(for spiffeID: [UInt8]) -> Bool {
        guard policy.method == .spiffeX509, let pattern = trust?.pattern,
            let id = try? SPIFFEID(String(decoding: spiffeID, as: UTF8.self))
        else { return false }
        return pattern.matches(id)
    }

    /// All registered certificates.
    public var certificates: [RegisteredCertificate] {
        first.map { [$0] + others } ?? []
    }
}
