// SPDX-License-Identifier: Apache-2.0
import COpenSSL

enum Version: String, Sendable {
    case v11 = "TLSv1.1"
    case v12 = "TLSv1.2"
    case v13 = "TLSv1.3"

    /// The versions that the server supports.
    static let spoken = [Version.v12, .v13]

    var code: Int32 {
        switch self {
        case .v11: TLS1_1_VERSION
        case .v12: TLS1_2_VERSION
        case .v13: TLS1_3_VERSION
        }
    }
}

/// A client's session, for resumption.
@safe final class ClientSession {
    let handle: OpaquePointer

    init(owning handle: OpaquePointer) {
        unsafe self.handle = handle
    }

    deinit {
        unsafe SSL_SESSION_free(handle)
    }

    /// For how many seconds the server said that its ticket is good.
    var lifetime: Int { unsafe Int(SSL_SESSION_get_ticket_lifetime_hint(handle)) }

    /// The ticket as the server sealed it; empty without one.
    var ticket: [UInt8] {
        var start: UnsafePointer<UInt8>?
        var count = 0
        // SAFETY: the ticket belongs to the session, which lives.
        unsafe SSL_SESSION_get0_ticket(handle, &start, &count)
        return unsafe Array(UnsafeBufferPointer(start: start, count: count))
    }

    /// The same session with one bit of its ticket turned over.
    func damaged(at index: Int) throws -> ClientSession {
        var data: UnsafeMutablePointer<UInt8>?
        // SAFETY: OpenSSL allocates `count` bytes, freed after copying, and reads its own count.
        let count = unsafe i2d_SSL_SESSION(handle, &data)
        defer { unsafe CRYPTO_free(data, #fileID, #line) }
        var der = unsafe Array(UnsafeBufferPointer(start: data, count: Int(max(count, 0))))
        let wanted = ticket
        let start = der.indices.first { der[$0...].starts(with: wanted) }
        guard let start, !wanted.isEmpty else { throw ClientError("finding the ticket") }
        der[start + index] ^= 1
        let parsed = unsafe der.withUnsafeBufferPointer { bytes in
            var cursor = bytes.baseAddress
            return unsafe d2i_SSL_SESSION(nil, &cursor, bytes.count)
        }
        guard let parsed = unsafe parsed else { throw ClientError("damaging a session") }
        return unsafe ClientSession(owning: parsed)
    }
}

/// OpenSSL's client over two memory buffers, so that a test sees and may change every byte.
///
/// Uses the full library context: the server's slim provider does not limit it.
@safe final class Client {
    private let context: OpaquePointer
    private let ssl: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer

    /// `version` nil offers both; `asks` is the name in the hello, `protocols` those of ALPN and
    /// `groups` those of the key exchange as OpenSSL lists them, where there are any.
    init(
        _ identity: ClientIdentity? = nil,
        version: Version? = nil,
        session: ClientSession? = nil,
        ciphers: String = "DEFAULT",
        asks name: String? = nil,
        protocols: [String] = [],
        groups: String? = nil
    ) throws {
        guard
            let context = unsafe SSL_CTX_new_ex(handfast_library(), nil, TLS_client_method()),
            let ssl = unsafe SSL_new(Self.prepared(context, identity, version, ciphers)),
            let incoming = unsafe BIO_new(BIO_s_mem()),
            let outgoing = unsafe BIO_new(BIO_s_mem())
        else { throw ClientError("making a client") }
        unsafe self.context = context
        unsafe self.ssl = ssl
        unsafe self.incoming = incoming
        unsafe self.outgoing = outgoing
        // SAFETY: the two buffers become the connection's, which takes its own reference to a
        // session.
        unsafe SSL_set_bio(ssl, incoming, outgoing)
        unsafe SSL_set_connect_state(ssl)
        if let session { unsafe SSL_set_session(ssl, session.handle) }
        if let name { unsafe handfast_ssl_set_server_name(ssl, name) }
        let list = protocols.flatMap { [UInt8($0.utf8.count)] + $0.utf8 }
        // SAFETY: OpenSSL copies the list.
        if !list.isEmpty { unsafe SSL_set_alpn_protos(ssl, list, UInt32(list.count)) }
        guard let groups else { return }
        // SAFETY: the same of this one.
        guard unsafe handfast_ssl_set_groups(ssl, groups) == 1 else {
            throw ClientError("the client's groups")
        }
    }

    deinit {
        // A connection that ends without a goodbye would take its session along.
        unsafe SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
        unsafe SSL_free(ssl)
        unsafe SSL_CTX_free(context)
    }

    private static func prepared(
        _ context: OpaquePointer,
        _ identity: ClientIdentity?,
        _ version: Version?,
        _ ciphers: String
    ) -> OpaquePointer {
        // SAFETY: the context takes references of its own to certificates and key.
        unsafe handfast_ssl_ctx_set_min_version(context, version?.code ?? TLS1_VERSION)
        unsafe handfast_ssl_ctx_set_max_version(context, version?.code ?? TLS1_3_VERSION)
        unsafe SSL_CTX_set_cipher_list(context, ciphers)
        if let identity {
            unsafe SSL_CTX_use_certificate(context, identity.certificate)
            unsafe SSL_CTX_use_PrivateKey(context, identity.key.handle)
            for above in identity.chain {
                unsafe handfast_ssl_ctx_add1_chain_cert(context, above.certificate)
            }
        }
        return unsafe context
    }

    /// Goes on with the handshake; true when it is complete on this side.
    func handshake() throws -> Bool {
        ERR_clear_error()
        let result = unsafe SSL_do_handshake(ssl)
        if result == 1 { return true }
        guard unsafe SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ else {
            throw ClientError("the client's handshake")
        }
        return false
    }

    /// Plain text that has come; throws when the server ended the connection with an alert.
    func read() throws -> [UInt8] {
        var text: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4096)
        while true {
            ERR_clear_error()
            // SAFETY: at most the block's length is written.
            let count = unsafe SSL_read(ssl, &block, Int32(block.count))
            if count > 0 {
                text += block.prefix(Int(count))
                continue
            }
            switch unsafe SSL_get_error(ssl, count) {
            case SSL_ERROR_WANT_READ, SSL_ERROR_ZERO_RETURN: return text
            default: throw ClientError("the client's read")
            }
        }
    }

    func write(_ text: [UInt8]) throws {
        ERR_clear_error()
        // SAFETY: exactly the array is read.
        guard unsafe SSL_write(ssl, text, Int32(text.count)) == text.count else {
            throw ClientError("the client's write")
        }
    }

    /// Queues a close_notify alert.
    func close() {
        unsafe SSL_shutdown(ssl)
    }

    /// Queues a KeyUpdate (RFC 8446 §4.6.3).
    func updateKey() throws {
        unsafe SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED)
        _ = try handshake()
    }

