// SPDX-License-Identifier: Apache-2.0
internal import OAuth

/// A cache of the JWK Set, and the time at which it must be made again.
///
/// A retired key leaves the set when its last token has expired, whether or not keys change then.
struct PublishedKeys {
    private var madeAt: Int64?

    /// A key is published for a year; an hour more is no matter.
    private static let seconds: Int64 = 3600

    /// Whether the set is an hour old, or of a time that the clock has been set back behind: a key
    /// that has left may have to be in it again.
    func areDue(now: Int64) -> Bool {
        guard let madeAt else { return true }
        return !(madeAt..<madeAt + Self.seconds).contains(now)
    }

    /// Makes the set.
    mutating func document(of keys: SigningKeys, now: Int64) -> [UInt8] {
        madeAt = now
        // The longest life that any client's token may have.
        return keys.jwks(
            now: now,
            tokenLifetimeMax: Int64(RegistrationLimits.tokenLifetimeSecondsMax)
        )
    }
}
