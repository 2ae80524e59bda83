// SPDX-License-Identifier: Apache-2.0
internal import OAuth

/// The JWK Set as it was made last, and when it has to be made anew.
///
/// A retired key leaves it when its last token has expired, whether or not keys change then.
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

    /// Makes the set; one that cannot be made is due in an hour, too.
    mutating func document(of keys: SigningKeys, now: Int64) throws -> [UInt8] {
        madeAt = now
        // The longest life that any client's token may have.
        return try keys.jwks(
            now: now,
            tokenLifetimeMax: Int64(RegistrationLimits.tokenLifetimeSecondsMax)
        )
    }
}
