// SPDX-License-Identifier: Apache-2.0
internal import Text

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

    /// How the client's clock may differ from ours, in seconds; every time of an assertion is
    /// compared under it.
    static let clockSkew = ClockSkew(ahead: 60, behind: 10)
    /// How long an assertion may live: whoever finds it can use it until `exp`, and its `jti` must
    /// be remembered as long (RFC 7523 §3 lets a server refuse times that are too far away).
    static let lifetimeMax: Int64 = 3_600
    /// Reactors look at the clock apart, and it may be set back a little: an assertion is
    /// remembered for longer than any of them takes it.
    static let spare: Int64 = 60
    /// How long an assertion is remembered at most, in seconds after its use.
    public static let rememberedSecondsMax =
        lifetimeMax + clockSkew.ahead + clockSkew.behind + spare
    /// Random UUIDs have 36; longer ones are somebody's data.
    static let identifierBytesMax = 256

    /// A policy from its parts.
    public init(issuer: String, audience: Audience) {
        self.issuer = issuer
        self.audience = audience
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

/// How far a client's clock may be off, in seconds.
///
/// The two directions differ: a client that is ahead is refused its first request, while one that
/// is behind loses the end of a life that it chose itself.
struct ClockSkew: Sendable {
    /// FAPI 2.0 §5.3.2.1: `iat` and `nbf` are taken up to 10 s ahead, and refused beyond 60.
    let ahead: Int64
    /// What is added to every assertion's life, for whoever finds it too; so no more than the
    /// clocks of well-kept machines differ.
    let behind: Int64

    /// Whether `time` has come by a clock that may be ahead of ours.
    func hasBegun(_ time: Int64, now: Int64) -> Bool { time <= now + ahead }

    /// Whether `time` is over by every clock.
    func hasEnded(_ time: Int64, now: Int64) -> Bool { time <= now - behind }
}
