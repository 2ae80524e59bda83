// SPDX-License-Identifier: Apache-2.0
public import Logging
package import Reactor
package import Serving
package import Upkeep

/// Everything that can be set, parsed and checked: a server built from it need not check again.
public struct ServerConfiguration: Sendable, Equatable {
    /// The directory of the database and of generated keys.
    public var dataDirectory: String
    /// The issuer identifier (RFC 8414 §2), an https URL without query and fragment.
    public var issuer: String
    /// How many reactor threads, at least 1.
    public var reactors: Int
    /// At least one; `main` first, the others by name.
    package var listeners: [ListenerSettings]
    /// Handshakes, certificates, resumption.
    public var tls: TLS
    /// What access tokens say.
    public var tokens: Tokens
    /// The scopes that the metadata names.
    public var scopesSupported: [String]
    /// The methods of client authentication that are switched on, by their registered names.
    public var methods: Set<String>
    /// What one client may take.
    package var connections: ConnectionSettings
    /// Threads for slow work.
    public var workers: Workers
    /// How keys and revocation lists are fetched.
    package var fetching: FetchSettings
    /// When the ends of certificates are warned of.
    package var expiry: ExpirySettings
    /// Where the administrative listener is; nil where there is none.
    package var administration: ListenAddress?
    /// What is written to the log.
    public var log: Log
    /// Values that are taken, and mean more than they seem to.
    public internal(set) var warnings: [ConfigurationProblem] = []

    /// The settings of the TLS contexts.
    public struct TLS: Sendable, Equatable {
        /// Given pairs in order of their names; empty where the server uses the pair in its data
        /// directory.
        public var certificates: [CertificatePair]
        /// How sessions are resumed.
        public var resumption: Resumption
        /// Seconds for which a session can be resumed.
        public var sessionLifetime: Int
        /// Milliseconds for which one ticket key encrypts; it decrypts for a session's lifetime
        /// longer.
        public var ticketKeyRotation: UInt64
        /// Sessions kept for resumption by store.
        public var sessionStoreMax: Int
        /// Whether OpenSSL's lookups go through the slim provider.
        public var slimProvider: Bool
        /// The lowest version accepted.
        public var minimumVersion: Version

        /// Old ticket keys that are still needed: the rotations that a session lives through.
        var ticketKeysKept: Int {
            let rotation = max(1, Int(ticketKeyRotation / 1000))
            return (sessionLifetime + rotation - 1) / rotation
        }
    }

    /// A certificate chain and its key, both PEM files.
    public struct CertificatePair: Sendable, Equatable {
        /// The name in the configuration; of no meaning to TLS.
        public var name: String
        /// The path of the chain, leaf first.
        public var certificate: String
        /// The path of the private key.
        public var key: String
        /// Whose clients get it; empty where it is for all others.
        public var serverNames: [ServerName] = []
    }

    /// How TLS sessions are resumed.
    public enum Resumption: String, Sendable, CaseIterable {
        /// Stateless tickets under keys that all reactors share.
        case tickets
        /// Sessions kept in memory.
        case store
        /// Every handshake is a full one.
        case off
    }

    /// A protocol version of TLS.
    public enum Version: String, Sendable, CaseIterable {
        /// RFC 5246.
        case tls12 = "1.2"
        /// RFC 8446.
        case tls13 = "1.3"
    }

    /// What goes into access tokens.
    public struct Tokens: Sendable, Equatable {
        /// Seconds from issue to expiry.
        public var lifetime: Int
        /// The `aud` claim where a request names none (RFC 9068 §3).
        public var audience: String
        /// Whose word decides about the form of an access token.
        public var format: TokenFormat
        /// The realm of WWW-Authenticate challenges: printable, with no quote or backslash.
        public var realm: String
    }

    /// The form of access tokens.
    public enum TokenFormat: String, Sendable, CaseIterable {
        /// What each client is registered for.
        case registered
        /// Signed JWTs for every client.
        case jwt
        /// Sealed tokens for every client.
        case sealed
    }

    /// The worker pool's size.
    public struct Workers: Sendable, Equatable {
        /// At least 1.
        public var threads: Int
        /// Jobs that wait; the next one is refused.
        public var queue: Int
    }

    /// What is logged and how.
    public struct Log: Sendable, Equatable {
        /// The least level written.
        public var level: Logger.Level
        /// The form of a line.
        public var format: LogFormat
        /// Whether a successful request makes a line.
        public var requests: Bool
    }

    /// The pairs to serve: those given, or the one that lives in the data directory.
    public var certificatePairs: [CertificatePair] {
        guard tls.certificates.isEmpty else { return tls.certificates }
        let path = dataDirectory.hasSuffix("/") ? dataDirectory : dataDirectory + "/"
        return [
            CertificatePair(
                name: "generated",
                certificate: path + "server.pem",
                key: path + "server.key"
            )
        ]
    }
}

/// What stands on the command line; strongest of all sources.
public struct ConfigurationOverrides: Sendable, Equatable {
    /// `--data`.
    public var data: String?
    /// `--listen`: replaces all listeners by one, `main`, that wants a client certificate.
    public var listen: String?
    /// `--reactors`.
    public var reactors: Int?
    /// `--issuer`.
    public var issuer: String?

    /// Takes the flags as given; nil where one was not.
    public init(
        data: String? = nil,
        listen: String? = nil,
        reactors: Int? = nil,
        issuer: String? = nil
    ) {
        self.data = data
        self.listen = listen
        self.reactors = reactors
        self.issuer = issuer
    }
}
