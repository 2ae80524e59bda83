// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import Reactor
internal import Server

/// The options of every command that serves.
struct ServingOptions: ParsableArguments {
    @Option(help: .value("host:port", "Where to listen; replaces the configured listeners."))
    var listen: String?

    @Option(help: .value("number", "How many reactor threads; 0 for one on each core."))
    var reactors: Int?

    @Option(help: .value("url", "The issuer identifier in tokens and metadata."))
    var issuer: String?

    @Option(help: .value("file", "A configuration file, YAML or JSON."))
    var config: String?

    /// Reads the configuration with these options above it; `data` is the data directory, if one
    /// was given.
    func configuration(
        data: String?,
        _ store: StoreOptions? = nil
    ) throws(ConfigurationError) -> ServerConfiguration {
        try .load(
            file: config,
            environment: ProcessSettings.environment,
            overrides: ConfigurationOverrides(
                data: data,
                listen: listen,
                reactors: reactors,
                issuer: issuer,
                store: store?.store,
                storeKeyFile: store?.storeKeyFile
            )
        )
    }

    /// The shortcuts of handshakes to leave out, which `HANDFAST_WITHOUT` names, separated by
    /// commas: for tests and diagnosis.
    func shortcuts() throws -> [Shortcut] {
        let names = ProcessSettings.environment["HANDFAST_WITHOUT"] ?? ""
        return try names.split { $0 == "," || $0 == " " }.map { name in
            guard let shortcut = Shortcut(rawValue: String(name)) else {
                let known = Shortcut.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError(
                    "HANDFAST_WITHOUT: “\(name)” is not known. Allowed: \(known)."
                )
            }
            return shortcut
        }
    }
}