    /// The protocol that the server has selected (RFC 7301).
    var selectedProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        // SAFETY: the name belongs to the connection.
        unsafe SSL_get0_alpn_selected(ssl, &name, &count)
        let bytes = unsafe UnsafeBufferPointer(start: name, count: Int(count))
        return count == 0 ? nil : unsafe String(decoding: bytes, as: UTF8.self)
    }

    /// Asks for a new handshake on this connection (TLS 1.2).
    func renegotiate() throws -> Bool {
        unsafe SSL_renegotiate(ssl)
        return try handshake()
    }

    /// Takes the bytes that want to go to the server.
    func takeOutput() -> [UInt8] {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4096)
        while true {
            // SAFETY: at most the block's length is written.
            let count = unsafe BIO_read(outgoing, &block, Int32(block.count))
            guard count > 0 else { return bytes }
            bytes += block.prefix(Int(count))
        }
    }

    /// Hands over bytes of the server's.
    func receive(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        // SAFETY: exactly the array is read.
        _ = unsafe BIO_write(incoming, bytes, Int32(bytes.count))
    }

    var isResumed: Bool { unsafe SSL_session_reused(ssl) == 1 }

    var version: String { unsafe String(cString: SSL_get_version(ssl)) }

    var cipher: String {
        unsafe String(cString: SSL_CIPHER_get_name(SSL_get_current_cipher(ssl)))
    }

    /// Whether the server sent a close_notify alert.
    var wasClosed: Bool { unsafe SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN != 0 }

    /// The session to come back with; nil where there is none that could be resumed.
    var session: ClientSession? {
        guard let session = unsafe SSL_get1_session(ssl) else { return nil }
        let kept = unsafe ClientSession(owning: session)
        return unsafe SSL_SESSION_is_resumable(session) == 1 ? kept : nil
    }

    /// How many certificates the server sent, its own among them.
    var serverCertificateCount: Int {
        // SAFETY: the stack belongs to the connection.
        guard let stack = unsafe SSL_get_peer_cert_chain(ssl) else { return 0 }
        return unsafe Int(handfast_x509_stack_count(stack))
    }

    /// SHA-256 of the server's own certificate.
    var serverDigest: [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 32)
        // SAFETY: the certificate belongs to the connection; SHA-256 writes 32 bytes.
        guard let certificate = unsafe SSL_get0_peer_certificate(ssl),
            unsafe X509_digest(certificate, EVP_sha256(), &bytes, nil) == 1
        else { return nil }
        return bytes
    }

    /// Whether the server said that it went by the name in the hello.
    ///
    /// Known of full handshakes only.
    var nameWasAcknowledged: Bool {
        // SAFETY: the session belongs to the connection, the name to it.
        guard let session = unsafe SSL_get_session(ssl) else { return false }
        return unsafe SSL_SESSION_get0_hostname(session) != nil
    }

    /// "EC" or "RSA": the kind of key that the server proved.
    var serverKeyType: String? {
        // SAFETY: the certificate belongs to the connection, the name to its key.
        guard let certificate = unsafe SSL_get0_peer_certificate(ssl),
            let key = unsafe X509_get0_pubkey(certificate),
            let name = unsafe EVP_PKEY_get0_type_name(key)
        else { return nil }
        return unsafe String(cString: name)
    }
}
