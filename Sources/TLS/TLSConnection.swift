// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL
public import Cryptography

/// The result of a nonblocking TLS call.
public enum TLSStep: Sendable, Equatable {
    /// Done: the handshake is complete, or this many bytes were read.
    case done(Int)
    /// The peer must send first.
    case wantsRead
    /// The peer closed its side properly or not.
    case closed
}

/// The result of sending a step's bytes.
public enum TLSFlush: Sendable {
    /// The socket took everything.
    case sent
    /// Some is kept: flush again when the socket is writable.
    case blocked
    /// The socket failed.
    case broken
}

/// A step's ciphertext in the outbox, to be sent later in the turn.
public struct Postponed: Sendable {
    let start: Int
    let end: Int
}

/// The part of a handshake that is under way.
public enum HandshakeStage: Sendable {
    /// No whole record has come.
    case nothing
    /// The peer's hello.
    case hello
    /// Our flight is written, or a part of it.
    case answered
    /// The peer's certificate.
    case certificate
    /// The peer's key exchange, or its proof of the certificate's key.
    case proof
    /// The peer's last messages.
    case finished
}

/// One server-side TLS connection over a nonblocking socket.
///
/// Nonblocking; written bytes gather in the outbox until `flush` or `send`.
@safe public struct TLSConnection: ~Copyable {
    /// Both nil until the handshake begins.
    private var ssl: OpaquePointer?
    private var channel: UnsafeMutablePointer<handfast_channel>?
    private let descriptor: Int32
    private let context: TLSContext

    /// Prepares a connection; the socket stays the caller's and must outlive it.
    ///
    /// OpenSSL's state is made by the first step of the handshake: a peer that disconnects before
    /// its turn costs none.
    public init(_ context: TLSContext, descriptor: Int32) {
        self.descriptor = descriptor
        self.context = context
    }

    private mutating func begin() throws(TLSError) {
        // SAFETY: the SSL owns its BIO and that its channel; all three go in deinit, or here when
        // one cannot be made.
        guard let ssl = unsafe SSL_new(context.standard.handle) else {
            throw .taking("TLS connection")
        }
        guard
            let bio = unsafe handfast_channel_new(descriptor, context.outbox.outbox),
            let channel = unsafe handfast_channel_of(bio)
        else {
            unsafe SSL_free(ssl)
            throw .taking("TLS connection")
        }
        unsafe SSL_set_bio(ssl, bio, bio)
        unsafe SSL_set_accept_state(ssl)
        unsafe handfast_channel_count(ssl, channel)
        unsafe self.ssl = ssl
        unsafe self.channel = channel
    }

    deinit {
        guard let ssl = unsafe ssl else { return }
        // SAFETY: the BIO and its channel go with the SSL. Marked as shut down, so that the session
        // stays resumable.
        unsafe SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
        unsafe SSL_free(ssl)
    }

    /// Tells that the socket became readable.
    public func socketIsReadable() {
        guard let channel = unsafe channel else { return }
        unsafe handfast_channel_readable(channel)
    }

    /// Continues the handshake as far as the received bytes allow.
    public mutating func handshake() throws(TLSError) -> TLSStep {
        Self.clearErrors()
        if unsafe ssl == nil { try begin() }
        let result = unsafe handfast_handshake(ssl)
        return try result == 1 ? .done(0) : step(result, of: "handshake")
    }

    /// Decrypts into `bytes`; `.done` says how many bytes.
    ///
    /// After a failure an alert that explains it waits for a flush.
    public mutating func read(into bytes: inout MutableSpan<UInt8>) throws(TLSError) -> TLSStep {
        Self.clearErrors()
        // SAFETY: `ssl` lives until deinit; OpenSSL writes at most the span's length.
        let result = unsafe bytes.withUnsafeMutableBytes {
            unsafe handfast_read(ssl, channel, $0.baseAddress, Int32(clamping: $0.count))
        }
        return try result > 0 ? .done(Int(result)) : step(result, of: "read")
    }

