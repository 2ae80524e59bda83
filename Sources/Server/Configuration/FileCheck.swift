// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import PostgresStore
internal import Reactor
internal import Serving
internal import Storage
internal import TLS
internal import Upkeep

/// Problems with the files that settings name, other than certificate pairs.
enum FileCheck {
    /// Reads all files, as a server does at its start.
    static func findings(
        _ configuration: ServerConfiguration,
        _ settings: [EffectiveSetting]
    ) -> [ConfigurationFinding] {
        var findings = directoryFindings(configuration.dataDirectory, settings)
        func check<Content>(
            _ key: ConfigurationKey,
            _ path: String?,
            _ read: (String) throws(FileError) -> Content
        ) {
            guard let path else { return }
            do throws(FileError) {
                _ = try read(path)
            } catch {
                findings.append(finding(key.name, path, error.reason, settings))
            }
        }
        for listener in configuration.listeners {
            let name = listener.name
            let forwarding = listener.forwarding
            check(.listenerForwarderKeys.named(name), forwarding?.keys, TrustedProxy.keys)
            check(.listenerForwarderSecret.named(name), forwarding?.secret, TrustedProxy.secret)
        }
        check(.probeMetricsClients, configuration.probe.metricsClients, TrustedProxy.keys)
        check(.fetchAuthorities, configuration.fetching.caFile, FetchSettings.caCertificates(in:))
        if let keyFile = configuration.sharedStore?.keyFile {
            do throws(StoreError) {
                _ = try StoreKeyFile(path: keyFile)
            } catch {
                let key = ConfigurationKey.storeKeyFile.name
                findings.append(finding(key, keyFile, error.reason, settings))
            }
        }
        return findings
    }

    /// The problem with the data directory; none where it is there, or can be made.
    private static func directoryFindings(
        _ path: String,
        _ settings: [EffectiveSetting]
    ) -> [ConfigurationFinding] {
        guard let obstacle = obstacle(to: path) else { return [] }
        let reason =
            obstacle == path
            ? "is not a directory: name one, or a path at which the first start makes it"
            : "cannot be made: \(obstacle) is not a directory"
        return [finding(ConfigurationKey.data.name, path, reason, settings)]
    }

    /// The first thing on the way up from `path` that is there, unless it is a directory; nil for
    /// one, and where nothing can be seen.
    private static func obstacle(to path: String) -> String? {
        var path = path[...]
        while !path.isEmpty {
            if let kind = try? DataFile.kind(String(path)) {
                return kind == .directory ? nil : String(path)
            }
            guard let slash = path.lastIndex(of: "/") else { return nil }
            path = path[..<slash]
        }
        return nil
    }

    /// The problem with the file at `path` that a key names; a long path is whole in the reason.
    static func finding(
        _ key: String,
        _ path: String,
        _ reason: String,
        _ settings: [EffectiveSetting]
    ) -> ConfigurationFinding {
        let isCut = path.count > ConfigurationFinding.quotedCharactersMax
        return ConfigurationFinding(
            key,
            ConfigurationCheck.origin(key, settings),
            value: path,
            isCut ? "\(path): \(reason)" : reason
        )
    }
}
