// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// Comparison of secrets in a time that does not depend on where they differ.
public enum SecretComparison {
    /// Whether both hold the same bytes.
    ///
    /// Different lengths are unequal at once: a length is no secret here.
    public static func equal(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
        guard a.count == b.count else { return false }
        // SAFETY: both spans have `a.count` bytes.
        return unsafe a.withUnsafeBytes { left in
            unsafe b.withUnsafeBytes { right in
                unsafe CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0
            }
        }
    }
}
