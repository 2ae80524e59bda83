// SPDX-License-Identifier: Apache-2.0
public import Cryptography

/// Another authorization server whose JWTs count here (RFC 7523 §3), as it is registered.
///
/// Immutable, replaced by a change; every request is decided by that of the current registry.
public final class TrustedIssuer: Sendable {
    /// The beginning of its subjects here: `NAME:sub`.
    public let name: String
    /// The `iss` of its JWTs, compared byte for byte.
    public let issuer: [UInt8]
    /// Its public keys; nil where they were never fetched.
    public let keys: JSONWebKeySet?
    /// Whether its keys come from a `jwks_uri`, and may be newer there.
    public let hasRemoteKeys: Bool
    /// Epoch seconds at which its `jwks_uri` last had a good set; nil for registered keys, and
    /// where there was none yet.
    public let keysFetchedAt: Int64?
    /// The algorithms of its JWTs; all of them have public keys.
    public let algorithms: [SignatureAlgorithm]
    /// The one `aud` of its JWTs; nil for this server's issuer.
    public let audience: String?
    /// The pattern of its `sub`s; nil for every one.
    public let subjects: SubjectPattern?
    /// The audiences that tokens for its subjects may have; empty for those of the client.
    public let tokenAudiences: [String]
    /// The scope tokens that tokens for its subjects may have; empty for those of the client.
    public let scopes: [String]
    /// Seconds that its JWTs live at most.
    public let lifetimeMax: Int64
    /// Whether a JWT may be used more than once.
    public let allowsReplay: Bool
    /// Seconds since 1970 of its registration.
    let created: Int64
    private let clients: Set<[UInt8]>

    /// Seconds after which keys that could not be fetched again do not count any more.
    public static let keysAgeMax: Int64 = 86_400
    /// The longest lifetime of its JWTs, in seconds: as long as the uses of assertions are
    /// remembered.
    public static let lifetimeMax = AssertionPolicy.lifetimeMax
    /// The bytes of an `iss`, and of a subject without the name in front of it.
    public static let textBytesMax = 1_024

    /// An issuer from its parts; `clients` are the `client_id`s that may present its JWTs.
    public init(
        name: String,
        issuer: String,
        keys: JSONWebKeySet?,
        hasRemoteKeys: Bool = false,
        keysFetchedAt: Int64? = nil,
        algorithms: [SignatureAlgorithm],
        clients: [String],
        audience: String? = nil,
        subjects: SubjectPattern? = nil,
        tokenAudiences: [String] = [],
        scopes: [String] = [],
        lifetimeMax: Int64,
        allowsReplay: Bool = false,
        created: Int64 = 0
    ) {
        self.name = name
        self.issuer = Array(issuer.utf8)
        self.keys = keys
        self.hasRemoteKeys = hasRemoteKeys
        self.keysFetchedAt = keysFetchedAt
        self.algorithms = algorithms
        self.clients = Set(clients.map { Array($0.utf8) })
        self.audience = audience
        self.subjects = subjects
        self.tokenAudiences = tokenAudiences
        self.scopes = scopes
        self.lifetimeMax = lifetimeMax
        self.allowsReplay = allowsReplay
        self.created = created
    }

    /// Whether the client may present its JWTs.
    public func allows(_ client: Client) -> Bool { clients.contains(client.id) }

    /// Whether it may speak of the subject, `NAME:sub`.
    func allows(subject: [UInt8]) -> Bool {
        subjects?.matches(Array(subject.dropFirst(name.utf8.count + 1))) ?? true
    }

    /// The keys as they count at `now`, in epoch seconds; nil where there are none, or where they
    /// could not be fetched for a day.
    ///
    /// Fails closed by a clock that was set back, too: keys of tomorrow do not count.
    func currentKeys(now: Int64) -> JSONWebKeySet? {
        guard hasRemoteKeys else { return keys }
        guard let keysFetchedAt, abs(now - keysFetchedAt) <= Self.keysAgeMax else { return nil }
        return keys
    }

    /// `sub` of tokens for the issuer's subject of this name: `NAME:sub`.
    func subject(_ name: String) -> [UInt8] {
        Array(self.name.utf8) + [UInt8(ascii: ":")] + Array(name.utf8)
    }
}

/// The trusted issuers at one moment, by what requests name of them.
public struct TrustedIssuers: Sendable {
    private var byIssuer: [[UInt8]: TrustedIssuer] = [:]
    private var byName: [String: TrustedIssuer] = [:]

    /// These issuers; fails closed: of two with one `iss` neither is trusted.
    public init(_ issuers: [TrustedIssuer] = []) {
        var repeated: Set<[UInt8]> = []
        for issuer in issuers {
            let before = byIssuer.updateValue(issuer, forKey: issuer.issuer)
            if before != nil { repeated.insert(issuer.issuer) }
        }
        for name in repeated { byIssuer[name] = nil }
        for issuer in byIssuer.values { byName[issuer.name] = issuer }
    }

    /// All of them, in no order.
    public var all: [TrustedIssuer] { Array(byName.values) }

    /// The names of all of them.
    public var names: Set<String> { Set(byName.keys) }

    /// The issuer whose JWTs have this `iss`; nil for one that is not trusted.
    func issuer(_ name: String) -> TrustedIssuer? { byIssuer[Array(name.utf8)] }

    /// The issuer of this name; nil for none.
    public func named(_ name: String) -> TrustedIssuer? { byName[name] }

    /// The issuer to which the subject of a token belongs, `NAME:sub`; nil for a client's, and for
    /// a user's.
    func issuer(ofSubject subject: [UInt8]) -> TrustedIssuer? {
        guard let colon = subject.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        return byName[String(decoding: subject[..<colon], as: UTF8.self)]
    }
}
