// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// AES-256-GCM under one key (NIST SP 800-38D), its key schedule made once; one thread's own.
///
/// The caller owns the promise that makes it secure: no nonce is ever used twice with one key.
@safe public final class AuthenticatedCipher {
    /// Bytes of a key.
    public static let keyCount = 32
    /// Bytes of a nonce.
    public static let nonceCount = 12
    /// Bytes by which a sealed text is longer than its plain text.
    public static let tagCount = 16

    private let sealing: OpaquePointer
    private let opening: OpaquePointer

    /// Prepares `key`, 32 bytes.
    public init(key: [UInt8]) throws(CryptographyError) {
        precondition(key.count == Self.keyCount)
        // SAFETY: the contexts are freed in deinit or on the way out; the key is read only during
        // the calls.
        guard let sealing = unsafe EVP_CIPHER_CTX_new() else { throw .last("preparing a cipher") }
        guard let opening = unsafe EVP_CIPHER_CTX_new() else {
            unsafe EVP_CIPHER_CTX_free(sealing)
            throw .last("preparing a cipher")
        }
        unsafe self.sealing = sealing
        unsafe self.opening = opening
        guard let cipher = unsafe EVP_CIPHER_fetch(handfast_library(), "AES-256-GCM", nil) else {
            throw .last("preparing a cipher")
        }
        defer { unsafe EVP_CIPHER_free(cipher) }
        guard unsafe EVP_EncryptInit_ex2(sealing, cipher, key, nil, nil) == 1,
            unsafe EVP_DecryptInit_ex2(opening, cipher, key, nil, nil) == 1
        else { throw .last("preparing a cipher") }
    }

    deinit {
        unsafe EVP_CIPHER_CTX_free(sealing)
        unsafe EVP_CIPHER_CTX_free(opening)
    }

    /// Appends `plain` encrypted, then the tag over it and `associated`.
    ///
    /// `nonce` has 12 bytes. When it throws, `out` is as it was.
    public func seal(
        _ plain: Span<UInt8>,
        nonce: Span<UInt8>,
        associated: Span<UInt8>,
        to out: inout [UInt8]
    ) throws(CryptographyError) {
        precondition(nonce.count == Self.nonceCount)
        let start = out.count
        out.append(contentsOf: repeatElement(0, count: plain.count + Self.tagCount))
        let done = crypt(plain, nonce, associated, decrypts: false, &out, at: start)
        // SAFETY: the tag's room is the 16 bytes behind the text.
        let tagged = unsafe out.withUnsafeMutableBytes { bytes in
            unsafe done
                && EVP_CIPHER_CTX_ctrl(
                    sealing,
                    EVP_CTRL_AEAD_GET_TAG,
                    Int32(Self.tagCount),
                    bytes.baseAddress?.advanced(by: start + plain.count)
                ) == 1
        }
        guard tagged else {
            out.removeSubrange(start...)
            throw .last("sealing")
        }
    }

    /// Appends the plain text of `sealed` (text and tag), or returns false and leaves `out` as it
    /// was.
    ///
    /// False says that any of key, nonce, associated bytes, text or tag is not the one of the
    /// sealing.
    public func open(
        _ sealed: Span<UInt8>,
        nonce: Span<UInt8>,
        associated: Span<UInt8>,
        into out: inout [UInt8]
    ) -> Bool {
        precondition(nonce.count == Self.nonceCount)
        guard sealed.count >= Self.tagCount else { return false }
        let count = sealed.count - Self.tagCount
        let start = out.count
        out.append(contentsOf: repeatElement(0, count: count))
        let text = sealed.extracting(first: count)
        var tag: [UInt8] = []
        for index in count..<sealed.count { tag.append(sealed[index]) }
        let decrypted = crypt(text, nonce, associated, decrypts: true, &out, at: start)
        var none: Int32 = 0
        var nothing: UInt8 = 0
        // SAFETY: 16 bytes of tag; GCM writes nothing in its last step.
        let authentic =
            unsafe decrypted
            && EVP_CIPHER_CTX_ctrl(opening, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagCount), &tag) == 1
            && EVP_DecryptFinal_ex(opening, &nothing, &none) == 1
        guard authentic else {
            ERR_clear_error()
            out.removeSubrange(start...)
            return false
        }
        return true
    }

    /// Runs `input` through the cipher into `out` from `start` on; for sealing, the last step too.
    private func crypt(
        _ input: Span<UInt8>,
        _ nonce: Span<UInt8>,
        _ associated: Span<UInt8>,
        decrypts: Bool,
        _ out: inout [UInt8],
        at start: Int
    ) -> Bool {
        let context = unsafe decrypts ? opening : sealing
        var count: Int32 = 0
        var last: UInt8 = 0
        // SAFETY: the room in `out` was made by the caller: at least `input.count` bytes from
        // `start` on.
        return unsafe out.withUnsafeMutableBytes { bytes in
            let target = unsafe bytes.baseAddress?.advanced(by: start)
                .assumingMemoryBound(to: UInt8.self)
            return unsafe input.withUnsafeBytes { text in
                unsafe nonce.withUnsafeBytes { nonce in
                    unsafe associated.withUnsafeBytes { associated in
                        unsafe EVP_CipherInit_ex2(
                            context,
                            nil,
                            nil,
                            nonce.baseAddress?.assumingMemoryBound(to: UInt8.self),
                            -1,
                            nil
                        ) == 1
                            && EVP_CipherUpdate(
                                context,
                                nil,
                                &count,
                                associated.baseAddress?.assumingMemoryBound(to: UInt8.self),
                                Int32(associated.count)
                            ) == 1
                            && EVP_CipherUpdate(
                                context,
                                target,
                                &count,
                                text.baseAddress?.assumingMemoryBound(to: UInt8.self),
                                Int32(text.count)
                            ) == 1
                            && (decrypts || EVP_CipherFinal_ex(context, &last, &count) == 1)
                    }
                }
            }
        }
    }
}
