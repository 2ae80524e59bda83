// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import OAuth
internal import Reactor
internal import Serving
internal import TLS

/// One key of the configuration: the table that parsing, checking and the example file share.
public struct ConfigurationKey: Sendable, Hashable {
    /// The type of a value, and its bounds.
    public enum Kind: Sendable, Hashable {
        /// A whole number in a range.
        case integer(ClosedRange<Int>)
        /// `true` or `false`.
        case boolean
        /// One of a few words.
        case choice([String])
        /// Printable ASCII without quote and backslash, not empty.
        case text
        /// A path; relative to the file's directory where a file names it.
        case path
        /// An https URL without query and fragment.
        case issuer
        /// `HOST:PORT` or `unix:/PATH`.
        case address
        /// An address that only this machine reaches, or `none`.
        case localAddress
        /// An address, or `none`.
        case optionalAddress
        /// `N/SECONDS`, or `none`.
        case rate
        /// Host names, separated by spaces; a wildcard may stand for the first label.
        case serverNames
        /// Origins of pages, separated by spaces.
        case origins
        /// Scopes, separated by spaces.
        case scopes
        /// Groups of the key exchange, separated by spaces.
        case groups
        /// The address of a store, which may have a password.
        case store
    }

    /// The word for no rate.
    static let noRate = "none"

    /// The dotted name; `<name>` stands for a listener's or a pair's own name.
    public let name: String
    /// The type of the value, and its bounds.
    public let kind: Kind
    /// The default as a file would say it; nil where there is none or it follows from other keys.
    public let standard: String?
    /// One or two sentences for the operator.
    public let documentation: String
    /// The setting that a running server keeps until a restart; nil where SIGHUP takes it over.
    private(set) var fixed: FixedSetting?

    /// Whether a change takes effect with a restart only.
    public var needsRestart: Bool { fixed != nil }

    init(_ name: String, _ kind: Kind, _ standard: String?, _ documentation: String) {
        self.name = name
        self.kind = kind
        self.standard = standard
        self.documentation = documentation
    }

    /// A switch that is on or off by default.
    init(_ name: String, _ standard: Bool, _ documentation: String) {
        self.init(name, .boolean, String(standard), documentation)
    }

    /// A number in `range`, by default `standard`.
    init(_ name: String, _ range: ClosedRange<Int>, _ standard: Int, _ documentation: String) {
        self.init(name, .integer(range), String(standard), documentation)
    }

    /// A number of seconds in `range`, by default those of `milliseconds`.
    init(
        _ name: String,
        seconds range: ClosedRange<Int>,
        _ milliseconds: UInt64,
        _ documentation: String
    ) {
        self.init(name, range, Int(milliseconds / 1000), documentation)
    }

    init<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String,
        _ standard: Choice,
        _ documentation: String
    ) {
        let words = Choice.allCases.map(\.rawValue)
        self.init(name, .choice(words), standard.rawValue, documentation)
    }

    /// The allowed values, for messages and documentation.
    public var allowed: String {
        switch kind {
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .boolean: "true or false"
        case .choice(let words): words.joined(separator: ", ")
        case .text: "printable characters, without \" and \\"
        case .path: "a path"
        case .issuer: "an https URL without query and fragment"
        case .address: ListenAddress.form
        case .localAddress: ListenAddress.localForm
        case .optionalAddress: "\(ListenAddress.form), or \(ListenAddress.nowhere)"
        case .rate: "\(RequestRate.form), or \(Self.noRate)"
        case .serverNames: ServerName.form
        case .origins: WebOrigin.form
        case .scopes: ScopeList.form
        case .groups: ValueList.groupsForm
        case .store: "postgresql://USER@HOST[:PORT][,HOST…]/DATABASE[?OPTION=VALUE…]"
        }
    }

    /// The environment variable that sets this key.
    public var environmentVariable: String {
        "HANDFAST_"
            + String(name.uppercased().map { $0 == "." || $0 == "-" ? "_" : $0 })
    }

    /// Whether the name stands for one key of each listener or pair.
    var isTemplate: Bool { name.utf8.contains(UInt8(ascii: "<")) }

    /// This key, marked as one that sets the setting at `path` until a restart.
    ///
    /// The log calls the setting `name`, or by the key's name.
    func needingRestart<Value: Equatable & SendableMetatype>(
        _ path: any WritableKeyPath<ServerConfiguration, Value> & Sendable,
        _ name: String? = nil
    ) -> ConfigurationKey {
        needingRestart(FixedSetting(name ?? self.name, path))
    }

    /// This key, marked as one that sets `setting` until a restart.
    func needingRestart(_ setting: FixedSetting) -> ConfigurationKey {
        var key = self
        key.fixed = setting
        return key
    }

    /// The parts between the dots.
    var components: [String] { name.split(separator: ".").map(String.init) }

    /// This template's key for one listener or pair.
    func named(_ name: String) -> ConfigurationKey {
        let full = components.map { $0 == "<name>" ? name : $0 }.joined(separator: ".")
        var key = ConfigurationKey(full, kind, standard, documentation)
        key.fixed = fixed
        return key
    }

    /// Equal by name; no two keys have one.
    public static func == (one: ConfigurationKey, other: ConfigurationKey) -> Bool {
        one.name == other.name
    }

    /// By the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension ServerConfiguration {
    /// Every key there is, in the order of the example file.
    public static let keys: [ConfigurationKey] =
        ConfigurationKey.general + ConfigurationKey.ofStore + ConfigurationKey.ofListeners
        + ConfigurationKey.ofTLS
        + ConfigurationKey.ofTokens + ConfigurationKey.ofConnections + ConfigurationKey.ofWorkers
        + ConfigurationKey.ofFetching + ConfigurationKey.ofAdministration
        + ConfigurationKey.ofProbe + ConfigurationKey.ofLog
}
