/// What this server expects of the assertions that clients authenticate by (RFC 7523 §3).
public struct AssertionPolicy: Sendable, Equatable {
    /// Whom an assertion must be addressed to.
    public enum Audience: Sendable, Equatable {
        /// The issuer as a single string, and nothing else: FAPI 2.0 Security Profile §5.3.2.1.
        ///
        /// An assertion that another server may also take could be passed on from there.
        case issuerAlone
        /// The issuer or one of these URLs, alone or in an array: RFC 7523 §3, OpenID Connect Core
        /// §9.
        case issuerOrEndpoints([String])
    }

    /// The issuer, byte for byte the metadata's `issuer`.
    public let issuer: String
    /// Whom an assertion must be addressed to.
    public let audience: Audience
    /// Seconds for which an assertion is still taken after its `exp`.
    public let lateness: Int64

    /// As much as the clocks of well-kept machines ever differ.
    public static let latenessMax: Int64 = 10
    /// How far ahead `iat` and `nbf` may be: FAPI 2.0 wants 10 s taken and more than 60 s refused.
    static let earlinessMax: Int64 = 60
    /// How far ahead `exp` may be: whoever finds an assertion can use it until then, and its `jti`
    /// must be remembered as long (RFC 7523 §3 lets a server refuse times that are too far away).
    static let lifetimeMax: Int64 = 3_600
    /// Random UUIDs have 36; longer ones are somebody's data.
    static let identifierBytesMax = 256

    /// A policy from its parts; `lateness` is at most `latenessMax`.
    public init(issuer: String, audience: Audience, lateness: Int64 = 0) {
        precondition((0...Self.latenessMax).contains(lateness))
        self.issuer = issuer
        self.audience = audience
        self.lateness = lateness
    }

    /// Whether the `aud` claim is one that this policy takes.
    func accepts(_ claim: JSONValue?) -> Bool {
        switch audience {
        case .issuerAlone:
            return claim?.text.map { Self.equal($0, issuer) } ?? false
        case .issuerOrEndpoints(let endpoints):
            guard let names = claim?.texts else { return false }
            return names.contains { name in
                Self.equal(name, issuer) || endpoints.contains { Self.equal(name, $0) }
            }
        }
    }

    // RFC 7519 §2, StringOrURI: compared without any transformation. Swift's comparison of strings
    // would take different bytes for the same text.
    private static func equal(_ a: String, _ b: String) -> Bool {
        a.utf8.elementsEqual(b.utf8)
    }
}
