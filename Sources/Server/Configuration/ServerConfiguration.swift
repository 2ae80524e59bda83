// SPDX-License-Identifier: Apache-2.0
package import Administration
package import OAuth
package import Serving
package import TLS
package import Upkeep

/// Everything that can be set, parsed and checked: a server built from it need not check again.
public struct ServerConfiguration: Sendable, Equatable {
    /// The directory of the database and of generated keys.
    public var dataDirectory: String
    /// The issuer identifier (RFC 8414 §2), an https URL without query and fragment.
    public var issuer: String
    /// The number of reactor threads, at least 1.
    public var reactors: Int
    /// 0 stands for one per core; more threads than any machine has cores only cost memory.
    static let reactorsRange = 0...256
    /// At least one; `main` first, the others by name.
    package var listeners: [ListenerSettings]
    /// Handshakes, certificates, resumption.
    package var tls: TLSSettings
    /// Lifetime, format and keys of access tokens.
    package var tokens: TokenSettings
    /// Members of the metadata that follow from nothing else.
    package var metadata: MetadataSettings
    /// Methods of client authentication.
    package var authentication: AuthenticationSettings
    /// Deadlines and limits of connections.
    package var connections: ConnectionSettings
    /// Threads for slow work.
    package var workers: WorkerSettings
    /// The policy of fetching keys and revocation lists.
    package var fetching: FetchSettings
    /// When to warn of certificates that end.
    package var expiry: ExpirySettings
    /// When the server replaces its keys of tokens.
    package var tokenKeys = TokenKeySettings()
    /// The address of the administrative listener.
    package var administration: AdministrationSettings
    /// The probes' listener.
    package var probe = ProbeSettings()
    /// Format, level and content of the log.
    package var log: LogSettings
    /// The store that nodes share; nil where the data directory has the database.
    package var sharedStore: SharedStoreSettings?
    /// The nodes among which a client's assertion is used once.
    package var assertionReplay = AssertionReplay.shared
    /// Whether the issuer follows from the first listener's address.
    var derivesIssuer = false
    /// Whether the audience of tokens is the issuer.
    var derivesAudience = false
    /// Warnings about values that are accepted and may surprise.
    public internal(set) var warnings: [ConfigurationFinding] = []
    /// Each key with the value that was read, and its origin.
    var settings: [EffectiveSetting] {
        get { read.settings }
        set { read.settings = newValue }
    }
    var read = ReadSettings()

    /// The pairs to serve: those given, or the one that lives in the data directory.
    package var certificatePairs: [CertificatePair] {
        tls.certificates.isEmpty ? [GeneratedPair.pair(in: dataDirectory)] : tls.certificates
    }
}

/// Settings as they were read; all are equal, because a configuration is what follows from them.
struct ReadSettings: Sendable, Equatable {
    var settings: [EffectiveSetting] = []

    static func == (one: ReadSettings, other: ReadSettings) -> Bool { true }
}

/// The settings of the command line, which override all other sources.
public struct ConfigurationOverrides: Sendable, Equatable {
    /// `--data`.
    public var data: String?
    /// `--listen`: replaces all listeners by one, `main`, that wants a client certificate.
    public var listen: String?
    /// `--reactors`.
    public var reactors: Int?
    /// `--issuer`.
    public var issuer: String?
    /// `--store`.
    public var store: String?
    /// `--store-key-file`.
    public var storeKeyFile: String?

    /// Takes the flags as given; nil where one was not.
    public init(
        data: String? = nil,
        listen: String? = nil,
        reactors: Int? = nil,
        issuer: String? = nil,
        store: String? = nil,
        storeKeyFile: String? = nil
    ) {
        self.data = data
        self.listen = listen
        self.reactors = reactors
        self.issuer = issuer
        self.store = store
        self.storeKeyFile = storeKeyFile
    }
}
