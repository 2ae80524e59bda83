// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import Reactor
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

    /// The file of the certificate chain that clients are shown.
    public struct ShownCertificate: Sendable, Equatable {
        /// The path, as the server would open it.
        public let path: String
        /// Whether the server makes the file, at its first start.
        public let isGenerated: Bool

        /// The path; throws where the server has not made the file yet.
        public func madePath() throws(NotMadeError) -> String {
            do throws(SystemError) {
                guard isGenerated, try DataFile.kind(path) == nil else { return path }
            } catch {
                // The reader of the file says why it cannot be looked at.
                return path
            }
            throw NotMadeError(path: path)
        }

        /// There is no file yet.
        public struct NotMadeError: Error, CustomStringConvertible {
            let path: String

            /// The problem and its remedy.
            public var description: String {
                "There is no \(path): the first start of the server makes it. Start the server, or"
                    + " name its data directory or its configuration, with --data or --config."
            }
        }
    }

    /// The certificate that a server with this file and these variables shows to clients that ask
    /// for no name of another pair: the first pair without names, or the generated one.
    ///
    /// The rest of the file is not checked, as for `storePlace`.
    public static func shownCertificate(
        file: String?,
        environment: [String: String],
        flags: ConfigurationOverrides
    ) throws(ConfigurationError) -> ShownCertificate {
        let (directory, pairs) = try part(
            of: [.data] + ConfigurationKey.ofPairs,
            file: file,
            environment: environment,
            flags: flags
        ) { loader in
            (loader.text(.data), loader.buildPairs())
        }
        if let pair = pairs.first(where: \.serverNames.isEmpty) {
            return ShownCertificate(path: pair.certificate, isGenerated: false)
        }
        let generated = GeneratedPair.pair(in: directory ?? "")
        return ShownCertificate(path: generated.certificate, isGenerated: true)
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
            guard let name = finding.key else { return true }
            return wanted.contains {
                // A section of named entries that is wrong leaves their keys out.
                $0.matches(name) || ($0.isTemplate && $0.isInSection(name))
            }
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
