// SPDX-License-Identifier: Apache-2.0
internal import HTTP
public import Logging
package import Network

/// Everything that can be set, parsed and checked: a server built from it need not check again.
public struct ServerConfiguration: Sendable, Equatable {
    /// The directory of the database and of generated keys.
    public var dataDirectory: String
    /// The issuer identifier (RFC 8414 §2), an https URL without query and fragment.
    public var issuer: String
    /// How many reactor threads, at least 1.
    public var reactors: Int
    /// At least one; `main` first, the others by name.
    public var listeners: [Listener]
    /// Handshakes, certificates, resumption.
    public var tls: TLS
    /// What access tokens say.
    public var tokens: Tokens
    /// The scopes that the metadata names.
    public var scopesSupported: [String]
    /// The methods of client authentication that are switched on, by their registered names.
    public var methods: Set<String>
    /// What one client may take.
    public var connections: Connections
    /// Threads for slow work.
    public var workers: Workers
    /// Wrong passwords that a user may have before checking slows down; 0 for any number.
    public var passwordFailuresMax: Int
    /// How keys and revocation lists are fetched.
    public var fetching: Fetching
    /// Days before the end of a registered certificate, or of one of the server's, from which the
    /// log warns.
    public var expiryWarningDays: Int
    /// Where the administrative listener is; nil where there is none.
    public var administration: ListenAddress?
    /// What is written to the log.
    public var log: Log
    /// Values that are taken, and mean more than they seem to.
    public internal(set) var warnings: [ConfigurationProblem] = []

    /// Where connections are accepted.
    public struct Listener: Sendable, Equatable {
        /// Lower-case letters, digits and hyphens; unique.
        public var name: String
        /// A host, resolved at start if it is a name, and a port.
        public var address: ListenAddress
        /// Whether a client certificate is asked for.
        public var clientCertificate: ClientCertificate
        /// What it takes, where that is less than everything.
        public var profile: Profile
        /// The base URL by which clients reach it; nil where nobody said.
        public var url: String?
        /// Whose connections begin with a PROXY protocol header.
        package var proxies: [AddressBlock]
        /// Origins whose pages may use the token endpoint.
        public var corsOrigins: [WebOrigin]
        /// Where a proxy ends TLS and tells of its clients' certificates; nil where none does.
        public var forwarding: Forwarding?

        /// Whether clients can show certificates here, to this server or to a proxy before it.
        var takesCertificates: Bool { clientCertificate != .none || forwarding != nil }
    }

    /// A proxy that ends TLS: what it says, and how it proves to be the one.
    public struct Forwarding: Sendable, Equatable {
        /// Reads its header fields.
        let reader: ClientCertificateReader
        /// The path of its certificates in PEM; nil where its key is not asked.
        public var keys: String?
        /// Where it may come from, if it has the secret; empty where that does not count.
        package var networks: [AddressBlock]
        /// The path of the shared secret; nil where there is none.
        public var secret: String?
    }

    /// How strict a listener is.
    public enum Profile: String, Sendable, CaseIterable {
        /// Whatever clients are registered for.
        case standard
        /// FAPI 1.0 Advanced.
        case fapi1
        /// FAPI 2.0 Security Profile.
        case fapi2
    }

    /// What a listener does about client certificates.
    public enum ClientCertificate: String, Sendable, CaseIterable {
        /// Asks; a client without one, or with an unknown one, is answered by OAuth.
        case want
        /// Asks; a handshake without one fails.
        case need
        /// Does not ask.
        case none
    }

    /// The settings of the TLS contexts.
    public struct TLS: Sendable, Equatable {
        /// Given pairs in order of their names; empty where the server uses the pair in its data
        /// directory.
        public var certificates: [CertificatePair]
        /// How sessions are resumed.
        public var resumption: Resumption
        /// How long a session can be resumed.
        public var sessionLifetime: Duration
        /// How long one ticket key encrypts; it decrypts for a session's lifetime longer.
        public var ticketKeyRotation: Duration
        /// Sessions kept for resumption by store.
        public var sessionStoreMax: Int
        /// Whether OpenSSL's lookups go through the slim provider.
        public var slimProvider: Bool
        /// The lowest version accepted.
        public var minimumVersion: Version

        /// Old ticket keys that are still needed: the rotations that a session lives through.
        var ticketKeysKept: Int {
            let lifetime = sessionLifetime.components.seconds
            let rotation = max(1, ticketKeyRotation.components.seconds)
            return Int((lifetime + rotation - 1) / rotation)
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
        /// From issue to expiry; whole seconds.
        public var lifetime: Duration
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

    /// Bounds and deadlines of connections and requests.
    public struct Connections: Sendable, Equatable {
        /// Open connections of the whole server; at least one for each reactor.
        public var connections: Int
        /// Of these, how many may be in a handshake.
        public var halfOpenHandshakes: Int
        /// Request line and header fields.
        public var headerBytes: Int
        /// Request content after decoding.
        public var bodyBytes: Int
        /// Requests of one connection that may wait for an answer.
        public var pipelineDepth: Int
        /// From accept to the end of the handshake.
        public var handshake: Duration
        /// From a request's first byte to its header's end.
        public var header: Duration
        /// From the header's end to the content's end.
        public var body: Duration
        /// Without a request.
        public var idle: Duration
        /// From a request's first byte to its answer's end.
        public var request: Duration
        /// After a stop was asked for; zero closes at once.
        public var drain: Duration
    }

    /// The worker pool's size.
    public struct Workers: Sendable, Equatable {
        /// At least 1.
        public var threads: Int
        /// Jobs that wait; the next one is refused.
        public var queue: Int
    }

    /// What is fetched from other servers, and from whom.
    public struct Fetching: Sendable, Equatable {
        /// Between two looks at the same URL.
        public var refresh: Duration
        /// Private networks that a `jwks_uri` may be in.
        package var networks: [AddressBlock]
        /// The path of the CAs in PEM; nil for the system's.
        public var authorities: String?
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
