// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Logging
internal import OAuth
internal import Text

/// Counts and warns of the registered certificates, and of clients' CAs, that end soon or have
/// ended.
struct CertificateExpiry {
    /// Registered certificates of enabled clients that have ended.
    private(set) var expired = 0
    /// Registered certificates that end within the time of warning.
    private(set) var expiring = 0

    private var lines = 0

    /// Throttle: further certificates are counted and get no line.
    private static let linesMax = 100

    /// Checks every registered certificate and CA, warns in the log, and counts the certificates.
    ///
    /// Linear in the clients: some tens of milliseconds for a million.
    init(_ registry: Registry, days: Int, now: Int64, log: Logger) {
        let soon = now + Int64(days) * CertificateDates.secondsOfDay
        for (name, verifier) in registry.trustSets.sorted(by: { $0.key < $1.key }) {
            warn(of: verifier, ["trust_set": "\(name)"], days: days, now: now, log: log)
        }
        registry.clients.forEach { client in
            guard client.isEnabled else { return }
            // Computed where a warning needs it: most of a million clients need none.
            var owner: Logger.Metadata {
                ["client_id": "\(String(decoding: client.id, as: UTF8.self))"]
            }
            if case .own(let verifier) = client.trust?.trustAnchors {
                warn(of: verifier, owner, days: days, now: now, log: log)
            }
            guard client.policy.method == .selfSignedTLS else { return }
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
                guard latest == certificate.notAfter else { continue }
                warn(
                    certificate.notAfter < now
                        ? "a client has no certificate that is valid"
                        : "a client's last certificate ends soon",
                    owner.merging([
                        "thumbprint": "\(certificate.thumbprint.base64URL)",
                        "not_after": "\(TimestampText.text(certificate.notAfter))",
                    ]) { $1 },
                    log
                )
            }
        }
    }

    /// Warns of a CA: its end takes all its clients with it.
    private mutating func warn(
        of verifier: ChainVerifier,
        _ owner: @autoclosure () -> Logger.Metadata,
        days: Int,
        now: Int64,
        log: Logger
    ) {
        for anchor in verifier.anchors {
            let dates = CertificateDates(
                notBefore: anchor.notBefore,
                notAfter: anchor.notAfter
            )
            let finding = dates.finding(now: now, days: days)
            // One that is renewed stands beside its successor until its clients are renewed too.
            guard finding == .ended || finding == .endsSoon,
                !verifier.anchors.contains(where: {
                    $0.notAfter > anchor.notAfter && $0.notBefore <= now
                        && $0.subject.matches(anchor.subject)
                })
            else { continue }
            warn(
                finding == .ended
                    ? "a CA has ended; clients under it are refused"
                    : "a CA of clients ends soon",
                owner().merging([
                    "subject": "\(anchor.subject.canonical)",
                    "not_after": "\(TimestampText.text(anchor.notAfter))",
                ]) { $1 },
                log
            )
        }
    }

    private mutating func warn(
        _ what: Logger.Message,
        _ metadata: @autoclosure () -> Logger.Metadata,
        _ log: Logger
    ) {
        guard lines < Self.linesMax else { return }
        lines += 1
        log.warning(what, metadata: metadata())
    }
}
