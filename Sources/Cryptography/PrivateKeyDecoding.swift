// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// Private keys as OpenSSL reads them.
enum PrivateKeyDecoding {
    /// Reads a PKCS #8 private key in DER (RFC 5208), of any kind; the caller owns the result.
    static func key(pkcs8 der: [UInt8]) throws(CryptographyError) -> OpaquePointer {
        // SAFETY: OpenSSL reads at most `der.count` bytes and returns an owned key or NULL.
        let parsed = unsafe der.withUnsafeBufferPointer { bytes in
            var cursor = bytes.baseAddress
            return unsafe d2i_AutoPrivateKey_ex(nil, &cursor, bytes.count, handfast_library(), nil)
        }
        guard let parsed = unsafe parsed else { throw .last("reading a private key") }
        return unsafe parsed
    }
}
