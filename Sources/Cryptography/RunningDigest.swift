// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// A SHA-256 digest of bytes that come in parts; one thread's own.
@safe public final class RunningDigest {
    private let context: OpaquePointer

    /// The digest of nothing so far; traps where OpenSSL has no SHA-256 or no memory.
    public init() {
        // SAFETY: the algorithm is freed here, the context, which holds it, in deinit.
        let algorithm = unsafe EVP_MD_fetch(handfast_library(), "SHA256", nil)
        defer { unsafe EVP_MD_free(algorithm) }
        guard let context = unsafe EVP_MD_CTX_new(),
            unsafe EVP_DigestInit_ex2(context, algorithm, nil) == 1
        else { preconditionFailure("OpenSSL has no SHA256 or no memory") }
        unsafe self.context = context
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    /// Takes further bytes.
    public func add(_ bytes: Span<UInt8>) {
        // SAFETY: the span is passed with its own count.
        let done = unsafe bytes.withUnsafeBytes { input in
            unsafe EVP_DigestUpdate(context, input.baseAddress, input.count)
        }
        precondition(done == 1, "SHA-256 failed")
    }

    /// The digest of all bytes; nothing may be added after it.
    public func finish() -> Digest256 {
        var out = [UInt8](repeating: 0, count: Digest256.byteCount)
        // SAFETY: SHA-256 writes exactly 32 bytes, the array's count.
        let done = unsafe EVP_DigestFinal_ex(context, &out, nil)
        guard done == 1, let digest = Digest256(out) else {
            preconditionFailure("SHA-256 failed")
        }
        return digest
    }
}