    /// Encrypts all of `bytes`; `flush` sends them.
    public mutating func write(_ bytes: Span<UInt8>) throws(TLSError) {
        guard bytes.count > 0 else { return }
        Self.clearErrors()
        // SAFETY: `ssl` lives until deinit; OpenSSL reads at most the span's length.
        let result = unsafe bytes.withUnsafeBytes {
            unsafe SSL_write(ssl, $0.baseAddress, Int32(clamping: $0.count))
        }
        guard result == bytes.count else { throw .taking("write") }
    }

    /// Leaves the step's output in the outbox, to be sent later in this turn with `send`.
    ///
    /// nil where there is none, or where it must be flushed now; `flush` then ends the step.
    public func postpone() -> Postponed? {
        var (start, end) = (0, 0)
        guard unsafe handfast_channel_postpone(channel, &start, &end) == 1 else { return nil }
        return Postponed(start: start, end: end)
    }

    /// Sends postponed output; the connection must not have been read or written since.
    public func send(_ postponed: Postponed) -> TLSFlush {
        switch unsafe handfast_channel_send(channel, postponed.start, postponed.end) {
        case 1: .sent
        case 0: .blocked
        default: .broken
        }
    }

    /// Sends the output of the steps since the last flush.
    ///
    /// Must end every step: the outbox is shared.
    public func flush() -> TLSFlush {
        guard let channel = unsafe channel else { return .sent }
        return switch unsafe handfast_channel_flush(channel) {
        case 1: .sent
        case 0: .blocked
        default: .broken
        }
    }

    /// Ends a step without sending: its output leaves with a later flush.
    ///
    /// False where memory is short; the output is lost then.
    public func withhold() -> Bool {
        // SAFETY: `channel` lives until deinit.
        guard let channel = unsafe channel else { return true }
        return unsafe handfast_channel_withhold(channel) == 1
    }

    /// Whether bytes wait that epoll will not report: in OpenSSL's buffers, or in a socket that was
    /// not read to the end.
    public var mayHaveMore: Bool {
        // SAFETY: here and below, `ssl` and `channel` live until deinit.
        unsafe SSL_has_pending(ssl) == 1 || channel?.pointee.drained == 0
    }

    /// Queues a close_notify alert, so that the peer can tell this end from a cut (RFC 8446 §6.1).
    public mutating func sendCloseNotify() {
        ERR_clear_error()
        unsafe SSL_shutdown(ssl)
        ERR_clear_error()
    }

    /// Queues the fatal alert bad_record_mac, as if the peer had sent a garbled record (RFC 8446
    /// §6.2): for load targets.
    ///
    /// The connection is not to be read afterwards.
    public mutating func failWithAlert() {
        unsafe handfast_send_alert(ssl)
    }

    /// Ends sending, so that the peer reads to the end; receiving goes on.
    public func endSending() {
        unsafe handfast_channel_end_sending(channel)
    }

    /// Reads received bytes and discards them undecrypted; nil at the end of the stream.
    ///
    /// The connection is not to be read afterwards.
    public func discardInput(atMost count: Int) -> Int? {
        var discarded = 0
        let goesOn = unsafe handfast_channel_discard(channel, count, &discarded) == 1
        return goesOn ? discarded : nil
    }

    /// SHA-256 of the peer's certificate; nil without one.
    ///
    /// The same on full and resumed handshakes.
    public func peerThumbprint() -> Digest256? {
        var bytes = [UInt8](repeating: 0, count: Digest256.byteCount)
        // SAFETY: 32 bytes of room for 32 bytes.
        guard unsafe handfast_peer_thumbprint(ssl, context.state.pointer, &bytes) == 1 else {
            return nil
        }
        return Digest256(bytes)
    }

    /// The peer's certificate in DER, then those it sent along; empty without one.
    ///
    /// Allocates; not for the hot path.
    public func peerCertificates() -> [[UInt8]] {
        var certificates: [[UInt8]] = []
        while let der = certificate(at: certificates.count) { certificates.append(der) }
        return certificates
    }

