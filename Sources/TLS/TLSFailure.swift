internal import COpenSSL

/// Why a TLS call failed for good; the connection is of no more use.
public struct TLSFailure: Error, Sendable, CustomStringConvertible {
    /// What was being done.
    public let operation: String
    /// OpenSSL's reason, or "the peer closed the connection".
    public let reason: String

    init(_ operation: String, reason: String) {
        self.operation = operation
        self.reason = reason
    }

    /// Takes the oldest entry of the thread's error queue, which is the cause, and empties the
    /// queue.
    static func taking(_ operation: String) -> TLSFailure {
        let code = ERR_peek_error()
        ERR_clear_error()
        guard code != 0 else { return TLSFailure(operation, reason: "the connection broke") }
        // SAFETY: OpenSSL returns a static string or NULL.
        let reason = unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) }
        return TLSFailure(operation, reason: reason ?? "error \(code)")
    }

    /// The step that failed, and why.
    public var description: String { "\(operation): \(reason)" }
}
