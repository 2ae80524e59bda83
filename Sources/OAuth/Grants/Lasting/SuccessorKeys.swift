// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// The keys under which the successors of refresh tokens follow from them: one for each sealing
/// key, derived once.
///
/// Secret.
struct SuccessorKeys: Sendable {
    private let sealing: SealingKeys
    private let derived: [String: [UInt8]]

    /// Those of `keys`, without any that cannot be derived.
    init(_ keys: SealingKeys) {
        sealing = keys
        derived = keys.keys.reduce(into: [:]) { derived, key in
            derived[key.keyID] = try? KeyDerivation.hkdf(
                secret: key.secret,
                salt: [],
                purpose: Array("handfast refresh token".utf8),
                count: Digest256.byteCount
            )
        }
    }

    /// The key for a successor that is made at `now`; nil where there is none.
    func active(at now: Int64) -> [UInt8]? {
        sealing.active(at: now).flatMap { derived[$0.keyID] }
    }

    /// All keys that may have been active, in the order of their activation.
    var all: [[UInt8]] { sealing.keys.compactMap { derived[$0.keyID] } }
}
