// SPDX-License-Identifier: Apache-2.0
internal import OAuth
internal import PostgresStore
internal import Reactor
internal import Serving
internal import TLS
internal import Text

/// A key's value in effect and where it came from, for people.
public struct EffectiveSetting: Sendable, Equatable, CustomStringConvertible {
    /// The dotted key.
    public let key: String
    /// The value as a file would say it.
    public let value: String
    /// The origin of the value.
    public let origin: ConfigurationOrigin

    /// `key: value (where)`.
    public var description: String { "\(key): \(value) (\(origin))" }
}

extension ServerConfiguration {
    /// Reads, combines and checks: flags before environment before file before defaults.
    ///
    /// Every source is checked as a whole, also where a stronger one hides its value. YAML or JSON
    /// is chosen by the file's extension; nil reads none. Throws everything that is wrong at once.
    public static func load(
        file: String?,
        environment: [String: String],
        overrides: ConfigurationOverrides
    ) throws(ConfigurationError) -> ServerConfiguration {
        try loadWithOrigins(file: file, environment: environment, overrides: overrides)
            .configuration
    }

    /// As `load`, with the origin of each value.
    public static func loadWithOrigins(
        file: String?,
        environment: [String: String],
        overrides: ConfigurationOverrides
    ) throws(ConfigurationError) -> (
        configuration: ServerConfiguration, settings: [EffectiveSetting]
    ) {
        var findings: [ConfigurationFinding] = []
        var fromFile = ConfigurationSource()
        if let file {
            fromFile = .file(file, keys: keys, findings: &findings)
        }
        let fromEnvironment = ConfigurationSource.environment(
            environment,
            keys: keys,
            findings: &findings
        )
        var loader = ConfigurationLoader(
            flags: .flags(overrides),
            environment: fromEnvironment,
            file: fromFile
        )
        loader.resolve()
        var configuration = loader.build()
        configuration.warnings = loader.warnings
        configuration.settings = loader.settings
        findings += loader.findings
        guard findings.isEmpty else { throw ConfigurationError(findings) }
        return (configuration, loader.settings)
    }
}

/// Resolves the sources, key by key.
struct ConfigurationLoader {
    private let flags: ConfigurationSource
    private let environment: ConfigurationSource
    private let file: ConfigurationSource
    private var values: [String: ConfigurationValue] = [:]
    private var origins: [String: ConfigurationOrigin] = [:]
    /// Keys with a bad value: rules between keys leave them out, so that one mistake is one
    /// problem.
    private var broken: Set<String> = []
    private(set) var findings: [ConfigurationFinding] = []
    /// Warnings about values that are accepted and may surprise.
    private(set) var warnings: [ConfigurationFinding] = []
    /// The settings in effect, in the order of the keys.
    private(set) var settings: [EffectiveSetting] = []

    private var listenerNames: [String] = []
    private var pairNames: [String] = []

    init(
        flags: ConfigurationSource,
        environment: ConfigurationSource,
        file: ConfigurationSource
    ) {
        self.flags = flags
        self.environment = environment
        self.file = file
    }

    private var sources: [ConfigurationSource] { [flags, environment, file] }

    // MARK: Resolving

    /// Finds the value of every key.
    mutating func resolve() {
        listenerNames = names(under: "listeners", limit: ListenerSettings.listenersMax)
        pairNames = names(under: "tls.certificates", limit: TLSSettings.certificatesMax)
        if listenerNames.isEmpty { listenerNames = ["main"] }
        for key in ServerConfiguration.keys {
            switch key {
            case _ where ConfigurationKey.ofListeners.contains(key):
                for name in listenerNames { resolve(key.named(name)) }
            case _ where ConfigurationKey.ofPairs.contains(key):
                for name in pairNames { resolve(key.named(name)) }
            default:
                resolve(key)
            }
        }
    }

    /// `main` first, the others by name.
    private mutating func names(under section: String, limit: Int) -> [String] {
        let all = sources.reduce(into: Set<String>()) { $0.formUnion($1.names(under: section)) }
        let sorted = all.sorted { $0 == "main" || ($1 != "main" && $0 < $1) }
        for name in sorted where !Self.isEntryName(name) {
            addFinding(
                "\(section).\(name)",
                "is not a name",
                allowed: "up to \(Self.nameBytesMax) lower-case letters, digits and hyphens,"
                    + " a letter first"
            )
        }
        if sorted.count > limit {
            addFinding(section, "has \(sorted.count) entries", allowed: "at most \(limit)")
        }
        return sorted
    }

    /// Names appear in log lines, metrics and environment variables.
    private static let nameBytesMax = 32

