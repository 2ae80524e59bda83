// SPDX-License-Identifier: Apache-2.0
/// One trusted issuer: another authorization server whose JWTs count here (RFC 7523 §3).
public struct IssuerRecord: Sendable, Equatable {
    /// The beginning of its subjects here, `NAME:sub`; unique, `[a-z][a-z0-9-]{0,31}`; never
    /// changes.
    public var name: String
    /// The `iss` of its JWTs, compared byte for byte; no other issuer has it.
    public var issuer: String
    /// The issuer's public keys as a JWK Set (RFC 7517).
    public var jwks: String?
    /// The URL from which its keys are fetched, in place of registered ones.
    public var jwksURI: String?
    /// The last good JWK Set from `jwksURI`; nil until there was one.
    ///
    /// Belongs to that URI: without one, or for another one, it cannot be written.
    public var fetchedJWKS: String?
    /// Epoch seconds at which `jwksURI` last had a good set; nil until there was one.
    public var fetchedAt: Int64?
    /// The JWS algorithms of its JWTs, at least one.
    public var algorithms: [String]
    /// The `client_id`s that may present its JWTs, at least one.
    public var clients: [String]
    /// The one `aud` of its JWTs; nil for this server's issuer.
    public var audience: String?
    /// The pattern of its `sub`s, in which each `*` stands for any characters; nil for every one.
    public var subjects: String?
    /// The audiences that tokens for its subjects may have; empty for those of the client.
    public var tokenAudiences: [String]
    /// The scope tokens that tokens for its subjects may have; empty for those of the client.
    public var scopes: [String]
    /// Seconds that its JWTs live at most.
    public var maxLifetime: Int
    /// Whether a JWT may be used more than once.
    public var allowsReplay: Bool
    /// Short texts by which people and programs find it.
    public var labels: [String: String]
    /// Epoch seconds of its making.
    public var created: Int64
    /// Counts up with each change of the record, from 1.
    public var version: Int64

    /// Five minutes: JWTs for this use are made when they are needed.
    public static let maxLifetimeStandard = 300
    /// The longest lifetime of a JWT that may be used more than once, in seconds.
    public static let replayLifetimeMax = 300

    /// A record from its parts; nothing is checked before it is written.
    public init(
        name: String,
        issuer: String,
        jwks: String? = nil,
        jwksURI: String? = nil,
        fetchedJWKS: String? = nil,
        fetchedAt: Int64? = nil,
        algorithms: [String],
        clients: [String],
        audience: String? = nil,
        subjects: String? = nil,
        tokenAudiences: [String] = [],
        scopes: [String] = [],
        maxLifetime: Int = maxLifetimeStandard,
        allowsReplay: Bool = false,
        labels: [String: String] = [:],
        created: Int64,
        version: Int64 = 1
    ) {
        self.name = name
        self.issuer = issuer
        self.jwks = jwks
        self.jwksURI = jwksURI
        self.fetchedJWKS = fetchedJWKS
        self.fetchedAt = fetchedAt
        self.algorithms = algorithms
        self.clients = clients
        self.audience = audience
        self.subjects = subjects
        self.tokenAudiences = tokenAudiences
        self.scopes = scopes
        self.maxLifetime = maxLifetime
        self.allowsReplay = allowsReplay
        self.labels = labels
        self.created = created
        self.version = version
    }

    /// Names that begin other subjects: those of users and clients, SPIFFE IDs, URLs and URNs.
    public static let reservedNames = ["user", "client", "spiffe", "http", "https", "urn"]
    /// The bytes of a name.
    public static let nameBytesMax = 32

    /// Whether `name` can be the name of an issuer.
    public static func isName(_ name: String) -> Bool {
        guard (1...nameBytesMax).contains(name.utf8.count), !reservedNames.contains(name),
            let first = name.utf8.first, isLetter(first)
        else { return false }
        return name.utf8.allSatisfy { byte in
            isLetter(byte) || byte == UInt8(ascii: "-")
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }

    /// The name of the issuer to whose subjects `text` would belong; nil where it begins with none.
    public static func name(beginning text: String) -> String? {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let name = String(text[..<colon])
        return isName(name) ? name : nil
    }
}
