// SPDX-License-Identifier: Apache-2.0
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

    /// The data directory of a server with this file and these variables: `flag` before environment
    /// before file before the default.
    ///
    /// The rest of the file is not checked, so that a mistake there does not keep an operator from
    /// switching a client off.
    public static func dataDirectory(
        file: String?,
        environment: [String: String],
        flag: String?
    ) throws(ConfigurationError) -> String {
        var findings: [ConfigurationFinding] = []
        var fromFile = ConfigurationSource()
        if let file { fromFile = .file(file, keys: keys, findings: &findings) }
        var others: [ConfigurationFinding] = []
        var loader = ConfigurationLoader(
            flags: .flags(ConfigurationOverrides(data: flag)),
            environment: .environment(environment, keys: [.data], findings: &others),
            file: fromFile
        )
        loader.resolve()
        findings = (findings + loader.findings).filter {
            $0.key == nil || $0.key == ConfigurationKey.data.name
        }
        guard findings.isEmpty, let directory = loader.text(.data) else {
            throw ConfigurationError(findings)
        }
        return directory
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
        add(.fetchAuthorities, fetching.caFile)
        return files
    }
}