    /// The peer's own certificate in DER, a copy; nil without one.
    public func peerCertificate() -> [UInt8]? { certificate(at: 0) }

    private func certificate(at index: Int) -> [UInt8]? {
        var count = 0
        // SAFETY: OpenSSL gives `count` bytes that are freed after copying.
        guard let der = unsafe handfast_peer_certificate_der(ssl, Int32(index), &count) else {
            return nil
        }
        defer { unsafe CRYPTO_free(der, #fileID, #line) }
        return unsafe Array(UnsafeBufferPointer(start: der, count: count))
    }

    /// Whether the server's flight of the handshake is written: its key exchange and signature are
    /// done, and the peer must prove that it has received them.
    public var hasWrittenFlight: Bool {
        switch unsafe SSL_get_state(ssl) {
        // A HelloRetryRequest alone has neither key exchange nor signature.
        case TLS_ST_BEFORE, TLS_ST_SR_CLNT_HELLO, TLS_ST_SW_SRVR_HELLO, TLS_ST_SW_CHANGE: false
        default: true
        }
    }

    /// How far the handshake has come.
    public var stage: HandshakeStage {
        // SAFETY: here and below, `ssl` and `channel` live until deinit.
        guard let ssl = unsafe ssl else { return .nothing }
        return switch unsafe SSL_get_state(ssl) {
        case TLS_ST_BEFORE: .nothing
        case TLS_ST_SR_CLNT_HELLO, TLS_ST_SW_SRVR_HELLO, TLS_ST_SW_CHANGE: .hello
        case TLS_ST_SR_CERT: .certificate
        case TLS_ST_SR_KEY_EXCH, TLS_ST_SR_CERT_VRFY: .proof
        case TLS_ST_SR_CHANGE, TLS_ST_SR_FINISHED, TLS_ST_OK: .finished
        default: .answered
        }
    }

    /// The numbers of the last alert that was sent and of the last that was received; 0 for none,
    /// and for close_notify.
    public var alerts: (sent: UInt8, received: UInt8) {
        guard let channel = unsafe channel else { return (0, 0) }
        return unsafe (channel.pointee.alert_sent, channel.pointee.alert_received)
    }

    /// Whether this connection resumed an earlier session.
    public var isResumed: Bool { unsafe ssl != nil && SSL_session_reused(ssl) == 1 }

    /// The group of the key exchange; nil without one, as when TLS 1.2 resumes a session.
    public var group: TLSGroup? {
        // SAFETY: `ssl` lives until deinit.
        let number = unsafe ssl == nil ? 0 : handfast_negotiated_group(ssl)
        return TLSGroup(number: UInt16(truncatingIfNeeded: number))
    }

    /// "TLSv1.2" or "TLSv1.3".
    public var version: String { unsafe String(cString: SSL_get_version(ssl)) }

    private func step(_ result: Int32, of operation: String) throws(TLSError) -> TLSStep {
        guard unsafe channel?.pointee.is_flooded == 0 else {
            // OpenSSL has no error to report: the peer only gets a close_notify.
            unsafe SSL_shutdown(ssl)
            ERR_clear_error()
            throw TLSError(operation, reason: "too much came without data")
        }
        switch unsafe SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .wantsRead
        case SSL_ERROR_ZERO_RETURN: return .closed
        case SSL_ERROR_SYSCALL where unsafe channel?.pointee.ended == 1: return .closed
        case SSL_ERROR_SSL where unsafe channel?.pointee.ended == 1 && ERR_peek_error() == 0:
            return .closed
        default: throw .taking(operation)
        }
    }

    /// Empties the thread's error queue, so that the next call's errors are its own.
    ///
    /// Peeks first: OpenSSL clears all of the queue's sixteen entries each time, used or not, which
    /// is 1 % of a kept-alive request.
    private static func clearErrors() {
        if ERR_peek_error() != 0 { ERR_clear_error() }
    }
}
