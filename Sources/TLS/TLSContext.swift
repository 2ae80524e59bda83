internal import COpenSSL
public import Cryptography

/// A listener's TLS policy as one reactor holds it: an SSL_CTX, frozen after its making but for the
/// ticket keys, and one more for each group of names with certificates of their own.
@safe public final class TLSContext {
    let context: OpaquePointer
    let state: UnsafeMutablePointer<handfast_context_state>
    let outbox: Outbox
    // The store must outlive the context whose callbacks use it.
    private let store: SessionStore?
    // nil where all clients get the same certificates: no callback looks at the names they ask for.
    private var names: OpaquePointer?

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
    private static let groups = "X25519:P-256:P-384:P-521"
    // What client certificates may sign with: no SHA-1 (RFC 9155).
    private static let clientSignatures =
        "ECDSA+SHA256:ed25519:rsa_pss_rsae_sha256:rsa_pss_pss_sha256:ECDSA+SHA384:ECDSA+SHA512:"
        + "rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:rsa_pss_pss_sha384:rsa_pss_pss_sha512:"
        + "RSA+SHA256:RSA+SHA384:RSA+SHA512"
    /// A chain of four certificates fits many times; OpenSSL's 100 KiB would be memory for an
    /// attacker.
    private static let certificateListBytesMax = 32 * 1024

    /// Builds the context; `outbox` is the reactor's, lent to one connection at a time.
    public init(_ configuration: TLSConfiguration, outbox: Outbox) throws(CryptographyError) {
        // SAFETY: both are owned by this object and freed in deinit; the store is held as long.
        guard let context = unsafe SSL_CTX_new(TLS_server_method()) else {
            throw .last("TLS context")
        }
        guard let state = unsafe handfast_context_state_new() else {
            unsafe SSL_CTX_free(context)
            throw .last("TLS context")
        }
        unsafe self.context = context
        unsafe self.state = state
        self.outbox = outbox
        if case .store(let store) = configuration.resumption {
            self.store = store
            unsafe state.pointee.store = store.store
        } else {
            store = nil
        }
        unsafe names = nil
        try unsafe prepare(context, configuration, configuration.identities)
        if !configuration.named.isEmpty { try addNames(configuration) }
    }

    deinit {
        unsafe handfast_server_names_free(names)
        unsafe SSL_CTX_free(context)
        unsafe handfast_context_state_free(state)
    }

    /// Takes over rotated ticket keys; connections that are open are not disturbed.
    public func use(_ keys: TicketKeys) {
        var flat = keys.keys.flatMap { $0.bytes }
        let count = keys.keys.count
        // SAFETY: each key is 80 bytes, exactly the C structure's size, which has no padding.
        unsafe flat.withUnsafeMutableBytes { bytes in
            unsafe bytes.withMemoryRebound(to: handfast_ticket_key.self) {
                unsafe handfast_context_set_ticket_keys(state, $0.baseAddress, count)
            }
            _ = unsafe bytes.baseAddress.map { unsafe OPENSSL_cleanse($0, bytes.count) }
        }
    }

    private func prepare(
        _ context: OpaquePointer,
        _ configuration: TLSConfiguration,
        _ identities: [ServerIdentity]
    ) throws(CryptographyError) {
        try unsafe setPolicy(context, configuration)
        try unsafe setResumption(context, configuration)
        for identity in identities { try unsafe use(identity, in: context) }
    }

    // A connection begins in the first context and keeps all but the certificates from it; the
    // others are made alike all the same, so that nothing depends on which one OpenSSL asks.
    private func addNames(_ configuration: TLSConfiguration) throws(CryptographyError) {
        let count = configuration.named.reduce(0) { $0 + $1.names.count }
        // SAFETY: the table is owned by this object, as long as the contexts that point to it, and
        // takes references of its own; the session context has 32 bytes.
        unsafe names = unsafe handfast_server_names_new(
            context,
            configuration.sessionContext.bytes,
            count
        )
        guard let names = unsafe names else { throw .last("the server's names") }
        for group in configuration.named {
            guard let other = unsafe SSL_CTX_new(TLS_server_method()) else {
                throw .last("TLS context")
            }
            defer { unsafe SSL_CTX_free(other) }
            try unsafe prepare(other, configuration, group.identities)
            for name in group.names {
                guard unsafe handfast_server_names_add(names, name, other) == 1 else {
                    throw .last("the server's names")
                }
            }
        }
        unsafe handfast_server_names_install(names)
    }

