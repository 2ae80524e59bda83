// SPDX-License-Identifier: Apache-2.0
internal import Text

/// The server's policy for client assertions (RFC 7523 §3).
public struct AssertionPolicy: Sendable, Equatable {
    /// The accepted audiences of an assertion.
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
    /// The accepted audiences of an assertion.
    public let audience: Audience

    /// The tolerated clock skew between client and server, in seconds, for every time of an
    /// assertion.
    static let clockSkew = ClockSkew(ahead: 60, behind: 10)
    /// The longest lifetime of an assertion: a stolen one works until `exp`, and its `jti` must be
    /// remembered as long (RFC 7523 §3 lets a server refuse times that are too far away).
    static let lifetimeMax: Int64 = 3_600
    /// Extra seconds for which an assertion is remembered: reactors read the clock separately, and
    /// it may be set back a little.
    static let spare: Int64 = 60
    /// The longest time for which an assertion is remembered, in seconds after its use.
    public static let rememberedSecondsMax =
        lifetimeMax + clockSkew.ahead + clockSkew.behind + spare
    /// Random UUIDs have 36 bytes; a longer `jti` carries data and is no identifier.
    static let identifierBytesMax = 256

    /// A policy from its parts.
    public init(issuer: String, audience: Audience) {
        self.issuer = issuer
        self.audience = audience
    }

    /// Whether the `aud` claim satisfies this policy.
    func accepts(_ claim: JSONValue?) -> Bool {
        switch audience {
        case .issuerAlone:
            return claim?.text.map { $0.isSameBytes(as: issuer) } ?? false
        case .issuerOrEndpoints(let endpoints):
            guard let names = claim?.texts else { return false }
            return names.contains { name in
                name.isSameBytes(as: issuer) || endpoints.containsBytes(of: name)
            }
        }
    }
}

/// Tolerated clock skew, in seconds.
///
/// The two directions differ: without tolerance a client that is ahead is refused its first
/// request, while one that is behind loses only the end of a lifetime that it chose itself.
struct ClockSkew: Sendable {
    /// FAPI 2.0 §5.3.2.1: `iat` and `nbf` are taken up to 10 s ahead, and refused beyond 60.
    let ahead: Int64
    /// Added to every assertion's lifetime, a stolen one's too; so no more than the clocks of
    /// well-kept machines differ.
    let behind: Int64

    /// Whether `time` has come by a clock that may be ahead of ours.
    func hasBegun(_ time: Int64, now: Int64) -> Bool { time <= now + ahead }

    /// Whether `time` is over even by a clock that is behind ours.
    func hasEnded(_ time: Int64, now: Int64) -> Bool { time <= now - behind }
}
