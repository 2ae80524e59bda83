// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL
internal import Glibc

/// One slow, careful request before a load run, so that what is wrong is said once and clearly.
enum Probe {
    /// The first answer, whole; refuses when there is none or when it is not a token.
    static func check(_ plan: LoadPlan) throws(BenchmarkError) -> String {
        let answer = try exchange(plan)
        let bytes = Array(answer.utf8)
        guard
            case .complete(let status, let body, _) = ResponseScanner.scan(bytes.span, ended: true)
        else {
            throw BenchmarkError("the first answer is not HTTP/1.1:\n\(quoted(answer))")
        }
        guard status == 200 else {
            throw BenchmarkError(
                "the first answer is no token but status \(status); is the body (--body) right, "
                    + "and the client certificate registered?\n\(quoted(answer))"
            )
        }
        guard ResponseScanner.contains(bytes.span, body, Array(plan.expected.utf8)) else {
            throw BenchmarkError(
                "the first answer has status 200 but no '\(plan.expected)' in it:\n"
                    + quoted(answer)
            )
        }
        return answer
    }

    /// Asks until there is a good answer: a server knows new clients within a second.
    static func patiently(_ plan: LoadPlan) throws(BenchmarkError) {
        for _ in 0..<50 {
            if (try? check(plan)) != nil { return }
            Pause.milliseconds(100)
        }
        _ = try check(plan)
    }

    /// A blocking socket that gives up after five seconds; the caller closes it.
    private static func connect(_ plan: LoadPlan) throws(BenchmarkError) -> Int32 {
        let descriptor = plan.endpoint.connect(blocking: true)
        guard descriptor >= 0 else {
            let reason =
                descriptor == -ECONNREFUSED
                ? "nothing listens there; is the server running?" : SystemMessage.text(-descriptor)
            throw BenchmarkError("cannot connect to \(plan.target.authority): \(reason)")
        }
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        // SAFETY: the structure is passed with its size and read during the calls only.
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
        return descriptor
    }

    private static func exchange(_ plan: LoadPlan) throws(BenchmarkError) -> String {
        // The first client alone: thousands take long to decode.
        var plan = plan
        plan.identities = Array(plan.identities.prefix(1))
        let context = try ClientContext(plan)
        let descriptor = try connect(plan)
        // SAFETY: descriptor and connection are this function's and are given back when it ends;
        // reads and writes stay within the arrays they are given.
        defer { close(descriptor) }
        guard
            let connection = unsafe context.connection(
                over: descriptor,
                identity: 0,
                session: nil,
                tickets: false
            )
        else { throw BenchmarkError("no TLS connection: \(OpenSSLErrors.take())") }
        defer { unsafe SSL_free(connection) }
        ERR_clear_error()
        guard unsafe SSL_do_handshake(connection) == 1 else {
            throw BenchmarkError(
                handshakeFailure(
                    plan.target.authority,
                    timedOut: errno == EAGAIN,
                    verified: unsafe SSL_get_verify_result(connection)
                )
            )
        }
        let request = plan.target.request(body: plan.bodies.first ?? "")
        let written = unsafe request.withUnsafeBytes {
            unsafe SSL_write(connection, $0.baseAddress, Int32($0.count))
        }
        guard written > 0 else {
            throw BenchmarkError(
                "the server closed the connection after the handshake; does it accept this client "
                    + "certificate?"
            )
        }
        return try unsafe answer(connection)
    }

    private static func answer(_ connection: OpaquePointer) throws(BenchmarkError) -> String {
        var received: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4_096)
        while received.count < Slot.inputMax {
            ERR_clear_error()
            // SAFETY: OpenSSL writes at most the array's count.
            let count = unsafe block.withUnsafeMutableBytes {
                unsafe SSL_read(connection, $0.baseAddress, Int32($0.count))
            }
            guard count > 0 else {
                let timedOut = errno == EAGAIN || errno == EWOULDBLOCK
                guard received.isEmpty else { break }
                let code = ERR_peek_error()
                // With TLS 1.3 a server's refusal of the certificate arrives with the first read.
                throw BenchmarkError(
                    code != 0
                        ? "the server ended the handshake: \(OpenSSLErrors.take()); does it accept "
                            + "this client certificate (--cert)?"
                        : timedOut
                            ? "no answer within 5 seconds"
                            : "the server closed the connection without an answer"
                )
            }
            received.append(contentsOf: block.prefix(Int(count)))
            if case .complete = ResponseScanner.scan(received.span) { break }
        }
        return String(decoding: received, as: UTF8.self)
    }

    private static func handshakeFailure(
        _ authority: String,
        timedOut: Bool,
        verified: Int
    ) -> String {
        if verified != Int(X509_V_OK) {
            // SAFETY: the text is static.
            let reason = unsafe String(cString: X509_verify_cert_error_string(verified))
            return "the certificate of \(authority) is not trusted: \(reason); name its CA "
                + "with --ca FILE, or use --insecure"
        }
        let code = ERR_peek_error()
        let reason = handfast_error_reason(code)
        if code != 0,
            reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST
                || reason == SSL_R_PACKET_LENGTH_TOO_LONG
        {
            return "\(authority) does not speak TLS; is it a plain HTTP port?"
        }
        if code == 0 {
            return timedOut
                ? "no TLS handshake with \(authority) within 5 seconds"
                : "\(authority) closed the connection during the TLS handshake; "
                    + "is it a TLS port?"
        }
        return "the TLS handshake with \(authority) failed: \(OpenSSLErrors.take()); "
            + "does the server want a client certificate (--cert, --key), "
            + "or another version (--tls)?"
    }

    private static func quoted(_ answer: String) -> String {
        let lines = String(answer.prefix(1_500)).split(
            omittingEmptySubsequences: false,
            whereSeparator: \.isNewline
        )
        return lines.map { "    | \($0)" }.joined(separator: "\n")
    }
}
