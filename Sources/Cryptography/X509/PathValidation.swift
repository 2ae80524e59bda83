internal import COpenSSL

/// Lets OpenSSL find and verify the path from a leaf to an anchor (RFC 5280 §6).
enum ChainBuilder {
    /// Signatures and keys below 112 bits of strength are refused (SSL_CTX_set_security_level 2).
    private static let securityLevel: Int32 = 2

    /// The DER of the path's certificates, the leaf first and the anchor last.
    static func build(
        _ leaf: Certificate,
        _ intermediates: [Certificate],
        _ anchors: [Certificate],
        now: Int64
    ) throws(ChainRefusal) -> [[UInt8]] {
        // SAFETY: the store is freed on every way out.
        guard let target = OpenSSLCertificate(der: leaf.der), let store = unsafe X509_STORE_new()
        else { throw unusable() }
        defer { unsafe X509_STORE_free(store) }
        for anchor in anchors {
            guard let certificate = OpenSSLCertificate(der: anchor.der),
                unsafe certificate.add(to: store)
            else { throw unusable() }
        }
        let untrusted = unsafe try stack(of: intermediates)
        // SAFETY: the stack owns its certificates; it outlives the context, which only borrows it.
        defer { unsafe handfast_x509_stack_free(untrusted) }
        return unsafe try verify(target, store, untrusted, now: now)
    }

    private static func verify(
        _ target: borrowing OpenSSLCertificate,
        _ store: OpaquePointer,
        _ untrusted: OpaquePointer,
        now: Int64
    ) throws(ChainRefusal) -> [[UInt8]] {
        // SAFETY: the context is freed on every way out, before anything that it borrows.
        guard let context = unsafe X509_STORE_CTX_new_ex(handfast_library(), nil) else {
            throw unusable()
        }
        defer {
            unsafe X509_STORE_CTX_free(context)
            ERR_clear_error()
        }
        guard unsafe target.begin(context, store, untrusted), unsafe configure(context, now: now)
        else { throw unusable() }
        guard unsafe X509_verify_cert(context) == 1 else {
            throw refusal(unsafe X509_STORE_CTX_get_error(context))
        }
        return unsafe path(context)
    }

    private static func configure(_ context: OpaquePointer, now: Int64) -> Bool {
        // SAFETY: the parameters belong to the context.
        guard let parameters = unsafe X509_STORE_CTX_get0_param(context) else { return false }
        // X509_V_FLAG_X509_STRICT stays off: it demands key identifiers in every certificate,
        // which small private CAs leave out and which protect nobody here.
        let flags = UInt(X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST)
        guard unsafe X509_VERIFY_PARAM_set_flags(parameters, flags) == 1,
            unsafe X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_CLIENT) == 1
        else { return false }
        // OpenSSL counts the intermediates only, without leaf and anchor.
        unsafe X509_VERIFY_PARAM_set_depth(parameters, Int32(ChainVerifier.depthMax - 1))
        unsafe X509_VERIFY_PARAM_set_auth_level(parameters, securityLevel)
        unsafe X509_VERIFY_PARAM_set_time(parameters, time_t(now))
        return true
    }

    private static func stack(
        of certificates: [Certificate]
    ) throws(ChainRefusal) -> OpaquePointer {
        // SAFETY: the stack takes a reference of its own to each; on failure it is freed whole.
        guard let stack = unsafe handfast_x509_stack_new() else { throw unusable() }
        for certificate in certificates {
            guard let parsed = OpenSSLCertificate(der: certificate.der),
                unsafe parsed.push(onto: stack)
            else {
                unsafe handfast_x509_stack_free(stack)
                throw unusable()
            }
        }
        return unsafe stack
    }

    private static func path(_ context: OpaquePointer) -> [[UInt8]] {
        // SAFETY: the chain and its certificates belong to the context.
        guard let chain = unsafe X509_STORE_CTX_get0_chain(context) else { return [] }
        let count = unsafe handfast_x509_stack_count(chain)
        return (0..<count).map { index in
            unsafe encoding(handfast_x509_stack_get(chain, index))
        }
    }

    /// The DER of a certificate, as it came; empty if OpenSSL has no memory.
    static func encoding(_ certificate: OpaquePointer?) -> [UInt8] {
        // SAFETY: the first call tells the length that the second one writes.
        let count = unsafe i2d_X509(certificate, nil)
        guard count > 0 else { return [] }
        var der = [UInt8](repeating: 0, count: Int(count))
        let written = unsafe der.withUnsafeMutableBufferPointer { buffer in
            var cursor = buffer.baseAddress
            return unsafe i2d_X509(certificate, &cursor)
        }
        return written == count ? der : []
    }

    private static func unusable() -> ChainRefusal {
        ERR_clear_error()
        return ChainRefusal(.malformed, "OpenSSL cannot read a certificate of the chain.")
    }

    private static func refusal(_ error: Int32) -> ChainRefusal {
        let code: ChainRefusal.Code =
            switch error {
            case X509_V_ERR_CERT_HAS_EXPIRED: .expired
            case X509_V_ERR_CERT_NOT_YET_VALID: .notYetValid
            case X509_V_ERR_CERT_SIGNATURE_FAILURE, X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE,
                X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH:
                .signature
            case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
                X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
                X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_CERT_UNTRUSTED,
                X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
                .unknownAuthority
            case X509_V_ERR_CERT_CHAIN_TOO_LONG, X509_V_ERR_PATH_LENGTH_EXCEEDED: .tooLong
            case X509_V_ERR_INVALID_PURPOSE: .purpose
            case X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL: .key
            case X509_V_ERR_CA_MD_TOO_WEAK: .weakSignature
            case X509_V_ERR_PERMITTED_VIOLATION, X509_V_ERR_EXCLUDED_VIOLATION,
                X509_V_ERR_SUBTREE_MINMAX, X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE,
                X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, X509_V_ERR_UNSUPPORTED_NAME_SYNTAX:
                .nameConstraints
            default: .chain
            }
        // SAFETY: OpenSSL returns a static, NUL-terminated string.
        let text = unsafe String(cString: X509_verify_cert_error_string(Int(error)))
        return ChainRefusal(code, "The chain does not verify: \(text).")
    }
}
