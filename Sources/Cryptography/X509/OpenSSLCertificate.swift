// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// OpenSSL's own form of a certificate, for what is left to it: keys and chains.
///
/// Belongs to the whole library context: the process's default one may lack decoders.
@safe struct OpenSSLCertificate: ~Copyable {
    private let handle: OpaquePointer

    /// Nil if OpenSSL does not take the bytes, all of them.
    init?(der: [UInt8]) {
        // SAFETY: d2i reads at most `count` bytes; on failure it frees and clears `made` itself.
        var made = unsafe X509_new_ex(handfast_library(), nil)
        guard unsafe made != nil else { return nil }
        let isWhole = unsafe der.withUnsafeBufferPointer { bytes in
            var cursor = bytes.baseAddress
            guard unsafe d2i_X509(&made, &cursor, bytes.count) != nil else { return false }
            return unsafe cursor == bytes.baseAddress.map { unsafe $0 + bytes.count }
        }
        guard isWhole, let certificate = unsafe made else {
            unsafe X509_free(made)
            ERR_clear_error()
            return nil
        }
        unsafe handle = certificate
    }

    deinit {
        unsafe X509_free(handle)
    }

    /// Whether the public key decodes and is one that its algorithm allows: on its curve, say.
    ///
    /// Costs up to some milliseconds for RSA, whose modulus is tested for small factors. Only for
    /// keys that `KeyPolicy` accepts.
    var hasSoundKey: Bool {
        // SAFETY: the key belongs to the certificate; the context is freed at the end.
        guard let key = unsafe X509_get0_pubkey(handle),
            let context = unsafe EVP_PKEY_CTX_new_from_pkey(handfast_library(), key, nil)
        else {
            ERR_clear_error()
            return false
        }
        defer {
            unsafe EVP_PKEY_CTX_free(context)
            ERR_clear_error()
        }
        // The whole check also multiplies a point by its curve's order. That proves nothing more on
        // the accepted curves, whose cofactor is 1: each of their points has that order.
        return unsafe EVP_PKEY_is_a(key, "EC") == 1
            ? EVP_PKEY_public_check_quick(context) == 1 : EVP_PKEY_public_check(context) == 1
    }

    /// Bits of security of its signature and of its key, as OpenSSL counts them; below zero where
    /// it does not know.
    ///
    /// A security level of 2, which today's clients have, wants 112 (SSL_CTX_set_security_level).
    var strength: (signature: Int, key: Int) {
        var signature: Int32 = -1
        // SAFETY: the certificate lives, and its key with it; only the one number is written.
        _ = unsafe X509_get_signature_info(handle, nil, nil, &signature, nil)
        let key = unsafe X509_get0_pubkey(handle).map { unsafe EVP_PKEY_get_security_bits($0) }
        ERR_clear_error()
        return (Int(signature), Int(key ?? -1))
    }

    /// Whether the signature is one that the key of `issuer` has made; nothing else is looked at.
    func isSigned(by issuer: borrowing OpenSSLCertificate) -> Bool {
        // SAFETY: both certificates live during the call; the key belongs to `issuer`.
        guard let key = unsafe X509_get0_pubkey(issuer.handle) else {
            ERR_clear_error()
            return false
        }
        defer { ERR_clear_error() }
        return unsafe X509_verify(handle, key) == 1
    }

    // Methods, not an accessor for the pointer: a call borrows the certificate until it returns.

    /// Whether its key made the signature on `certificate`, whose own key is not decoded for that.
    func hasSigned(_ certificate: Certificate) -> Bool {
        guard let parts = SignedParts(of: certificate) else { return false }
        let der = certificate.der
        let algorithm = Array(der[parts.algorithm])
        let signature = Array(der[parts.signature])
        // SAFETY: each array is passed with its own count, the body as a part of the whole, and the
        // key belongs to this certificate; all are only read, during the call.
        return unsafe der.withUnsafeBufferPointer { bytes in
            let body = unsafe UnsafeBufferPointer(rebasing: bytes[parts.body])
            return unsafe handfast_signed_body_verifies_with(
                body.baseAddress,
                body.count,
                algorithm,
                algorithm.count,
                signature,
                signature.count,
                X509_get0_pubkey(handle)
            ) == 1
        }
    }

    /// Adds it to a store, which takes a reference of its own.
    func add(to store: OpaquePointer) -> Bool {
        // SAFETY: the caller's store and this certificate live during the call.
        unsafe X509_STORE_add_cert(store, handle) == 1
    }

    /// Adds it to a stack, which takes a reference of its own.
    func push(onto stack: OpaquePointer) -> Bool {
        // SAFETY: the reference that is taken is the stack's, or given back at once.
        guard unsafe X509_up_ref(handle) == 1 else { return false }
        guard unsafe handfast_x509_stack_push(stack, handle) == 1 else {
            unsafe X509_free(handle)
            return false
        }
        return true
    }

    /// Makes it the certificate that `context` verifies; it must outlive the verification.
    func begin(_ context: OpaquePointer, _ store: OpaquePointer, _ untrusted: OpaquePointer) -> Bool
    {
        // SAFETY: the caller keeps all four until the context is freed.
        unsafe X509_STORE_CTX_init(context, store, handle, untrusted) == 1
    }

    /// Appends it to PKCS#12 bags, which are made if there are none, under a name.
    func append(
        to bags: inout OpaquePointer?,
        name: String,
        trust: (type: String, value: String)
    ) -> Bool {
        // SAFETY: the bag that is returned belongs to `bags`; the strings are copied.
        guard let bag = unsafe PKCS12_add_cert(&bags, handle) else { return false }
        return unsafe PKCS12_add_friendlyname_utf8(bag, name, -1) == 1
            && handfast_pkcs12_bag_add_identifier(bag, trust.type, trust.value) == 1
    }

    /// A PKCS#12 keystore with it, its key and the certificates above it, owned by the caller; nil
    /// where OpenSSL makes none.
    func keystore(
        key: OpaquePointer,
        above: OpaquePointer,
        name: String,
        password: String,
        rounds: Int32
    ) -> OpaquePointer? {
        // SAFETY: the caller's key and stack live during the call; the strings are copied.
        unsafe PKCS12_create_ex(
            password,
            name,
            key,
            handle,
            above,
            NID_aes_256_cbc,
            NID_aes_256_cbc,
            rounds,
            rounds,
            0,
            handfast_library(),
            nil
        )
    }
}

extension SignedParts {
    /// Where the signed parts of a certificate are; nil for none that can be read.
    fileprivate init?(of certificate: Certificate) {
        var file = DERReader(certificate.der)
        guard var outer = try? file.sequence("a certificate"), let body = try? outer.next(),
            let algorithm = try? outer.next(), let signature = try? outer.octetsOfBitString("")
        else { return nil }
        self.init(
            body: body.whole,
            algorithm: algorithm.whole,
            signature: signature.startIndex..<signature.endIndex
        )
    }
}
