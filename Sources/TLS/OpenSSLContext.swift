// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL
internal import Cryptography

/// An SSL_CTX with a listener's policy and some of its certificates.
@safe final class OpenSSLContext {
    let handle: OpaquePointer

    // TLS 1.3 with SHA-256 first: AES-256-GCM-SHA384 would cost a slower key schedule and gain
    // nothing here.
    private static let suites =
        "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
    // RFC 9325 §4.2: forward secrecy and authenticated encryption only.
    private static let ciphers =
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
        + "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
        + "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
    private static let ciphersOfFAPI1 = "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384"
    // The signature algorithms of client certificates: no SHA-1 (RFC 9155).
    private static let clientSignatures =
        "ECDSA+SHA256:ed25519:rsa_pss_rsae_sha256:rsa_pss_pss_sha256:ECDSA+SHA384:ECDSA+SHA512:"
        + "rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:rsa_pss_pss_sha384:rsa_pss_pss_sha512:"
        + "RSA+SHA256:RSA+SHA384:RSA+SHA512"
    /// A chain of four certificates fits many times; OpenSSL's default of 100 KiB would let an
    /// attacker use more memory.
    private static let certificateListBytesMax = 32 * 1024

    /// `state` must outlive all connections of this context.
    init(
        _ configuration: TLSConfiguration,
        _ identities: [ServerIdentity],
        _ state: ContextState
    ) throws(CryptographyError) {
        // SAFETY: owned by this object, and freed in deinit.
        guard let handle = unsafe SSL_CTX_new(TLS_server_method()) else {
            throw .last("TLS context")
        }
        unsafe self.handle = handle
        try setPolicy(configuration)
        try setResumption(configuration, state)
        for identity in identities { try use(identity) }
    }

    deinit {
        unsafe SSL_CTX_free(handle)
    }

    private func setPolicy(_ configuration: TLSConfiguration) throws(CryptographyError) {
        let versions = configuration.versions
        let groups = configuration.groups.map(\.rawValue).joined(separator: ":")
        let ciphers =
            switch configuration.ciphers {
            case .recommended: Self.ciphers
            case .fapi1: Self.ciphersOfFAPI1
            }
        // SAFETY: the context lives; each text is a C string for its call, and OpenSSL copies it.
        let done =
            unsafe handfast_ssl_ctx_set_min_version(handle, versions.lowerBound.code) == 1
            && handfast_ssl_ctx_set_max_version(handle, versions.upperBound.code) == 1
            && SSL_CTX_set_ciphersuites(handle, Self.suites) == 1
            && SSL_CTX_set_cipher_list(handle, ciphers) == 1
            && handfast_ssl_ctx_set_groups(handle, groups) == 1
            && handfast_ssl_ctx_set_client_sigalgs(handle, Self.clientSignatures) == 1
        guard done else { throw .last("TLS policy") }
        // Each call returns the previous setting.
        _ = unsafe (
            SSL_CTX_set_options(handle, handfast_ssl_options()),
            handfast_ssl_ctx_set_mode(handle, handfast_ssl_modes()),
            handfast_ssl_ctx_set_read_ahead(handle, 1),
            handfast_ssl_ctx_set_max_cert_list(handle, Self.certificateListBytesMax),
            SSL_CTX_set_timeout(handle, configuration.sessionLifetime)
        )
        let mode =
            switch configuration.clientCertificate {
            case .want: SSL_VERIFY_PEER
            case .need: SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
            case .none: SSL_VERIFY_NONE
            }
        unsafe SSL_CTX_set_verify(handle, mode, nil)
    }

    private func setResumption(
        _ configuration: TLSConfiguration,
        _ state: ContextState
    ) throws(CryptographyError) {
        let id = configuration.sessionContext.bytes
        // SAFETY: 32 bytes, OpenSSL's maximum for a session id context.
        guard unsafe SSL_CTX_set_session_id_context(handle, id, UInt32(id.count)) == 1 else {
            throw .last("session context")
        }
        var tickets = false
        var count = 1
        switch configuration.resumption {
        case .tickets: tickets = true
        case .store: break
        case .off: count = 0
        }
        unsafe handfast_context_install(handle, state.pointer, tickets ? 1 : 0)
        // One ticket for each handshake: a second one would cost a second serialisation.
        guard unsafe SSL_CTX_set_num_tickets(handle, count) == 1 else {
            throw .last("session tickets")
        }
    }

    private func use(_ identity: ServerIdentity) throws(CryptographyError) {
        let chain = try CertificateChain(pem: identity.certificatePEM)
        let key = try PrivateKey(pem: identity.keyPEM)
        // The key is moved into the context that signs; otherwise OpenSSL looks for its export in
        // every handshake.
        guard let usable = unsafe handfast_key_for_default_context(key.handle) else {
            throw .last("the server's private key")
        }
        defer { unsafe EVP_PKEY_free(usable) }
        guard
            unsafe SSL_CTX_use_certificate(handle, chain.leaf) == 1
                && SSL_CTX_use_PrivateKey(handle, usable) == 1
        else { throw .last("the server's certificate") }
        // By index: swift-format joins the two words of a loop marked unsafe.
        for index in unsafe chain.rest.indices {
            guard unsafe handfast_ssl_ctx_add1_chain_cert(handle, chain.rest[index]) == 1 else {
                throw .last("the server's certificate chain")
            }
        }
    }
}

/// State shared by the callbacks of a listener's contexts.
@safe final class ContextState {
    let pointer: UnsafeMutablePointer<handfast_context_state>
    // The store must outlive the contexts whose callbacks use it.
    private let store: SessionStore?

    init(_ resumption: ResumptionMode) throws(CryptographyError) {
        // SAFETY: owned by this object and freed in deinit; the store is held as long.
        guard let pointer = unsafe handfast_context_state_new() else { throw .last("TLS context") }
        unsafe self.pointer = pointer
        guard case .store(let store) = resumption else {
            self.store = nil
            return
        }
        self.store = store
        unsafe pointer.pointee.store = store.store
    }

    deinit {
        unsafe handfast_context_state_free(pointer)
    }
}

/// Contexts with certificates of their own, chosen by the name that a client asks for (RFC 6066
/// §3).
@safe final class ServerNameTable {
    private let table: OpaquePointer

    /// Makes a context for each group of names, and installs the choice between them in `standard`.
    ///
    /// A connection begins in `standard` and takes only the certificates from another one. The
    /// others have the same policy, so that nothing depends on the one that OpenSSL asks.
    init(
        _ configuration: TLSConfiguration,
        _ standard: OpenSSLContext,
        _ state: ContextState
    ) throws(CryptographyError) {
        let count = configuration.named.reduce(0) { $0 + $1.names.count }
        let session = configuration.sessionContext.bytes
        // SAFETY: owned by this object, which lives as long as the contexts that point to it; it
        // has references of its own to the others. A session context has 32 bytes.
        guard let table = unsafe handfast_server_names_new(standard.handle, session, count) else {
            throw .last("the server's names")
        }
        unsafe self.table = table
        for group in configuration.named {
            let other = try OpenSSLContext(configuration, group.identities, state)
            for name in group.names {
                guard unsafe handfast_server_names_add(table, name, other.handle) == 1 else {
                    throw .last("the server's names")
                }
            }
        }
        unsafe handfast_server_names_install(table)
    }

    deinit {
        unsafe handfast_server_names_free(table)
    }
}
