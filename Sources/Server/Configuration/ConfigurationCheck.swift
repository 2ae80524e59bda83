// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import Cryptography
internal import Fetch
internal import OAuth
internal import Reactor
internal import TLS
internal import Upkeep

/// Checks a configuration without starting a server.
public struct ConfigurationCheck: Sendable {
    /// Reads both files of a pair, and tries them in TLS 1.3, and in TLS 1.2 where that is spoken.
    typealias PairCheck =
        @Sendable (CertificatePair, _ versions: ClosedRange<TLSVersion>) -> CertificatePairReport

    private let pairs: PairCheck
    private let libraryError: @Sendable () -> String?

    /// Certificates and keys are checked as by a server; generated ones, which need not exist yet,
    /// are not.
    public init() {
        self.init { CertificatePairReport(reading: $0, versions: $1) }
    }

    /// `pairs` checks certificates and keys, and `libraryError` says why fetching is impossible.
    init(
        pairs: @escaping PairCheck,
        libraryError: @escaping @Sendable () -> String? = { Fetch.libraryError }
    ) {
        self.pairs = pairs
        self.libraryError = libraryError
    }

    /// The report on a configuration.
    public struct Report: Sendable, Equatable {
        /// Whether a server would start with this configuration.
        public let isGood: Bool
        /// For standard output; whole lines.
        public let output: String
        /// For standard error; a line for each problem, or for each warning where there is none.
        public let errors: String

        /// Writes both texts.
        public func write() {
            SystemCall.write(1, Array(output.utf8).span)
            SystemCall.write(2, Array(errors.utf8).span)
        }
    }

    /// Checks `file` as a server with these variables and flags would read it at `now`, in seconds
    /// since 1970.
    public func run(
        file: String,
        environment: [String: String],
        overrides: ConfigurationOverrides,
        verbose: Bool,
        now: Int64
    ) -> Report {
        do throws(ConfigurationError) {
            let (configuration, settings) = try ServerConfiguration.loadWithOrigins(
                file: file,
                environment: environment,
                overrides: overrides
            )
            let reports = configuration.tls.certificates.map { pair in
                (pair, pairs(pair, configuration.tls.versions))
            }
            let probe = configuration.probe.pair.map { pair in
                (pair, pairs(pair, configuration.tls.versions))
            }
            let findings =
                pairFindings(configuration, reports, settings)
                + (probe.map { Self.findings(of: $0, $1, settings) } ?? [])
                + FileCheck.findings(configuration, settings)
            guard findings.isEmpty else { throw ConfigurationError(findings) }
            var output = "\(LogText.escaped(file)): ok\n"
            if verbose {
                for setting in settings { output += "\(LogText.escaped(setting.description))\n" }
            }
            return Report(
                isGood: true,
                output: output,
                errors: warnings(configuration, reports, probe: probe, settings, now: now)
            )
        } catch {
            return Report(isGood: false, output: "", errors: error.description + "\n")
        }
    }

    private func pairFindings(
        _ configuration: ServerConfiguration,
        _ reports: [(CertificatePair, CertificatePairReport)],
        _ settings: [EffectiveSetting]
    ) -> [ConfigurationFinding] {
        let findings = reports.flatMap { pair, report in
            report.findings.map { finding in
                let key: ConfigurationKey =
                    finding.part == .certificate ? .pairCertificate : .pairKey
                let name = key.named(pair.name).name
                return FileCheck.finding(
                    name,
                    finding.part == .certificate ? pair.certificate : pair.key,
                    finding.reason,
                    settings
                )
            }
        }
        // Conflicts can only be found between pairs that are readable.
        let keyTypes = reports.compactMap { $0.1.keyType }
        guard findings.isEmpty, keyTypes.count == configuration.certificatePairs.count,
            let conflict = configuration.firstConflict(keyTypes)
        else { return findings }
        return [
            ConfigurationFinding(
                conflict.key,
                Self.origin(conflict.key, settings),
                value: conflict.value,
                conflict.reason
            )
        ]
    }

    /// Problems with the pair of the listener for probes.
    private static func findings(
        of pair: CertificatePair,
        _ report: CertificatePairReport,
        _ settings: [EffectiveSetting]
    ) -> [ConfigurationFinding] {
        report.findings.map { found in
            found.part == .key
                ? FileCheck.finding(
                    ConfigurationKey.probeKey.name,
                    pair.key,
                    found.reason,
                    settings
                )
                : FileCheck.finding(
                    ConfigurationKey.probeCertificate.name,
                    pair.certificate,
                    found.reason,
                    settings
                )
        }
    }

    private func warnings(
        _ configuration: ServerConfiguration,
        _ reports: [(CertificatePair, CertificatePairReport)],
        probe: (CertificatePair, CertificatePairReport)?,
        _ settings: [EffectiveSetting],
        now: Int64
    ) -> String {
        var lines = (configuration.warnings + Self.methodWarnings(configuration, settings))
            .map { "warning: \($0)\n" }.joined()
        func warning(_ name: String, _ value: String, _ reason: String) {
            let origin = Self.origin(name, settings)
            lines += "warning: \(ConfigurationFinding(name, origin, value: value, reason))\n"
        }
        func warnings(of pair: CertificatePair, _ report: CertificatePairReport, _ name: String) {
            // Dates are warnings alone: clients check them, the server does not.
            let days = configuration.expiry.warningDays
            if let reason = report.dates?.warning(now: now, days: days) {
                warning(name, pair.certificate, reason)
            }
            for reason in report.warnings { warning(name, pair.certificate, reason) }
        }
        for (pair, report) in reports {
            warnings(of: pair, report, ConfigurationKey.pairCertificate.named(pair.name).name)
            let reason =
                "is not among the names of the certificate \(pair.certificate): clients that ask"
                + " for it will refuse the certificate"
            let names = ConfigurationKey.pairServerNames.named(pair.name).name
            for name in report.uncovered { warning(names, name, reason) }
        }
        if let (pair, report) = probe {
            warnings(of: pair, report, ConfigurationKey.probeCertificate.name)
        }
        // A warning: only the store, which is not read here, says whether the library is needed.
        if let reason = libraryError() {
            lines +=
                "warning: neither a jwks_uri nor the URL of a revocation list can be fetched:"
                + " \(LogText.escaped(reason))\n"
        }
        return lines
    }

    /// The warning of a server that no client could authenticate to.
    private static func methodWarnings(
        _ configuration: ServerConfiguration,
        _ settings: [EffectiveSetting]
    ) -> [ConfigurationFinding] {
        guard configuration.authentication.methods.isEmpty else { return [] }
        let origins = ConfigurationKey.methods.map { origin($0.name, settings) }
        return [
            ConfigurationFinding(
                "authentication",
                origins.first { $0 != .standard } ?? .standard,
                "has every method switched off: each client is refused; set one to true"
            )
        ]
    }

    /// The origin of a key's value.
    static func origin(
        _ key: String,
        _ settings: [EffectiveSetting]
    ) -> ConfigurationOrigin {
        settings.first { $0.key == key }?.origin ?? .standard
    }
}
