// SPDX-License-Identifier: Apache-2.0
public import Cryptography

/// A replay cache of assertions, shared by all reactors.
public protocol ReplayMemory: Sendable {
    /// Whether this is the first use of the assertion with that digest; of two concurrent uses, one
    /// is the first.
    ///
    /// Remembered until `until`. Also false when the memory is full: fail closed. Both times in
    /// seconds since 1970.
    func isFirstUse(of digest: Digest256, until: Int64, now: Int64) -> Bool

    /// Whether the assertion was used already; does not use it up.
    func isUsed(_ digest: Digest256, now: Int64) -> Bool
}

/// A replay memory without room, which refuses every assertion: fail closed where none was given.
public struct ForgetfulMemory: ReplayMemory {
    /// An empty memory.
    public init() {}

    /// Never: without a memory a repetition cannot be told apart.
    public func isFirstUse(of digest: Digest256, until: Int64, now: Int64) -> Bool { false }

    /// Always, for the same reason.
    public func isUsed(_ digest: Digest256, now: Int64) -> Bool { true }
}

/// The key or secret that verified an assertion.
enum AssertionProof: Sendable, Equatable {
    /// The client's public key with this digest.
    case key(Digest256, SignatureAlgorithm)
    /// The client's secret.
    case secret(MessageAuthenticationAlgorithm)
}

/// An assertion whose signature and claims are valid, not yet checked for replay.
final class VerifiedAssertion: Sendable {
    /// The client that made it.
    let clientID: [UInt8]
    /// The assertion's key in the replay memory, unique among all clients.
    let digest: Digest256
    /// When the assertion expires, in seconds since 1970.
    let acceptedUntil: Int64
    /// The key or secret that verified it.
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
        // Unambiguous: a registered client's id has no NUL.
        digest = digester.digest((clientID + [0] + Array(claims.identifier.utf8)).span)
    }

    /// When the replay memory may forget the assertion, in seconds since 1970.
    var rememberedUntil: Int64 { acceptedUntil + AssertionPolicy.spare }

    /// Uses up the assertion (RFC 7523 §3, `jti`); throws if it was used before.
    ///
    /// The last step: an assertion that fails authentication must not use up another one's
    /// identifier. The use must be durable before the answer.
    func use(_ memory: some ReplayMemory, now: Int64) throws(OAuthError) -> AssertionUse {
        guard memory.isFirstUse(of: digest, until: rememberedUntil, now: now) else {
            throw .invalidClient(.assertionRepeated)
        }
        return AssertionUse(digest: digest, until: rememberedUntil)
    }
}
