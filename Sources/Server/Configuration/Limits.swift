// SPDX-License-Identifier: Apache-2.0
internal import OAuth

/// Every bound of the server, with its reason.
///
/// Nothing else in the server chooses a number of this kind.
public enum Limits {
    /// A number that configuration may set: its default and what is allowed.
    public struct Bound: Sendable, Hashable {
        /// What holds where configuration says nothing.
        public let standard: Int
        /// What configuration may say.
        public let range: ClosedRange<Int>

        init(_ standard: Int, _ range: ClosedRange<Int>) {
            precondition(range.contains(standard))
            self.standard = standard
            self.range = range
        }
    }

    // MARK: The configuration itself

    /// One name for each network that a server stands in; each costs a socket per reactor.
    public static let listenersMax = 16
    /// Each is compared with the source of every new connection.
    public static let proxiesMax = 32
    /// An RSA and an ECDSA certificate for each of sixteen groups of names.
    ///
    /// A group costs a TLS context of 20 KiB, and half a millisecond at a reload, for each listener
    /// and reactor.
    public static let certificatePairsMax = 32
    /// As many names as a public CA puts in one certificate, and more than any has in practice.
    public static let serverNamesMax = 100
    /// Names appear in log lines, metrics and environment variables.
    public static let nameBytesMax = 32
    /// The longest path that Linux takes (PATH_MAX).
    public static let pathBytesMax = 4096
    /// Issuer and audience go into every token; more than this would fill a header field.
    public static let identifierBytesMax = 512
    /// A host name's longest text (RFC 1035 §2.3.4), without the final dot.
    public static let hostBytesMax = 253
    /// `sun_path` of Linux, less its NUL (unix(7)).
    public static let socketPathBytesMax = 107
    /// Proxies whose certificates name clients; each key is compared at each of their handshakes.
    public static let forwarderKeysMax = 32
    /// A shared secret shorter than this could be guessed, and a longer one is no secret but a
    /// file.
    public static let forwarderSecretBytes = 32...512
    /// Each is compared with the Origin of every request that has one.
    public static let corsOriginsMax = 32
    /// The metadata is sent whole to everybody who asks.
    public static let scopesSupportedBytesMax = 4096
    /// A value is quoted in an error up to here: enough to recognise it.
    public static let quotedCharactersMax = 80

    // MARK: Threads

    /// 0 stands for one per core; more threads than any machine has cores only cost memory.
    public static let reactors = Bound(0, 0...256)
    /// 0 stands for one per core.
    ///
    /// A password hash takes a whole core and tens of megabytes.
    public static let workerThreads = Bound(0, 0...256)
    /// At 50 ms for a password hash on one core, 64 jobs are about 3 s of waiting; then 503 is the
    /// better answer.
    public static let workerQueue = Bound(64, 1...65_536)

    /// As many as NIST SP 800-63B §5.2.2 allows; 0 counts none.
    public static let passwordFailures = Bound(100, 0...1_000_000)
    /// How long a wrong password counts, once it is the oldest that does.
    ///
    /// 8,640 guesses a day for one user, where a core would check three million.
    public static let passwordFailureSeconds = 10
    /// Users that wrong passwords are counted for: 6 MB.
    public static let passwordNamesMax = 65_536

    // MARK: What is fetched

    /// As long as most authorities let pass between two lists.
    ///
    /// Keys change less often still. Below five seconds it would be load for others.
    public static let fetchRefreshSeconds = Bound(3600, 5...86_400)
    /// A month to renew a certificate; 0 warns of nothing before its end.
    public static let expiryWarningDays = Bound(30, 0...3650)

    // MARK: TLS

    /// An hour saves most handshakes; RFC 8446 §4.6.1 allows seven days, but a day is long enough
    /// to stand by one proof of a key.
    public static let sessionLifetimeSeconds = Bound(3600, 1...86_400)
    /// A stolen ticket key opens the sessions of this time; below a minute the nodes' clocks would
    /// matter.
    public static let ticketKeyRotationSeconds = Bound(3600, 60...86_400)
    /// Old ticket keys are kept while a ticket may need them; each lookup of an unknown name walks
    /// them all.
    public static let ticketKeysKeptMax = 24
    /// About 5 KiB each with a client certificate, and 8 KiB on average at most: 160 MB at the
    /// default.
    public static let sessionStoreEntries = Bound(20_000, 1...1_000_000)

    // MARK: Tokens

    /// An hour is what resource servers expect without being told.
    public static let tokenLifetimeSeconds = Bound(
        3600,
        1...RegistrationLimits.tokenLifetimeSecondsMax
    )

    // MARK: Connections

    /// An idle connection costs about 20 KiB, and 40 KiB at most whatever certificates came: 330 to
    /// 660 MB at the default, which also stays below the descriptors that most systems allow.
    public static let connections = Bound(16_384, 1...1_000_000)
    /// Handshakes cost half a millisecond of a core: at the default the last in line still ends
    /// within a second.
    public static let halfOpenHandshakes = Bound(2000, 1...1_000_000)
    /// Request line and header fields; four times what browsers and gateways send.
    public static let headerBytes = Bound(16_384, 1024...262_144)
    /// A form with an assertion or an RFC 9101 request object in it stays far below.
    public static let bodyBytes = Bound(65_536, 1024...1_048_576)
    /// Requests of one connection that wait for their answers; more would let one client fill a
    /// reactor's turn.
    public static let pipelineDepth = Bound(16, 1...256)

    /// What a peer may go on sending after its last answer: more than any request has, for one that
    /// does not look before it has sent everything.
    static let lingerBytes = 64 * 1024 * 1024

    // MARK: Deadlines

    /// Two round trips across the world and a slow device's signature fit in; a slow-loris must
    /// not.
    public static let handshakeSeconds = Bound(5, 1...60)
    /// From a request's first byte to the end of its header.
    public static let headerSeconds = Bound(10, 1...120)
    /// From the end of the header to the end of the body.
    public static let bodySeconds = Bound(10, 1...120)
    /// Load balancers keep connections for a minute to five; closing later than they do avoids lost
    /// requests.
    public static let idleSeconds = Bound(300, 1...86_400)
    /// From a request's first byte to its answer's last, whatever happens in between.
    public static let requestSeconds = Bound(30, 1...600)
    /// For the peer to read its last answer and close, or to send more; a few round trips.
    static let lingerSeconds = 5
    /// For one that goes on sending: twenty megabytes on a slow line.
    static let lingerSecondsMax = 30
    /// Service managers kill after 30 to 90 s; 0 drops what is in flight at once.
    public static let drainSeconds = Bound(10, 0...600)

    // MARK: Logging

    /// Lines that wait for the log's writer, at most a few megabytes; then lines are dropped and
    /// counted.
    public static let logQueueLines = 4096
    /// One line's longest text: what a log collector takes (16 KiB), with room for its own
    /// envelope.
    public static let logLineBytesMax = 15_360
    /// One text of a line, such as the message; what does not fit is cut.
    public static let logTextBytesMax = 4096
    /// What one write takes: a pipe's capacity, so that a slow reader is noticed early.
    public static let logWriteBytesMax = 65_536
    /// How long the end of the program waits for a log that nobody reads.
    public static let logStopMilliseconds = 2000
    /// How deep metadata may nest before it is cut.
    public static let logMetadataDepthMax = 8
}
