// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// The client's side of one TLS connection whose server's certificate is not checked: for questions
/// with nothing secret in them, whose answers open nothing.
///
/// Bytes go in and out; the socket is the caller's.
@safe package struct UncheckedClient: ~Copyable {
    private let context: OpaquePointer
    private let ssl: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer

    /// One record and its head.
    private static let readBytes = 16_640

    /// A client before its handshake.
    package init() throws(TLSError) {
        ERR_clear_error()
        // SAFETY: here and below, the SSL owns both BIOs once they are set, and goes in deinit, as
        // does the context; what was made before a failure is freed here. NULL is freed by doing
        // nothing.
        let library = unsafe handfast_library()
        guard let context = unsafe SSL_CTX_new_ex(library, nil, TLS_client_method()) else {
            throw .taking("a TLS client")
        }
        let incoming = unsafe BIO_new(BIO_s_mem())
        let outgoing = unsafe BIO_new(BIO_s_mem())
        guard let ssl = unsafe SSL_new(context), let incoming = unsafe incoming,
            let outgoing = unsafe outgoing
        else {
            unsafe BIO_free(incoming)
            unsafe BIO_free(outgoing)
            unsafe SSL_CTX_free(context)
            throw .taking("a TLS client")
        }
        unsafe SSL_set_bio(ssl, incoming, outgoing)
        unsafe SSL_set_connect_state(ssl)
        unsafe SSL_set_verify(ssl, SSL_VERIFY_NONE, nil)
        unsafe self.context = context
        unsafe self.ssl = ssl
        unsafe self.incoming = incoming
        unsafe self.outgoing = outgoing
    }

    deinit {
        unsafe SSL_free(ssl)
        unsafe SSL_CTX_free(context)
    }

    /// Takes bytes from the server.
    package func receive(_ bytes: [UInt8]) {
        // SAFETY: at most the array's bytes are read; a memory BIO takes all of them.
        _ = unsafe BIO_write(incoming, bytes, Int32(clamping: bytes.count))
    }

    /// The bytes that wait for the server.
    package func sending() -> [UInt8] {
        let count = unsafe BIO_ctrl_pending(outgoing)
        var bytes = [UInt8](repeating: 0, count: count)
        // SAFETY: at most the array's count is written.
        let taken = unsafe BIO_read(outgoing, &bytes, Int32(clamping: count))
        return Array(bytes.prefix(Int(max(taken, 0))))
    }

    /// Goes on with the handshake; whether it is done.
    package func handshake() throws(TLSError) -> Bool {
        ERR_clear_error()
        let result = unsafe SSL_do_handshake(ssl)
        guard result != 1 else { return true }
        guard unsafe SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ else {
            throw .taking("the handshake")
        }
        return false
    }

    /// Encrypts all of `bytes`.
    package func write(_ bytes: [UInt8]) throws(TLSError) {
        ERR_clear_error()
        // SAFETY: at most the array's bytes are read.
        let result = unsafe SSL_write(ssl, bytes, Int32(clamping: bytes.count))
        guard result == bytes.count else { throw .taking("a write") }
    }

    /// Decrypts what has come: empty at the end of the stream, nil where the server must send
    /// first.
    package func read() throws(TLSError) -> [UInt8]? {
        ERR_clear_error()
        var bytes = [UInt8](repeating: 0, count: Self.readBytes)
        // SAFETY: at most the array's count is written.
        let result = unsafe SSL_read(ssl, &bytes, Int32(clamping: bytes.count))
        guard result <= 0 else { return Array(bytes.prefix(Int(result))) }
        switch unsafe SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return nil
        case SSL_ERROR_ZERO_RETURN: return []
        default: throw .taking("a read")
        }
    }
}
