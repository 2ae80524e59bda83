// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Logging
internal import Text

extension CertificateDates {
    /// What is to be told of one of the server's, in words for people.
    func warning(now: Int64, days: Int) -> String? {
        switch finding(now: now, days: days) {
        case .ended: "ended at \(CertificateTime.text(notAfter)): clients refuse it"
        case .notYetValid:
            "is not valid before \(CertificateTime.text(notBefore)): clients refuse it until then"
        case .endsSoon:
            "ends at \(CertificateTime.text(notAfter)), days left: \(daysLeft(now: now));"
                + " renew it in place"
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
    /// What some clients may stumble over.
    var warnings: [String] = []
}

/// The certificates that the server shows, and what the log has said of their ends.
struct ServerCertificates {
    private let certificates: [ServerCertificate]
    /// By the certificate's place: what was said last, and when.
    private var told: [Int: (concern: CertificateDates.Finding, at: Int64)] = [:]
    private var chainsAreTold = false

    /// What is used from now on; nothing of it has been told yet.
    init(_ certificates: [ServerCertificate] = []) {
        self.certificates = certificates
    }

    /// Warns in the log at once when there is something new to tell, and once a day after that.
    mutating func warn(now: Int64, days: Int, log: Logger) {
        warnOfChains(log)
        for (place, certificate) in certificates.enumerated() {
            guard let concern = certificate.dates.finding(now: now, days: days) else {
                told[place] = nil
                continue
            }
            if let last = told[place], last.concern == concern,
                now < last.at + CertificateDates.secondsOfDay
            {
                continue
            }
            told[place] = (concern, now)
            log.warning(
                Self.message(concern),
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

    /// Once: it does not change before the files do.
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

    private static func message(_ concern: CertificateDates.Finding) -> Logger.Message {
        switch concern {
        case .ended: "a certificate of the server has ended"
        case .endsSoon: "a certificate of the server ends soon"
        case .notYetValid: "a certificate of the server is not valid yet"
        }
    }
}
