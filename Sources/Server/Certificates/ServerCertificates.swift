// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Logging
internal import Telemetry
internal import Text

extension CertificateDates {
    /// The warning about the validity of a server certificate, for people; nil without one.
    func warning(now: Int64, days: Int) -> String? {
        switch finding(now: now, days: days) {
        case .ended: "ended at \(CertificateTime.text(notAfter)): clients refuse it"
        case .notYetValid:
            "is not valid before \(CertificateTime.text(notBefore)): clients refuse it until then"
        case .endsSoon:
            "ends at \(CertificateTime.text(notAfter)), days left: \(daysLeft(now: now));"
                + " write the renewed one to the same files"
        case nil: nil
        }
    }
}

/// A certificate that the server shows to its clients.
struct ServerCertificate: Sendable, Equatable {
    /// The pair's name in the configuration; `generated` where none is configured.
    let name: String
    /// The file that it came from.
    let path: String
    let dates: CertificateDates
    /// The names for which clients get it; empty where it is for all others.
    var serverNames: [String] = []
    /// Faults that some clients may not tolerate.
    var warnings: [String] = []
}

/// The certificates that the server shows, and the warnings that were logged about them.
struct ServerCertificates {
    private let certificates: [ServerCertificate]
    /// The last warning about each certificate, by its index, and when.
    private var told: [Int: (finding: CertificateDates.Finding, at: Int64)] = [:]
    private var chainsAreTold = false

    /// The certificates in use from now on, none of them reported yet.
    init(_ certificates: [ServerCertificate] = []) {
        self.certificates = certificates
    }

    /// Logs a new warning at once, and repeats it once a day.
    mutating func warn(now: Int64, days: Int, log: Logger) {
        warnOfChains(log)
        for (place, certificate) in certificates.enumerated() {
            guard let finding = certificate.dates.finding(now: now, days: days) else {
                told[place] = nil
                continue
            }
            if let last = told[place], last.finding == finding,
                now < last.at + CertificateDates.secondsOfDay
            {
                continue
            }
            told[place] = (finding, now)
            log.warning(
                Self.message(finding),
                metadata: [
                    "name": "\(certificate.name)",
                    "certificate": "\(certificate.path)",
                    "not_before": "\(TimestampText.text(certificate.dates.notBefore))",
                    "not_after": "\(TimestampText.text(certificate.dates.notAfter))",
                    "days_left": "\(certificate.dates.daysLeft(now: now))",
                ]
            )
        }
    }

    /// Logged once: the chains do not change before the files do.
    private mutating func warnOfChains(_ log: Logger) {
        guard !chainsAreTold else { return }
        chainsAreTold = true
        for certificate in certificates {
            for reason in certificate.warnings {
                log.warning(
                    "some clients may refuse a certificate chain",
                    metadata: [
                        "name": "\(certificate.name)",
                        "certificate": "\(certificate.path)",
                        "reason": "\(reason)",
                    ]
                )
            }
        }
    }

    private static func message(_ finding: CertificateDates.Finding) -> Logger.Message {
        switch finding {
        case .ended: "a certificate of the server has ended"
        case .endsSoon: "a certificate of the server ends soon"
        case .notYetValid: "a certificate of the server is not valid yet"
        }
    }
}

extension CertificateEnd {
    /// The end of a certificate of the server.
    init(_ served: ServerCertificate) {
        self.init(
            name: served.name,
            notAfter: served.dates.notAfter,
            path: served.path,
            serverNames: served.serverNames
        )
    }
}
