// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Reactor

/// What is wrong with the files that settings name, those of certificate pairs aside.
enum FileCheck {
    /// Reads them all, as a server does at its start.
    static func problems(
        _ configuration: ServerConfiguration,
        _ settings: [EffectiveSetting]
    ) -> [ConfigurationProblem] {
        var problems: [ConfigurationProblem] = []
        func look<Content>(
            _ key: ConfigurationKey,
            _ path: String?,
            _ read: (String) throws(FileProblem) -> Content
        ) {
            guard let path else { return }
            do throws(FileProblem) {
                _ = try read(path)
            } catch {
                problems.append(problem(key.name, path, error.reason, settings))
            }
        }
        for listener in configuration.listeners {
            let name = listener.name
            let forwarding = listener.forwarding
            look(.listenerForwarderKeys.named(name), forwarding?.keys, Forwarder.keys)
            look(.listenerForwarderSecret.named(name), forwarding?.secret, Forwarder.secret)
        }
        look(.fetchAuthorities, configuration.fetching.authorities, authorities)
        return problems
    }

    /// What is wrong with the file at `path` that a key names; a long path is whole in the reason.
    static func problem(
        _ key: String,
        _ path: String,
        _ reason: String,
        _ settings: [EffectiveSetting]
    ) -> ConfigurationProblem {
        let isCut = path.count > Limits.quotedCharactersMax
        return ConfigurationProblem(
            key,
            ConfigurationCheck.origin(key, settings),
            value: path,
            isCut ? "\(path): \(reason)" : reason
        )
    }

    /// The CAs of a bundle, of which there is at least one.
    ///
    /// libcurl reads the file at each fetch, and would refuse it only then.
    static func authorities(_ path: String) throws(FileProblem) -> [Certificate] {
        let bytes = try bytes(path)
        do {
            return try CertificateFile.bundle(in: bytes)
        } catch {
            throw FileProblem(path, error.description)
        }
    }

    /// The whole file.
    static func bytes(_ path: String) throws(FileProblem) -> [UInt8] {
        do {
            return try DataFile.read(path)
        } catch {
            throw FileProblem(path, "cannot be read: \(error.reason)")
        }
    }
}

/// Why a file that a setting names cannot be used.
struct FileProblem: Error, CustomStringConvertible {
    let path: String
    let reason: String

    init(_ path: String, _ reason: String) {
        self.path = path
        self.reason = reason
    }

    var description: String { "\(path): \(reason)" }
}
