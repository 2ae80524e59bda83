// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import Serving

/// A setting that a running server keeps until a restart.
///
/// Each belongs to the keys that set it; several keys may set one.
struct FixedSetting: Sendable {
    /// The name in the log: the key, or the part that its keys have in common.
    let name: String
    private let isSame: @Sendable (ServerConfiguration, ServerConfiguration) -> Bool
    private let copy: @Sendable (inout ServerConfiguration, ServerConfiguration) -> Void

    /// The setting at `path`.
    init<Value: Equatable & SendableMetatype>(
        _ name: String,
        _ path: any WritableKeyPath<ServerConfiguration, Value> & Sendable
    ) {
        self.init(
            name,
            isSame: { $0[keyPath: path] == $1[keyPath: path] },
            copy: { $0[keyPath: path] = $1[keyPath: path] }
        )
    }

    private init(
        _ name: String,
        isSame: @escaping @Sendable (ServerConfiguration, ServerConfiguration) -> Bool,
        copy: @escaping @Sendable (inout ServerConfiguration, ServerConfiguration) -> Void
    ) {
        self.name = name
        self.isSame = isSame
        self.copy = copy
    }

    /// The names and addresses of the listeners; their demands on peers can change.
    static let listeners = FixedSetting(
        "listeners",
        isSame: { one, other in
            one.listeners.map(\.name) == other.listeners.map(\.name)
                && one.listeners.map(\.address) == other.listeners.map(\.address)
        },
        copy: { $0.listeners = $1.listeners }
    )

    /// The address of the probes' listener; where that stays, so does all that protects it.
    static let probe = FixedSetting(
        "probe.address",
        isSame: { $0.probe.address == $1.probe.address },
        copy: { $0.probe = $1.probe }
    )

    /// Whether both configurations have the same here.
    func isSame(_ one: ServerConfiguration, _ other: ServerConfiguration) -> Bool {
        isSame(one, other)
    }

    /// Takes what `other` has, where that is something else.
    func copy(_ configuration: inout ServerConfiguration, from other: ServerConfiguration) {
        if !isSame(configuration, other) { copy(&configuration, other) }
    }
}

extension ServerConfiguration {
    /// The settings that only a restart can change: one for each name.
    private static let fixedSettings: [FixedSetting] = keys.compactMap(\.fixed).reduce(into: []) {
        settings,
        setting in
        if !settings.contains(where: { $0.name == setting.name }) { settings.append(setting) }
    }

    /// The names of settings that differ and cannot change while the server runs.
    func fixedDifferences(to other: ServerConfiguration) -> [String] {
        Self.fixedSettings.filter { !$0.isSame(self, other) }.map(\.name)
    }

    /// Takes what cannot change while the server runs from the configuration in force.
    mutating func keepFixed(of current: ServerConfiguration) {
        let differing = Set(fixedDifferences(to: current))
        for setting in Self.fixedSettings { setting.copy(&self, from: current) }
        // Listeners are kept as they are, with the keys that could change.
        let whole: [(FixedSetting, ConfigurationKey)] = [
            (.listeners, .listenerAddress), (.probe, .probeAddress),
        ]
        let sections = whole.filter { differing.contains($0.0.name) }.map { $0.1.components[0] }
        func isKept(_ setting: EffectiveSetting) -> Bool {
            guard let key = Self.keys.first(where: { $0.matches(setting.key) }) else {
                return false
            }
            return key.fixed.map { differing.contains($0.name) } ?? false
                || sections.contains(key.components[0])
        }
        settings = settings.filter { !isKept($0) } + current.settings.filter(isKept)
    }
}
