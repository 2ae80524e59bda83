// SPDX-License-Identifier: Apache-2.0
public import Cryptography

/// Remembers what may be used once, for all reactors together.
public protocol ReplayMemory: Sendable {
    /// Whether this is the first use of what has that digest; of two at once, one is the first.
    ///
    /// Remembered until `until`. False also where nothing more can be remembered: what cannot be
    /// told from a repetition is none the better for that. Both times in seconds since 1970.
    func isFirstUse(of digest: Digest256, until: Int64, now: Int64) -> Bool

    /// Whether it was used already; uses nothing up.
    func isUsed(_ digest: Digest256, now: Int64) -> Bool
}

/// Remembers nothing, and so takes nothing: what stands where no memory was given.
public struct ForgetfulMemory: ReplayMemory {
    /// Needs nothing.
    public init() {}

    /// Never: what cannot be remembered cannot be told from a repetition.
    public func isFirstUse(of digest: Digest256, until: Int64, now: Int64) -> Bool { false }

    /// Always, for the same reason.
    public func isUsed(_ digest: Digest256, now: Int64) -> Bool { true }
}

/// What has verified an assertion.
enum AssertionProof: Sendable, Equatable {
    /// The client's public key with this digest.
    case key(Digest256, SignatureAlgorithm)
    /// The client's secret.
    case secret(MessageAuthenticationAlgorithm)
}

/// An assertion whose signature and claims are right, and that may have been used before.
struct VerifiedAssertion: Sendable, Equatable {
    /// The client that made it.
    let clientID: [UInt8]
    /// Names the assertion among all clients'.
    let digest: Digest256
    /// When it is refused for its age, in seconds since 1970.
    let acceptedUntil: Int64
    /// What has verified it.
    let proof: AssertionProof

    init(
        clientID: [UInt8],
        _ claims: AssertionClaims,
        _ proof: AssertionProof,
        digester: Digester
    ) {
        self.clientID = clientID
        self.proof = proof
        acceptedUntil = claims.acceptedUntil
        // A registered client's id has no NUL, so no two pairs become the same text.
        digest = digester.digest((clientID + [0] + Array(claims.identifier.utf8)).span)
    }

    /// Until when it is remembered, in seconds since 1970.
    var rememberedUntil: Int64 { acceptedUntil + AssertionPolicy.spare }

    /// Takes the one use that an assertion has (RFC 7523 §3, `jti`); throws for any other.
    ///
    /// Comes last: an assertion that authenticates nobody must not use up another one's identifier.
    /// The use is to be made durable before anything is answered.
    func use(_ memory: some ReplayMemory, now: Int64) throws(OAuthError) -> AssertionUse {
        guard memory.isFirstUse(of: digest, until: rememberedUntil, now: now) else {
            throw .invalidClient(.assertionRepeated)
        }
        return AssertionUse(digest: digest, until: rememberedUntil)
    }
}
