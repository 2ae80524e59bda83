// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import OAuth
internal import Reactor
internal import Serving
internal import Upkeep

/// The configuration as administrators read it.
extension ServerConfiguration {
    /// The facts of this configuration.
    var facts: ServerFacts.Values {
        var facts = ServerFacts.Values()
        facts.settings = settingsInEffect
        facts.keySchedule = tokenKeys.schedule
        return facts
    }

    /// Each key's value as this server goes by it, in the order of the example file.
    ///
    /// Secrets are in files: the settings have their paths.
    private var settingsInEffect: [ServerFacts.Setting] {
        Self.keys.flatMap { key in
            settings.filter { key.matches($0.key) }.map { setting in
                ServerFacts.Setting(
                    key: setting.key,
                    value: value(of: setting),
                    source: setting.origin.source,
                    origin: setting.origin.description,
                    needsRestart: key.needsRestart,
                    documentation: key.documentation
                )
            }
        }
    }

    /// The value that was read, or the one that came of it with a port that the system chose.
    private func value(of setting: EffectiveSetting) -> String {
        if setting.key == ConfigurationKey.issuer.name { return issuer }
        if setting.key == ConfigurationKey.audience.name { return tokens.audience }
        let listener = listeners.first {
            ConfigurationKey.listenerAddress.named($0.name).name == setting.key
        }
        return listener?.address.description ?? setting.value
    }
}

extension ConfigurationOrigin {
    /// The kind of place.
    fileprivate var source: ServerFacts.Setting.Source {
        switch self {
        case .file: .file
        case .environment: .environment
        case .flag: .option
        case .standard: .standard
        case .derived: .derived
        }
    }
}
