// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// The sealer of the active key, made anew when another one becomes active.
struct ActiveSealer: ~Copyable {
    private var keyID: String?
    private var checkedAt: Int64 = .min
    private var sealer: TokenSealer?

    /// Makes sure that `append` seals with the key that is active at `now`.
    mutating func prepare(
        _ keys: SealingKeys,
        issuer: String,
        now: Int64
    ) throws(CryptographyError) {
        // Checked once a second: a key may become active between two changes of the set.
        guard checkedAt != now else { return }
        guard let key = keys.active(at: now) else {
            throw CryptographyError("sealing", reason: "no sealing key is active")
        }
        if keyID != key.keyID {
            sealer = try TokenSealer(key, issuer: issuer)
            keyID = key.keyID
        }
        checkedAt = now
    }

    /// Appends a token in base64url; `prepare` must have succeeded.
    mutating func append(
        _ claims: TokenClaims,
        audience: String,
        to out: inout [UInt8]
    ) throws(CryptographyError) {
        guard sealer != nil else {
            throw CryptographyError("sealing", reason: "no sealing key is active")
        }
        try sealer?.append(claims, audience: audience, to: &out)
    }
}
