// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// How the process's default OpenSSL library context, the one that TLS uses, was set up.
public enum CryptographyProvider: Sendable, Equatable {
    /// Only what a TLS server needs, with decoders that know keys.
    case slim
    /// OpenSSL's own default provider, whole.
    case plain
}

/// The OpenSSL library as this process uses it.
public enum CryptographyLibrary {
    /// Sets the default library context up; call once, before any TLS context is made.
    ///
    /// Falls back to `.plain` where the slim provider cannot be loaded, and with an OpenSSL that is
    /// not tested; the caller logs that.
    public static func start(slim: Bool) -> CryptographyProvider {
        OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_LOAD_CONFIG), nil)
        guard slim, isTested else { return .plain }
        if handfast_slim_provider_install() == 1 { return .slim }
        ERR_clear_error()
        return .plain
    }

    /// Whether the tests have run with the version of OpenSSL in use: 3.0 or 3.5.
    ///
    /// With any other one nothing of OpenSSL's is replaced by something faster.
    public static var isTested: Bool { handfast_library_is_tested() == 1 }

    /// The version of the OpenSSL library in use, for logs and `--version`.
    public static var version: String {
        // SAFETY: OpenSSL returns a static, NUL-terminated string.
        unsafe String(cString: OpenSSL_version(OPENSSL_VERSION))
    }
}

/// An unexpected failure of an OpenSSL call.
public struct CryptographyError: Error, Sendable, CustomStringConvertible {
    /// The operation that failed.
    public let operation: String
    /// OpenSSL's reason, or empty.
    public let reason: String

    /// An error that did not come from OpenSSL's queue.
    public init(_ operation: String, reason: String) {
        self.operation = operation
        self.reason = reason
    }

    /// Takes the newest entry of the thread's error queue as the reason, and empties the queue.
    public static func last(_ operation: String) -> CryptographyError {
        let code = ERR_peek_last_error()
        ERR_clear_error()
        guard code != 0 else { return CryptographyError(operation, reason: "") }
        // SAFETY: OpenSSL returns a static string or NULL.
        let reason = unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) }
        return CryptographyError(operation, reason: reason ?? "error \(code)")
    }

    /// The failed operation, with OpenSSL's reason if there is one.
    public var description: String {
        reason.isEmpty ? "\(operation) failed" : "\(operation) failed: \(reason)"
    }
}
