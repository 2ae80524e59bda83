// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// A PKCS#12 keystore that OpenSSL has parsed: its MAC, and its parts decrypted under a password.
@safe final class PKCS12File {
    /// One part of it, whose content is bags.
    enum Part {
        case plain
        case encrypted(PasswordEncryption)
        /// Under a public key, which no password opens.
        case foreign
    }

    private let store: OpaquePointer
    /// The context that it was parsed in, where that is its own.
    private let legacy: OpaquePointer?
    private let parts: OpaquePointer

    /// Nil for bytes that are none, and with `legacy` where OpenSSL's legacy provider is missing.
    init?(_ bytes: [UInt8], legacy isLegacy: Bool = false) {
        defer { ERR_clear_error() }
        // SAFETY: the BIO reads `bytes` only during the closure; d2i frees and clears on failure.
        // The library that is made here is freed in deinit, or before nil is returned.
        let legacy = isLegacy ? unsafe handfast_legacy_library_new() : nil
        guard unsafe !isLegacy || legacy != nil else { return nil }
        let library = isLegacy ? unsafe legacy : unsafe handfast_library()
        var store = unsafe PKCS12_init_ex(NID_pkcs7_data, library, nil)
        let isRead = unsafe bytes.withUnsafeBytes { buffer in
            guard unsafe store != nil,
                let source = unsafe BIO_new_mem_buf(buffer.baseAddress, Int32(buffer.count))
            else { return false }
            defer { unsafe BIO_free(source) }
            return unsafe d2i_PKCS12_bio(source, &store) != nil
        }
        guard isRead, let store = unsafe store, let parts = unsafe PKCS12_unpack_authsafes(store)
        else {
            unsafe PKCS12_free(store)
            unsafe OSSL_LIB_CTX_free(legacy)
            return nil
        }
        unsafe self.store = store
        unsafe self.legacy = legacy
        unsafe self.parts = parts
    }

    deinit {
        unsafe handfast_pkcs12_safes_free(parts)
        unsafe PKCS12_free(store)
        unsafe OSSL_LIB_CTX_free(legacy)
    }

    // MARK: the MAC

    /// All of it in DER, whatever form the file has.
    var der: [UInt8] {
        // SAFETY: here and in `bag`, the first call tells the length that the second one writes.
        let count = unsafe i2d_PKCS12(store, nil)
        return unsafe Self.filled(count) { cursor in unsafe i2d_PKCS12(self.store, &cursor) }
    }

    /// The rounds that the key of the older kind of MAC takes; nil for no number.
    var sealRounds: Int? {
        var number: UnsafePointer<ASN1_INTEGER>?
        // SAFETY: what is lent belongs to the store.
        unsafe PKCS12_get0_mac(nil, nil, nil, &number, store)
        // Without a number it is one round.
        guard let number = unsafe number else { return 1 }
        let count = unsafe ASN1_INTEGER_get(number)
        return count < 0 ? nil : count
    }

    /// Whether the digest of this name can be made.
    static func knowsDigest(_ name: String) -> Bool {
        // SAFETY: what is fetched is freed at once.
        let digest = unsafe EVP_MD_fetch(handfast_library(), name, nil)
        defer {
            unsafe EVP_MD_free(digest)
            ERR_clear_error()
        }
        return unsafe digest != nil
    }

    /// Whether the MAC of the older kind is the one under `password`.
    func isSealed(under password: String?) -> Bool {
        defer { ERR_clear_error() }
        // SAFETY: the password is passed with its own length; without one OpenSSL hashes nothing,
        // where an empty one has its two zeros.
        guard let password else { return unsafe PKCS12_verify_mac(store, nil, 0) == 1 }
        return unsafe PKCS12_verify_mac(store, password, Int32(password.utf8.count)) == 1
    }

    // MARK: the parts

    var count: Int { max(0, Int(unsafe handfast_pkcs12_safes_count(parts))) }

    /// The kind of the part, with its encryption.
    func part(_ index: Int) throws(DERError) -> Part {
        // SAFETY: the part belongs to the stack.
        let part = unsafe handfast_pkcs12_safes_get(parts, Int32(index))
        if unsafe handfast_pkcs7_is_data(part) == 1 { return .plain }
        guard unsafe handfast_pkcs7_is_encrypted(part) == 1 else { return .foreign }
        let count = unsafe i2d_PKCS7(part, nil)
        let der = unsafe Self.filled(count) { cursor in unsafe i2d_PKCS7(part, &cursor) }
        var file = DERReader(der)
        var content = try file.sequence("a part")
        _ = try content.objectIdentifier("a part's type")
        var data = content.inside(try content.next(DERTag.constructed(0), "a part"))
        var fields = try data.sequence("an encrypted part")
        _ = try fields.integer("an encrypted part's version")
        var encrypted = try fields.sequence("an encrypted part")
        _ = try encrypted.objectIdentifier("an encrypted part's type")
        return .encrypted(try PasswordEncryption(&encrypted))
    }

    /// Whether the cipher with this identifier can be used.
    func knowsCipher(_ identifier: String) -> Bool {
        // SAFETY: what is fetched is freed at once.
        let library = unsafe legacy == nil ? handfast_library() : legacy
        let cipher = unsafe EVP_CIPHER_fetch(library, identifier, nil)
        defer {
            unsafe EVP_CIPHER_free(cipher)
            ERR_clear_error()
        }
        return unsafe cipher != nil
    }

    /// The bags of a part in DER, of an encrypted one under `password`; nil for what does not
    /// decrypt to bags.
    func bags(of index: Int, _ password: String?) -> [[UInt8]]? {
        defer { ERR_clear_error() }
        // SAFETY: the part belongs to the stack; the bags are freed at the end.
        let part = unsafe handfast_pkcs12_safes_get(parts, Int32(index))
        let bags: OpaquePointer?
        if unsafe handfast_pkcs7_is_data(part) == 1 {
            unsafe bags = PKCS12_unpack_p7data(part)
        } else if let password {
            unsafe bags = PKCS12_unpack_p7encdata(part, password, Int32(password.utf8.count))
        } else {
            unsafe bags = PKCS12_unpack_p7encdata(part, nil, 0)
        }
        guard let bags = unsafe bags else { return nil }
        defer { unsafe handfast_pkcs12_bags_free(bags) }
        let count = max(0, Int(unsafe handfast_pkcs12_bags_count(bags)))
        return (0..<count).map { bag in
            let bag = unsafe handfast_pkcs12_bags_get(bags, Int32(bag))
            let count = unsafe i2d_PKCS12_SAFEBAG(bag, nil)
            return unsafe Self.filled(count) { cursor in unsafe i2d_PKCS12_SAFEBAG(bag, &cursor) }
        }
    }

    /// The bytes that `write` fills; none if it returns another count.
    private static func filled(
        _ count: Int32,
        _ write: (inout UnsafeMutablePointer<UInt8>?) -> Int32
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(0, Int(count)))
        // SAFETY: `count` is what the same encoder said it would write.
        let written = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            var cursor = buffer.baseAddress
            return unsafe write(&cursor)
        }
        return written == count ? bytes : []
    }
}
