// SPDX-License-Identifier: Apache-2.0
/// What a proxy says of a verification: the words of mod_ssl, which nginx has taken over.
enum VerificationWord: Equatable {
    /// The chain is verified.
    case success
    /// There was no certificate.
    case noCertificate
    /// It is not verified, and why.
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
            throw .malformedVerdict
        }
    }

    // For the log: what is not plain text has no business there.
    private static func reason(_ range: Range<Int>, _ bytes: Span<UInt8>) -> String {
        let text = range.map { index in
            (0x20...0x7e).contains(bytes[index]) ? bytes[index] : UInt8(ascii: "?")
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension ForwardedClientCertificate {
    /// A certificate, if there is one, with what the proxy says of it.
    ///
    /// Throws where the two do not belong together: a proxy that has verified something has also
    /// seen it, and one that has seen nothing has nothing to send.
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
        let verdict: Verdict
        switch word {
        case .success: verdict = .accepted
        case .failed(let reason): verdict = .refused(reason: reason)
        case .noCertificate: throw .contradiction
        case nil: verdict = values.expectsVerdict ? .absent : .notGiven
        }
        return ForwardedClientCertificate(leaf: leaf, chain: chain, verdict: verdict)
    }
}
