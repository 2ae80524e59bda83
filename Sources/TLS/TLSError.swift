// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// A fatal error of a TLS call; the connection cannot be used any more.
public struct TLSError: Error, Sendable, CustomStringConvertible {
    /// The kind of error, by the side that has to fix it.
    public enum Kind: Sendable, CaseIterable {
        /// No common TLS version.
        case version
        /// No common cipher suite, group or signature algorithm.
        case algorithms
        /// No common application protocol (ALPN, RFC 7301 §3.2).
        case applicationProtocol
        /// Bytes that are no TLS.
        case notTLS
        /// The peer gave up with an alert.
        case alert
        /// No certificate, where one is needed.
        case certificateMissing
        /// A certificate that cannot be accepted, or a wrong proof of its key.
        case certificate
        /// The connection broke.
        case broken
        /// Everything else: messages that break the protocol.
        case malformed
    }

    /// The call that failed.
    public let operation: String
    /// OpenSSL's reason, or "the peer closed the connection".
    public let reason: String

    /// The kind of error.
    public let kind: Kind

    init(_ operation: String, reason: String, _ kind: Kind = .malformed) {
        self.operation = operation
        self.reason = reason
        self.kind = kind
    }

    /// Takes the oldest entry of the thread's error queue, which is the cause, and empties the
    /// queue.
    static func taking(_ operation: String) -> TLSError {
        let code = ERR_peek_error()
        ERR_clear_error()
        guard code != 0 else {
            return TLSError(operation, reason: "the connection broke", .broken)
        }
        // SAFETY: OpenSSL returns a static string or NULL.
        let reason = unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) }
        return TLSError(operation, reason: reason ?? "error \(code)", kind(code))
    }

    /// OpenSSL's functions that read certificates and verify signatures made with their keys.
    private static let ofCertificates = [
        ERR_LIB_ASN1, ERR_LIB_X509, ERR_LIB_EVP, ERR_LIB_RSA, ERR_LIB_EC,
    ]

    private static func kind(_ code: UInt) -> Kind {
        let library = handfast_error_lib(code)
        guard library == ERR_LIB_SSL else {
            return ofCertificates.contains(library) ? .certificate : .malformed
        }
        let reason = handfast_error_reason(code)
        switch reason {
        case SSL_AD_REASON_OFFSET...: return .alert
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return .certificateMissing
        case SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST:
            return .notTLS
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_UNKNOWN_PROTOCOL,
            SSL_R_WRONG_SSL_VERSION, SSL_R_UNSUPPORTED_SSL_VERSION, SSL_R_NO_PROTOCOLS_AVAILABLE,
            SSL_R_INAPPROPRIATE_FALLBACK:
            return .version
        case SSL_R_NO_SHARED_CIPHER, SSL_R_NO_SHARED_GROUPS, SSL_R_NO_SUITABLE_KEY_SHARE,
            SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM,
            SSL_R_UNSUPPORTED_ELLIPTIC_CURVE:
            return .algorithms
        case SSL_R_NO_APPLICATION_PROTOCOL: return .applicationProtocol
        case SSL_R_BAD_SIGNATURE, SSL_R_WRONG_SIGNATURE_TYPE, SSL_R_UNKNOWN_CERTIFICATE_TYPE,
            SSL_R_EXCESSIVE_MESSAGE_SIZE, SSL_R_CERTIFICATE_VERIFY_FAILED,
            SSL_R_EE_KEY_TOO_SMALL, SSL_R_WRONG_CURVE:
            return .certificate
        default: return .malformed
        }
    }

    /// The step that failed, and why.
    public var description: String { "\(operation): \(reason)" }
}
