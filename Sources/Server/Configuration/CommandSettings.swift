// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import Serving
internal import TLS
internal import Upkeep

/// The settings that commands other than `serve` need.
extension ServerConfiguration {
    /// A file that a setting names.
    public struct NamedFile: Sendable, Equatable {
        /// The dotted key.
        public let key: String
        /// The path, as the server would open it.
        public let path: String
    }

    /// The places of the state of a server with this file and these variables: `flags` before
    /// environment before file before the defaults.
    ///
    /// The rest of the file is not checked, so that a mistake there does not keep an operator from
    /// switching a client off.
    public static func storePlace(
        file: String?,
        environment: [String: String],
        flags: ConfigurationOverrides
    ) throws(ConfigurationError) -> StorePlace {
        let (directory, shared) = try part(
            of: [.data] + ConfigurationKey.ofStore,
            file: file,
            environment: environment,
            flags: flags
        ) { loader in
            (loader.text(.data), loader.buildSharedStore())
        }
        guard let directory else { throw ConfigurationError([]) }
        return StorePlace(directory: directory, shared: shared, assertionReplay: .shared)
    }

    /// The part of a configuration that `build` makes of the keys `wanted`; throws what is wrong
    /// with these, and with the file as a whole.
    static func part<Part>(
        of wanted: [ConfigurationKey],
        file: String?,
        environment: [String: String],
        flags: ConfigurationOverrides,
        _ build: (inout ConfigurationLoader) -> Part
    ) throws(ConfigurationError) -> Part {
        var findings: [ConfigurationFinding] = []
        var fromFile = ConfigurationSource()
        if let file { fromFile = .file(file, keys: keys, findings: &findings) }
        var others: [ConfigurationFinding] = []
        var loader = ConfigurationLoader(
            flags: .flags(flags),
            environment: .environment(environment, keys: wanted, findings: &others),
            file: fromFile
        )
        loader.resolve()
        let part = build(&loader)
        findings = (findings + loader.findings).filter { finding in
            finding.key == nil || wanted.contains { $0.name == finding.key }
        }
        guard findings.isEmpty else { throw ConfigurationError(findings) }
        return part
    }

    /// The files that settings name: certificates, private keys, secrets, CAs.
    public var namedFiles: [NamedFile] {
        var files: [NamedFile] = []
        func add(_ key: ConfigurationKey, _ path: String?) {
            if let path { files.append(NamedFile(key: key.name, path: path)) }
        }
        for pair in tls.certificates {
            add(.pairCertificate.named(pair.name), pair.certificate)
            add(.pairKey.named(pair.name), pair.key)
        }
        for listener in listeners {
            add(.listenerForwarderKeys.named(listener.name), listener.forwarding?.keys)
            add(.listenerForwarderSecret.named(listener.name), listener.forwarding?.secret)
        }
        add(.probeCertificate, probe.pair?.certificate)
        add(.probeKey, probe.pair?.key)
        add(.probeMetricsClients, probe.metricsClients)
        add(.fetchAuthorities, fetching.caFile)
        add(.storeKeyFile, sharedStore?.keyFile)
        return files
    }
}
