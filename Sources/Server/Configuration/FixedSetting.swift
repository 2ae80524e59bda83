// SPDX-License-Identifier: Apache-2.0
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
        // The listeners are kept as they are, with the keys that could change.
        func isKept(_ setting: EffectiveSetting) -> Bool {
            let key = Self.keys.first { $0.matches(setting.key) }
            let section = ConfigurationKey.listenerAddress.components[0]
            return key.flatMap(\.fixed).map { differing.contains($0.name) } ?? false
                || (differing.contains(FixedSetting.listeners.name)
                    && key?.components.first == section)
        }
        settings = settings.filter { !isKept($0) } + current.settings.filter(isKept)
    }
}
