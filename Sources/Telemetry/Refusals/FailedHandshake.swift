// SPDX-License-Identifier: Apache-2.0
package import Reactor

/// A connection that ended before its handshake was finished.
package struct FailedHandshake: Sendable {
    /// In milliseconds since 1970.
    package let time: Int64
    /// The listener's position in the configuration.
    package let listener: Int
    package let peer: PeerAddress
    package let failure: HandshakeFailure
    /// The reason, a text of ours or of OpenSSL.
    package let reason: String
    package let end: HandshakeEnd

    /// A failure from its parts.
    package init(
        time: Int64,
        listener: Int,
        peer: PeerAddress,
        failure: HandshakeFailure,
        reason: String,
        end: HandshakeEnd
    ) {
        self.time = time
        self.listener = listener
        self.peer = peer
        self.failure = failure
        self.reason = reason
        self.end = end
    }
}

/// How far a handshake came, and the alert that ended it.
package struct HandshakeEnd: Sendable, Equatable {
    package let progress: HandshakeProgress
    /// nil where neither side has sent one.
    package let alert: HandshakeAlert?
    package let alertSender: AlertSender

    /// An end from its parts.
    package init(
        _ progress: HandshakeProgress,
        alert: HandshakeAlert? = nil,
        from sender: AlertSender = .server
    ) {
        self.progress = progress
        self.alert = alert
        alertSender = sender
    }
}

/// The side that sent an alert: values of a metric's label.
package enum AlertSender: String, Sendable, CaseIterable {
    case server
    case peer
}

/// The part of a handshake that was under way at its end: values of a metric's label.
package enum HandshakeProgress: String, Sendable, CaseIterable {
    /// No whole record has come.
    case nothing
    /// The peer's hello.
    case hello
    /// Our flight was written, and the peer's has not begun.
    case answered
    /// The peer's certificate.
    case certificate
    /// The peer's proof that it has the certificate's key.
    case proof
    /// The peer's last message.
    case finished

    /// The position among all cases.
    package var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// The alerts of TLS (RFC 8446 §6, RFC 5246 §7.2): values of a metric's label.
package enum HandshakeAlert: String, Sendable, CaseIterable {
    case unexpectedMessage = "unexpected_message"
    case badRecordMAC = "bad_record_mac"
    case recordOverflow = "record_overflow"
    case handshakeFailure = "handshake_failure"
    case badCertificate = "bad_certificate"
    case unsupportedCertificate = "unsupported_certificate"
    case certificateRevoked = "certificate_revoked"
    case certificateExpired = "certificate_expired"
    case certificateUnknown = "certificate_unknown"
    case illegalParameter = "illegal_parameter"
    case unknownCA = "unknown_ca"
    case accessDenied = "access_denied"
    case decodeError = "decode_error"
    case decryptError = "decrypt_error"
    case protocolVersion = "protocol_version"
    case insufficientSecurity = "insufficient_security"
    case internalError = "internal_error"
    case inappropriateFallback = "inappropriate_fallback"
    case userCanceled = "user_canceled"
    case missingExtension = "missing_extension"
    case unsupportedExtension = "unsupported_extension"
    case unrecognizedName = "unrecognized_name"
    case badStatusResponse = "bad_certificate_status_response"
    case unknownPSKIdentity = "unknown_psk_identity"
    case certificateRequired = "certificate_required"
    case noApplicationProtocol = "no_application_protocol"
    /// Any other number.
    case other

    private static let numbers: [UInt8: HandshakeAlert] = [
        10: .unexpectedMessage, 20: .badRecordMAC, 22: .recordOverflow, 40: .handshakeFailure,
        42: .badCertificate, 43: .unsupportedCertificate, 44: .certificateRevoked,
        45: .certificateExpired, 46: .certificateUnknown, 47: .illegalParameter, 48: .unknownCA,
        49: .accessDenied, 50: .decodeError, 51: .decryptError, 70: .protocolVersion,
        71: .insufficientSecurity, 80: .internalError, 86: .inappropriateFallback,
        90: .userCanceled, 109: .missingExtension, 110: .unsupportedExtension,
        112: .unrecognizedName, 113: .badStatusResponse, 115: .unknownPSKIdentity,
        116: .certificateRequired, 120: .noApplicationProtocol,
    ]

    /// The alert of a number; nil for close_notify, which says nothing of a reason.
    package init?(number: UInt8) {
        guard number != 0 else { return nil }
        self = Self.numbers[number] ?? .other
    }

    /// The position among all cases.
    package var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
