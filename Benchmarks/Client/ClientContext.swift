// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// The protocol versions that a run asks for.
enum TLSVersion: String, Codable, CaseIterable, Sendable {
    case v12 = "1.2"
    case v13 = "1.3"

    var code: Int32 {
        switch self {
        case .v12: TLS1_2_VERSION
        case .v13: TLS1_3_VERSION
        }
    }
}

/// Whether the server's certificate is checked, and against what.
enum ServerTrust: Codable, Equatable, Sendable {
    case anything
    case system
    case file(String)
}

/// A client's side of TLS: versions, trust, and the identities that connections present.
///
/// Belongs to one thread.
@safe struct ClientContext: ~Copyable {
    private let context: OpaquePointer
    private let identities: [LoadedIdentity]
    private let serverName: String

    /// `version` nil offers both, `group` nil what OpenSSL does by default.
    init(
        version: TLSVersion?,
        group: KeyExchangeGroup?,
        trust: ServerTrust,
        identities: [Identity],
        target: Target,
        serverName: String
    ) throws(BenchmarkError) {
        let loaded = try LoadedIdentity.all(identities)
        // SAFETY: the new context is owned by this object and freed in deinit.
        unsafe context = try Self.context(version, group, trust, loaded, target, serverName)
        self.serverName = serverName
        self.identities = loaded
    }

    /// As the plan of a load run has it.
    init(_ plan: LoadPlan) throws(BenchmarkError) {
        try self.init(
            version: plan.version,
            group: plan.group,
            trust: plan.trust,
            identities: plan.identities,
            target: plan.target,
            serverName: plan.endpoint.serverName
        )
    }

    deinit {
        // SAFETY: connections hold references of their own.
        unsafe SSL_CTX_free(context)
    }

    /// A client connection over `descriptor`; the caller frees it and closes the descriptor.
    ///
    /// `session` is offered if given.
    func connection(
        over descriptor: Int32,
        identity: Int,
        session: OpaquePointer?,
        tickets: Bool
    ) -> OpaquePointer? {
        // SAFETY: OpenSSL takes references to certificate, key and session; the new connection is
        // the caller's.
        guard let connection = unsafe SSL_new(context) else { return nil }
        guard unsafe SSL_set_fd(connection, descriptor) == 1 else {
            unsafe SSL_free(connection)
            return nil
        }
        unsafe SSL_set_connect_state(connection)
        if identities.count > 1,
            unsafe !identities[identity % identities.count].present(on: connection)
        {
            unsafe SSL_free(connection)
            return nil
        }
        if !tickets { unsafe SSL_set_options(connection, UInt64(1) << 14) }
        if let session = unsafe session { unsafe SSL_set_session(connection, session) }
        if !serverName.isEmpty { unsafe handfast_ssl_set_server_name(connection, serverName) }
        return unsafe connection
    }

    private static func context(
        _ version: TLSVersion?,
        _ group: KeyExchangeGroup?,
        _ trust: ServerTrust,
        _ identities: [LoadedIdentity],
        _ target: Target,
        _ serverName: String
    ) throws(BenchmarkError) -> OpaquePointer {
        guard let context = unsafe SSL_CTX_new(TLS_client_method()) else {
            throw BenchmarkError("OpenSSL cannot make a TLS context: \(OpenSSLErrors.take())")
        }
        // SAFETY: the context is freed here when this fails, else it is the caller's; OpenSSL
        // copies what it is given.
        unsafe handfast_ssl_ctx_set_min_version(context, version?.code ?? TLS1_2_VERSION)
        unsafe handfast_ssl_ctx_set_max_version(context, version?.code ?? TLS1_3_VERSION)
        unsafe handfast_ssl_ctx_set_session_cache_mode(context, Int(SSL_SESS_CACHE_OFF))
        unsafe handfast_ssl_ctx_set_mode(
            context,
            Int(SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER) | Int(SSL_MODE_AUTO_RETRY)
        )
        do throws(BenchmarkError) {
            if let group, unsafe handfast_ssl_ctx_set_groups(context, group.offered) != 1 {
                throw BenchmarkError(
                    "this OpenSSL has no group \(group.rawValue): \(OpenSSLErrors.take())"
                )
            }
            try unsafe trustServer(context, trust, target, serverName)
            // One identity is the context's own; of several, each connection is given one.
            if identities.count == 1, let only = identities.first {
                let used = unsafe SSL_CTX_use_cert_and_key(
                    context,
                    only.certificate,
                    only.key,
                    only.chain?.stack,
                    1
                )
                guard used == 1 else {
                    throw BenchmarkError(
                        "the client certificate cannot be used: \(OpenSSLErrors.take())"
                    )
                }
            }
        } catch {
            unsafe SSL_CTX_free(context)
            throw error
        }
        return unsafe context
    }

    private static func trustServer(
        _ context: OpaquePointer,
        _ trust: ServerTrust,
        _ target: Target,
        _ serverName: String
    ) throws(BenchmarkError) {
        // SAFETY: the parameters belong to the context; OpenSSL copies the strings.
        switch trust {
        case .anything:
            unsafe SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nil)
            return
        case .system:
            unsafe SSL_CTX_set_default_verify_paths(context)
        case .file(let path):
            guard unsafe SSL_CTX_load_verify_locations(context, path, nil) == 1 else {
                _ = OpenSSLErrors.take()
                throw BenchmarkError("'\(path)' holds no PEM certificate of a CA (--ca)")
            }
        }
        unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        let parameters = unsafe SSL_CTX_get0_param(context)
        if serverName.isEmpty {
            unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, target.host)
        } else {
            unsafe X509_VERIFY_PARAM_set1_host(parameters, target.host, 0)
        }
    }
}