    private func setPolicy(
        _ context: OpaquePointer,
        _ configuration: TLSConfiguration
    ) throws(CryptographyError) {
        let minimum = configuration.allowsTLS12 ? TLS1_2_VERSION : TLS1_3_VERSION
        let ciphers =
            switch configuration.ciphers {
            case .recommended: Self.ciphers
            case .fapi1: Self.ciphersOfFAPI1
            }
        // SAFETY: the context lives; each text is a C string for its call, and OpenSSL copies it.
        let done =
            unsafe handfast_ssl_ctx_set_min_version(context, minimum) == 1
            && SSL_CTX_set_ciphersuites(context, Self.suites) == 1
            && SSL_CTX_set_cipher_list(context, ciphers) == 1
            && handfast_ssl_ctx_set_groups(context, Self.groups) == 1
            && handfast_ssl_ctx_set_client_sigalgs(context, Self.clientSignatures) == 1
        guard done else { throw .last("TLS policy") }
        unsafe SSL_CTX_set_options(context, handfast_ssl_options())
        _ = unsafe handfast_ssl_ctx_set_mode(context, handfast_ssl_modes())
        _ = unsafe handfast_ssl_ctx_set_read_ahead(context, 1)
        _ = unsafe handfast_ssl_ctx_set_max_cert_list(context, Self.certificateListBytesMax)
        let mode =
            switch configuration.clientCertificate {
            case .want: SSL_VERIFY_PEER
            case .need: SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
            case .none: SSL_VERIFY_NONE
            }
        unsafe SSL_CTX_set_verify(context, mode, nil)
    }

    private func setResumption(
        _ context: OpaquePointer,
        _ configuration: TLSConfiguration
    ) throws(CryptographyError) {
        let id = configuration.sessionContext.bytes
        // SAFETY: 32 bytes, OpenSSL's maximum for a session id context.
        guard unsafe SSL_CTX_set_session_id_context(context, id, UInt32(id.count)) == 1 else {
            throw .last("session context")
        }
        unsafe SSL_CTX_set_timeout(context, configuration.sessionLifetime)
        var tickets = false
        var count = 1
        switch configuration.resumption {
        case .tickets: tickets = true
        case .store: break
        case .off: count = 0
        }
        unsafe handfast_context_install(context, state, tickets ? 1 : 0)
        // One ticket for each handshake: a second one would cost a second serialisation.
        guard unsafe SSL_CTX_set_num_tickets(context, count) == 1 else {
            throw .last("session tickets")
        }
    }

    private func use(
        _ identity: ServerIdentity,
        in context: OpaquePointer
    ) throws(CryptographyError) {
        let chain = try CertificateChain(pem: identity.certificatePEM)
        let key = try PrivateKey(pem: identity.keyPEM)
        // The key is moved into the context that signs; otherwise OpenSSL looks for its export in
        // every handshake.
        guard let usable = unsafe handfast_key_for_default_context(key.handle) else {
            throw .last("the server's private key")
        }
        defer { unsafe EVP_PKEY_free(usable) }
        guard unsafe SSL_CTX_use_certificate(context, chain.leaf) == 1,
            unsafe SSL_CTX_use_PrivateKey(context, usable) == 1
        else { throw .last("the server's certificate") }
        // By index: swift-format joins the two words of a loop marked unsafe.
        for index in unsafe chain.rest.indices {
            let certificate = unsafe chain.rest[index]
            guard unsafe handfast_ssl_ctx_add1_chain_cert(context, certificate) == 1 else {
                throw .last("the server's certificate chain")
            }
        }
    }
}

/// The bytes that one step of one connection produces; a reactor's own, used by one connection
/// after another.
@safe public final class Outbox {
    let outbox: UnsafeMutablePointer<handfast_outbox>
    /// Four full TLS records: a flight or a response fits, so a step makes one system call.
    private static let capacity = 4 * 16_640

    /// An empty outbox; traps where there is no memory for it at start.
    public init() {
        // SAFETY: both are freed in deinit; OpenSSL's allocator gives NULL where memory is short.
        guard let bytes = unsafe CRYPTO_malloc(Self.capacity, #fileID, #line) else {
            preconditionFailure("out of memory at start")
        }
        unsafe outbox = .allocate(capacity: 1)
        unsafe outbox.initialize(
            to: handfast_outbox(
                bytes: bytes.assumingMemoryBound(to: UInt8.self),
                base: 0,
                count: 0,
                capacity: Self.capacity,
                owner: nil
            )
        )
    }

    /// Whether so much was postponed that it should be sent: a full record must still fit behind
    /// it.
    public var isFilling: Bool {
        unsafe outbox.pointee.base > Self.capacity / 2
    }

    /// Forgets what was postponed, after all of it was sent.
    public func clear() {
        unsafe handfast_outbox_clear(outbox)
    }

    deinit {
        unsafe CRYPTO_free(outbox.pointee.bytes, #fileID, #line)
        unsafe outbox.deallocate()
    }
}
