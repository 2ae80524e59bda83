internal import Cryptography
internal import Logging
internal import OAuth

/// Which registered certificates are about to end, or have.
struct CertificateExpiry {
    /// Registered certificates of enabled clients that have ended.
    private(set) var expired = 0
    /// Those that end within the time of warning.
    private(set) var expiring = 0

    /// So many get a line of their own; the rest is counted.
    private static let linesMax = 100
    private static let secondsOfDay: Int64 = 86_400

    /// Looks at every registered certificate, warns in the log, and counts.
    ///
    /// Linear in the clients: some tens of milliseconds for a million.
    init(_ registry: Registry, days: Int, now: Int64, log: Logger) {
        let soon = now + Int64(days) * Self.secondsOfDay
        registry.clients.forEach { client in
            guard client.isEnabled, client.policy.method == .selfSignedTLS else { return }
            // A client that has a successor in place needs no warning.
            let latest = client.certificates.map(\.notAfter).max() ?? 0
            for certificate in client.certificates {
                if certificate.notAfter < now {
                    expired += 1
                } else if certificate.notAfter < soon {
                    expiring += 1
                } else {
                    continue
                }
                guard latest == certificate.notAfter, expired + expiring <= Self.linesMax else {
                    continue
                }
                log.warning(
                    certificate.notAfter < now
                        ? "a client has no certificate that is valid"
                        : "a client's last certificate ends soon",
                    metadata: [
                        "client_id": "\(String(decoding: client.id, as: UTF8.self))",
                        "thumbprint": "\(certificate.thumbprint.base64URL)",
                        "not_after": "\(LogTime.text(certificate.notAfter))",
                    ]
                )
            }
        }
    }
}
