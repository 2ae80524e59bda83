// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// Keys from keys (HKDF with SHA-256, RFC 5869).
public enum KeyDerivation {
    /// Derives `count` bytes from a secret; another salt or another purpose gives unrelated bytes.
    public static func hkdf(
        secret: [UInt8],
        salt: [UInt8],
        purpose: [UInt8],
        count: Int
    ) throws(CryptographyError) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: count)
        // SAFETY: each array is passed with its own count; OpenSSL writes `count` bytes.
        let done = unsafe handfast_hkdf_sha256(
            secret,
            secret.count,
            salt,
            salt.count,
            purpose,
            purpose.count,
            &out,
            count
        )
        guard done == 1 else { throw .last("deriving a key") }
        return out
    }

    /// Derives `count` bytes from a password (PBKDF2 with HMAC of the OpenSSL digest of that name);
    /// takes time by `rounds`, which the caller bounds.
    static func pbkdf2(
        password: [UInt8],
        salt: [UInt8],
        rounds: Int,
        digest: String,
        count: Int
    ) throws(CryptographyError) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: count)
        // SAFETY: each array is passed with its own count; OpenSSL writes `count` bytes.
        let done = unsafe handfast_pbkdf2(
            digest,
            password,
            password.count,
            salt,
            salt.count,
            UInt64(rounds),
            &out,
            count
        )
        guard done == 1 else { throw .last("deriving a key") }
        return out
    }
}