    /// Whether a listener or a certificate pair may have this name.
    private static func isEntryName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= Self.nameBytesMax else {
            return false
        }
        let lower = UInt8(ascii: "a")...UInt8(ascii: "z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return lower.contains(first)
            && text.utf8.allSatisfy {
                lower.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "-")
            }
    }

    private mutating func resolve(_ key: ConfigurationKey) {
        for source in sources {
            guard let entry = source.entries[key.name] else { continue }
            do throws(ValueError) {
                let value = try key.parse(entry.raw, from: source.directory)
                guard values[key.name] == nil else { continue }
                values[key.name] = value
                origins[key.name] = entry.origin
            } catch {
                broken.insert(key.name)
                findings.append(
                    ConfigurationFinding(
                        key.name,
                        entry.origin,
                        // One that cannot be read may have a password in it.
                        value: key.kind == .store ? nil : entry.raw.text,
                        error.reason,
                        allowed: error.allowed
                    )
                )
            }
        }
        guard values[key.name] == nil, let standard = key.standard else { return }
        // Only `main` has a default address; another listener without one is a mistake.
        let isOther = key.components.first == "listeners" && key.components[1] != "main"
        guard !isOther || !key.name.hasSuffix(".address") else { return }
        values[key.name] = try? key.parse(.untyped(standard))
        origins[key.name] = .standard
    }

    // MARK: Access for building

    func integer(_ key: ConfigurationKey) -> Int {
        guard case .integer(let value)? = values[key.name] else {
            preconditionFailure("\(key.name) has no default")
        }
        return value
    }

    func boolean(_ key: ConfigurationKey) -> Bool {
        guard case .boolean(let value)? = values[key.name] else {
            preconditionFailure("\(key.name) has no default")
        }
        return value
    }

    func text(_ key: ConfigurationKey) -> String? {
        guard case .text(let value)? = values[key.name] else { return nil }
        return value
    }

    /// The rate; nil for none.
    func rate(_ key: ConfigurationKey) -> RequestRate? { text(key).flatMap { RequestRate($0) } }

    func address(_ key: ConfigurationKey) -> ListenAddress? {
        guard case .address(let value)? = values[key.name] else { return nil }
        return value
    }

    func storeURL(_ key: ConfigurationKey) -> PostgresURL? {
        guard case .store(let value)? = values[key.name] else { return nil }
        return value
    }

    func choice<Choice: RawRepresentable<String>>(
        _ key: ConfigurationKey,
        _ type: Choice.Type = Choice.self
    ) -> Choice {
        guard let word = text(key), let choice = Choice(rawValue: word) else {
            preconditionFailure("\(key.name) has a word that is no case")
        }
        return choice
    }

    /// A number of seconds, in milliseconds.
    func milliseconds(_ key: ConfigurationKey) -> UInt64 { UInt64(integer(key)) * 1000 }

    /// Whether the key was given by any source and is good.
    func origin(_ key: ConfigurationKey) -> ConfigurationOrigin {
        origins[key.name] ?? .standard
    }

    /// Replaces a default that another key limits.
    mutating func set(
        _ key: ConfigurationKey,
        _ value: ConfigurationValue,
        _ origin: ConfigurationOrigin
    ) {
        values[key.name] = value
        origins[key.name] = origin
    }

    /// Whether one of the keys has a bad value.
    func isBroken(_ keys: ConfigurationKey...) -> Bool {
        keys.contains { broken.contains($0.name) }
    }

    func names() -> (listeners: [String], pairs: [String]) { (listenerNames, pairNames) }

    /// Whether `--listen` stands in for all listeners.
    var listenFlag: Bool { !flags.entries.keys.filter { $0.hasPrefix("listeners.") }.isEmpty }

    mutating func addFinding(
        _ key: String,
        value: String? = nil,
        _ reason: String,
        allowed: String? = nil
    ) {
        let origin = place(of: key)
        broken.insert(key)
        findings.append(
            ConfigurationFinding(key, origin, value: value, reason, allowed: allowed)
        )
    }

    mutating func warn(_ key: String, value: String, _ reason: String) {
        warnings.append(ConfigurationFinding(key, place(of: key), value: value, reason))
    }

    private func place(of key: String) -> ConfigurationOrigin {
        // A missing key is reported at its section's position.
        let section = key.split(separator: ".").dropLast().joined(separator: ".")
        let entries = sources.flatMap(\.entries)
        return origins[key]
            ?? entries.first { $0.key.hasPrefix(key + ".") }?.value.origin
            ?? entries.first { $0.key.hasPrefix(section + ".") }?.value.origin
            ?? .standard
    }

    /// Records the value in effect for `key`.
    mutating func note(
        _ key: ConfigurationKey,
        _ value: String? = nil,
        _ origin: ConfigurationOrigin? = nil
    ) {
        guard let value = value ?? values[key.name]?.description else { return }
        settings.append(
            EffectiveSetting(key: key.name, value: value, origin: origin ?? self.origin(key))
        )
    }
}
