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
