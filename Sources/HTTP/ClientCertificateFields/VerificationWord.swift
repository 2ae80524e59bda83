// SPDX-License-Identifier: Apache-2.0
/// A proxy's verification result in the words of mod_ssl, which nginx has taken over.
enum VerificationWord: Equatable {
    /// The chain is verified.
    case success
    /// There was no certificate.
    case noCertificate
    /// Verification failed, with the reason.
    case failed(String)

    /// `SUCCESS`, `NONE`, or `FAILED` with or without a reason behind a colon.
    init(_ range: Range<Int>, _ bytes: Span<UInt8>) throws(ClientCertificateFieldError) {
        let failed = "FAILED"
        let start = range.lowerBound..<min(range.upperBound, range.lowerBound + failed.utf8.count)
        if ASCII.equals(bytes, range, "SUCCESS") {
            self = .success
        } else if ASCII.equals(bytes, range, "NONE") {
            self = .noCertificate
        } else if ASCII.equals(bytes, range, failed) {
            self = .failed("")
        } else if ASCII.equals(bytes, start, failed), bytes[start.upperBound] == UInt8(ascii: ":") {
            self = .failed(Self.reason(start.upperBound + 1..<range.upperBound, bytes))
        } else {
            throw .malformedVerification
        }
    }

    // The reason for the log: printable ASCII only, against log injection.
    private static func reason(_ range: Range<Int>, _ bytes: Span<UInt8>) -> String {
        let text = range.map { index in
            (0x20...0x7e).contains(bytes[index]) ? bytes[index] : UInt8(ascii: "?")
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension ForwardedClientCertificate {
    /// A certificate, if there is one, with the proxy's verification result.
    ///
    /// Throws where the two contradict each other: a result needs a certificate, and a proxy that
    /// saw none has none to send.
    static func joined(
        leaf: [UInt8]?,
        chain: [[UInt8]] = [],
        word: VerificationWord?,
        _ values: ClientCertificateValues
    ) throws(ClientCertificateFieldError) -> ForwardedClientCertificate? {
        guard let leaf else {
            guard chain.isEmpty else { throw .chainWithoutCertificate }
            guard word != .success else { throw .contradiction }
            return nil
        }
        let verification: Verification
        switch word {
        case .success: verification = .accepted
        case .failed(let reason): verification = .refused(reason: reason)
        case .noCertificate: throw .contradiction
        case nil: verification = values.expectsVerification ? .absent : .notGiven
        }
        return ForwardedClientCertificate(leaf: leaf, chain: chain, verification: verification)
    }
}
