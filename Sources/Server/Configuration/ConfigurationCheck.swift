internal import Reactor

/// What is wrong with a certificate and key on disk.
public struct CertificatePairProblem: Sendable, Equatable {
    /// Which file is to blame.
    public enum Part: Sendable {
        /// The chain's file, or the pair as a whole.
        case certificate
        /// The private key's file.
        case key
    }

    /// Which file is to blame.
    public let part: Part
    /// What is wrong, such as `no such file` or `is not the key of this certificate`.
    public let reason: String

    /// Names the file and the reason.
    public init(_ part: Part, _ reason: String) {
        self.part = part
        self.reason = reason
    }
}

/// Checks a configuration without starting a server.
public struct ConfigurationCheck: Sendable {
    /// Reads both files of a pair and tells what would keep a server from using them; empty where
    /// nothing would.
    public typealias PairCheck =
        @Sendable (ServerConfiguration.CertificatePair) -> [CertificatePairProblem]

    private let pairs: PairCheck

    /// Certificates and keys are judged by `pairs`; generated ones, which need not exist yet, are
    /// not.
    public init(pairs: @escaping PairCheck) {
        self.pairs = pairs
    }

    /// What to tell.
    public struct Report: Sendable, Equatable {
        /// Whether a server would start with this configuration.
        public let isGood: Bool
        /// For standard output; whole lines.
        public let output: String
        /// For standard error; a line for each problem.
        public let errors: String

        /// Writes both texts.
        public func write() {
            SystemCall.write(1, Array(output.utf8).span)
            SystemCall.write(2, Array(errors.utf8).span)
        }
    }

    /// Checks `file` as a server with these variables and flags would read it.
    public func run(
        file: String,
        environment: [String: String],
        overrides: ConfigurationOverrides,
        verbose: Bool
    ) async -> Report {
        do throws(ConfigurationError) {
            let (configuration, settings) = try await ServerConfiguration.loadWithOrigins(
                file: file,
                environment: environment,
                overrides: overrides
            )
            let problems = pairProblems(configuration, settings)
            guard problems.isEmpty else { throw ConfigurationError(problems) }
            var output = "\(LogText.escaped(file)): ok\n"
            if verbose {
                for setting in settings { output += "\(LogText.escaped(setting.description))\n" }
            }
            return Report(isGood: true, output: output, errors: "")
        } catch {
            return Report(isGood: false, output: "", errors: error.description + "\n")
        }
    }

    private func pairProblems(
        _ configuration: ServerConfiguration,
        _ settings: [EffectiveSetting]
    ) -> [ConfigurationProblem] {
        configuration.tls.certificates.flatMap { pair in
            pairs(pair).map { problem in
                let key: ConfigurationKey =
                    problem.part == .certificate ? .pairCertificate : .pairKey
                let name = key.named(pair.name).name
                return ConfigurationProblem(
                    name,
                    settings.first { $0.key == name }?.origin ?? .standard,
                    value: problem.part == .certificate ? pair.certificate : pair.key,
                    problem.reason
                )
            }
        }
    }
}
