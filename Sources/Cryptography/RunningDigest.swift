// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// A SHA-256 digest of bytes that come in parts; one thread's own.
@safe public final class RunningDigest {
    private let context: OpaquePointer
    private let byteCount: Int

    /// The digest of nothing so far; traps where OpenSSL has no SHA-256 or no memory.
    public convenience init() { self.init("SHA256", byteCount: Digest256.byteCount) }

    /// A SHA-1 of nothing so far: for Java's keystores, and for nothing else.
    static func sha1() -> RunningDigest { RunningDigest("SHA1", byteCount: 20) }

    /// Takes the OpenSSL name of an algorithm with a digest of so many bytes.
    private init(_ name: String, byteCount: Int) {
        self.byteCount = byteCount
        // SAFETY: the algorithm is freed here, the context, which holds it, in deinit.
        let algorithm = unsafe EVP_MD_fetch(handfast_library(), name, nil)
        defer { unsafe EVP_MD_free(algorithm) }
        guard let context = unsafe EVP_MD_CTX_new(),
            unsafe EVP_DigestInit_ex2(context, algorithm, nil) == 1
        else { preconditionFailure("OpenSSL has no \(name) or no memory") }
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
        guard let digest = Digest256(finishBytes()) else {
            preconditionFailure("it is no SHA-256")
        }
        return digest
    }

    /// The bytes of the digest; nothing may be added after them.
    func finishBytes() -> [UInt8] {
        var out = [UInt8](repeating: 0, count: byteCount)
        // SAFETY: the algorithm writes exactly `byteCount` bytes, the array's count.
        let done = unsafe EVP_DigestFinal_ex(context, &out, nil)
        precondition(done == 1, "a digest failed")
        return out
    }
}
