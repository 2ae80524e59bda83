// SPDX-License-Identifier: Apache-2.0
internal import OAuth
internal import Reactor
internal import Serving
internal import Upkeep

/// One key of the configuration: the table that parsing, checking and the example file share.
public struct ConfigurationKey: Sendable, Hashable {
    /// What a value must be.
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
        /// Host names, separated by spaces; a wildcard may stand for the first label.
        case serverNames
        /// Origins of pages, separated by spaces.
        case origins
        /// Scopes, separated by spaces.
        case scopes
    }

    /// The dotted name; `<name>` stands for a listener's or a pair's own name.
    public let name: String
    /// What a value must be.
    public let kind: Kind
    /// The default as a file would say it; nil where there is none or it follows from other keys.
    public let standard: String?
    /// One or two sentences for the operator.
    public let documentation: String
    /// What it sets that a running server keeps; nil where SIGHUP takes it over.
    private(set) var fixed: FixedSetting?

    /// Whether a change takes effect with a restart only.
    public var needsRestart: Bool { fixed != nil }

    init(_ name: String, _ kind: Kind, _ standard: String?, _ documentation: String) {
        self.name = name
        self.kind = kind
        self.standard = standard
        self.documentation = documentation
    }

    init(_ name: String, _ bound: Limits.Bound, _ documentation: String) {
        self.init(name, .integer(bound.range), String(bound.standard), documentation)
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

    /// What a value may be, for messages and documentation.
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
        case .serverNames: ServerName.form
        case .origins: WebOrigin.form
        case .scopes: ScopeList.form
        }
    }

    /// The environment variable that sets this key.
    public var environmentVariable: String {
        "HANDFAST_"
            + String(name.uppercased().map { $0 == "." || $0 == "-" ? "_" : $0 })
    }

    /// Whether the name stands for one key of each listener or pair.
    var isTemplate: Bool { name.utf8.contains(UInt8(ascii: "<")) }

    /// This key, as one that sets what stands at `path` until a restart.
    ///
    /// The log calls that `name`, or what the key is called.
    func needingRestart<Value: Equatable & SendableMetatype>(
        _ path: any WritableKeyPath<ServerConfiguration, Value> & Sendable,
        _ name: String? = nil
    ) -> ConfigurationKey {
        needingRestart(FixedSetting(name ?? self.name, path))
    }

    /// This key, as one that sets `setting`, which stays until a restart.
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

    /// Keys are told apart by what they are called; no two have one name.
    public static func == (one: ConfigurationKey, other: ConfigurationKey) -> Bool {
        one.name == other.name
    }

    /// By the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension ConfigurationKey {
    static let data = ConfigurationKey(
        "data",
        .path,
        "/var/lib/handfast",
        "The directory of the database and of generated keys; made on the first start."
    ).needingRestart(\.dataDirectory)
    static let issuer = ConfigurationKey(
        "issuer",
        .issuer,
        nil,
        "The issuer in tokens and metadata. Without it: https://localhost:PORT of the first"
            + " listener where that is loopback or all addresses, else https://HOST:PORT."
    )
    static let reactors = ConfigurationKey(
        "reactors",
        Limits.reactors,
        "Threads that serve connections; 0 is one for each core this process may use."
    ).needingRestart(\.reactors)

    static let pairCertificate = ConfigurationKey(
        "tls.certificates.<name>.certificate",
        .path,
        nil,
        "PEM file of the server's chain, leaf first. Without any pair, server.pem and server.key in"
            + " the data directory are used, and generated on the first start."
    )
    static let pairKey = ConfigurationKey(
        "tls.certificates.<name>.key",
        .path,
        nil,
        "PEM file of the private key of that certificate."
    )
    static let resumption = ConfigurationKey(
        "tls.resumption",
        ServerConfiguration.Resumption.store,
        "store keeps sessions in memory for all reactors and costs least, tickets keeps no state,"
            + " off does full handshakes only."
    ).needingRestart(\.tls.resumption)
    static let sessionLifetime = ConfigurationKey(
        "tls.session_lifetime",
        Limits.sessionLifetimeSeconds,
        "Seconds for which a session can be resumed."
    )
    static let ticketKeyRotation = ConfigurationKey(
        "tls.ticket_key_rotation",
        Limits.ticketKeyRotationSeconds,
        "Seconds after which a new key encrypts tickets."
    )
    static let sessionStoreMax = ConfigurationKey(
        "tls.session_store_max",
        Limits.sessionStoreEntries,
        "Sessions kept where resumption is store."
    ).needingRestart(\.tls.sessionStoreMax)
    static let slimProvider = ConfigurationKey(
        "tls.slim_provider",
        .boolean,
        "true",
        "Whether OpenSSL finds its algorithms by the short way; false is for diagnosis."
    ).needingRestart(\.tls.slimProvider)
    static let minimumVersion = ConfigurationKey(
        "tls.minimum_version",
        ServerConfiguration.Version.tls12,
        "The lowest TLS version accepted."
    )

    static let tokenLifetime = ConfigurationKey(
        "tokens.lifetime",
        Limits.tokenLifetimeSeconds,
        "Seconds from an access token's issue to its expiry."
    )
    static let audience = ConfigurationKey(
        "tokens.audience",
        .text,
        nil,
        "The aud claim of access tokens. Without it: the issuer."
    )
    static let tokenFormat = ConfigurationKey(
        "tokens.format",
        ServerConfiguration.TokenFormat.registered,
        "registered gives each client the form that it is registered for; jwt or sealed gives every"
            + " client that one."
    )
    static let realm = ConfigurationKey(
        "tokens.realm",
        .text,
        "handfast",
        "The realm in WWW-Authenticate."
    )

    /// One switch for each method.
    static let methods = ClientAuthenticationMethod.allCases.map { method in
        ConfigurationKey(
            "authentication.\(method.rawValue)",
            .boolean,
            // Whoever wants clients that prove nothing has to say so.
            method == .publicClient ? "false" : "true",
            "Whether clients may authenticate by \(method.rawValue)."
        )
    }

    /// The switch of the method with this registered name.
    static func method(_ name: String) -> ConfigurationKey {
        methods.first { $0.name == "authentication.\(name)" }
            ?? ConfigurationKey("authentication.\(name)", .boolean, "false", "")
    }

    static let workerThreads = ConfigurationKey(
        "workers.threads",
        Limits.workerThreads,
        "Threads for password hashing; 0 is one for each core."
    ).needingRestart(\.workers, "workers")
    static let workerQueue = ConfigurationKey(
        "workers.queue",
        Limits.workerQueue,
        "Jobs that may wait for these threads; beyond it the answer is 503."
    ).needingRestart(\.workers, "workers")

    static let fetchRefresh = ConfigurationKey(
        "fetch.refresh_seconds",
        seconds: FetchSettings.refreshSecondsRange,
        FetchSettings().refresh,
        "Seconds after which a jwks_uri or the URL of a revocation list is asked again. Files of"
            + " revocation lists are looked at every two seconds."
    )
    static let fetchNetworks = ConfigurationKey(
        "fetch.networks",
        .text,
        nil,
        "Private networks that a jwks_uri may be in, separated by spaces. Without it: none."
    )
    static let fetchAuthorities = ConfigurationKey(
        "fetch.authorities",
        .path,
        nil,
        "PEM file of the CAs that a jwks_uri's server is verified by. Without it: the system's."
    )
    static let expiryWarning = ConfigurationKey(
        "certificates.expiry_warning_days",
        ExpirySettings.warningDaysRange,
        ExpirySettings().warningDays,
        "Days before its end from which the log warns of a registered certificate or CA, and"
            + " of a certificate of the server's own."
    )

    static let logLevel = ConfigurationKey(
        "log.level",
        .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"]),
        "info",
        "The least level that is written."
    )
    static let logFormat = ConfigurationKey(
        "log.format",
        LogFormat.auto,
        "auto writes lines for people on a terminal and JSON lines elsewhere."
    ).needingRestart(\.log.format)
    static let logRequests = ConfigurationKey(
        "log.requests",
        .boolean,
        "false",
        "Whether a successful request makes a line of its own."
    )
}

extension ServerConfiguration {
    /// Every key there is, in the order of the example file.
    public static let keys: [ConfigurationKey] =
        [
            .data, .issuer, .reactors,
        ] + ConfigurationKey.ofListeners + [
            .pairCertificate, .pairKey, .pairServerNames,
            .resumption, .sessionLifetime, .ticketKeyRotation, .sessionStoreMax, .slimProvider,
            .minimumVersion,
            .tokenLifetime, .audience, .tokenFormat, .realm,
            .scopesSupported,
        ] + ConfigurationKey.methods + ConfigurationKey.ofConnections + [
            .workerThreads, .workerQueue,
            .fetchRefresh, .fetchNetworks, .fetchAuthorities, .expiryWarning,
            .administration,
            .logLevel, .logFormat, .logRequests,
        ]
}
