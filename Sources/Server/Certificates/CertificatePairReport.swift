// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Reactor
internal import TLS

/// A problem with a certificate and key on disk.
struct CertificatePairFinding: Sendable, Equatable {
    /// The file at fault.
    enum Part: Sendable {
        /// The chain's file, or the pair as a whole.
        case certificate
        /// The private key's file.
        case key
    }

    /// The file at fault.
    let part: Part
    /// The problem, such as `no such file` or `is not the key of this certificate`.
    let reason: String

    /// Names the file and the reason.
    init(_ part: Part, _ reason: String) {
        self.part = part
        self.reason = reason
    }

    fileprivate init(_ error: CertificatePairError) {
        self.init(error.part, error.fileError.reason)
    }
}

/// The report on a certificate and its key.
struct CertificatePairReport: Sendable, Equatable {
    /// Problems that would keep a server from using the pair; empty for a good one.
    var findings: [CertificatePairFinding]
    /// The kind of key, such as `RSA` or `EC`; nil where it could not be read.
    var keyType: String?
    /// The configured server names that the certificate does not cover.
    var uncovered: [String]
    /// When the certificate is valid; nil where it could not be read.
    var dates: CertificateDates?
    /// Faults that some clients may not tolerate, such as a chain out of order.
    var warnings: [String]

    /// A report from its parts; without any, of a pair without findings.
    init(
        findings: [CertificatePairFinding] = [],
        keyType: String? = nil,
        uncovered: [String] = [],
        dates: CertificateDates? = nil,
        warnings: [String] = []
    ) {
        self.findings = findings
        self.keyType = keyType
        self.uncovered = uncovered
        self.dates = dates
        self.warnings = warnings
    }

    /// Reads a configured pair as the server would, and reports on it.
    init(reading pair: CertificatePair, versions: ClosedRange<TLSVersion>) {
        let errors = PairFiles.errors(pair)
        guard errors.isEmpty else {
            self.init(findings: errors.map(CertificatePairFinding.init))
            return
        }
        do throws(CertificatePairError) {
            let served = try ServedPair.read(pair, versions: versions)
            self.init(
                keyType: served.identity.keyType,
                uncovered: pair.serverNames.map(\.text).filter { !served.identity.covers($0) },
                dates: CertificateDates(served.identity),
                warnings: served.warnings
            )
        } catch {
            self.init(findings: [CertificatePairFinding(error)])
        }
    }
}
