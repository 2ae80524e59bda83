// SPDX-License-Identifier: Apache-2.0
package import Cryptography

/// The TLS settings that all listeners of a server share.
package struct TLSSettings: Sendable, Equatable {
    /// Given pairs in order of their names; empty where the server uses the pair in its data
    /// directory.
    package var certificates: [CertificatePair] = []
    /// An RSA and an ECDSA certificate for each of sixteen groups of names.
    ///
    /// A group costs a TLS context of 20 KiB, and half a millisecond at a reload, for each listener
    /// and reactor.
    package static let certificatesMax = 32

    /// How sessions are resumed.
    package var resumption = Resumption.store

    /// Seconds for which a session can be resumed.
    ///
    /// An hour saves most handshakes; RFC 8446 §4.6.1 allows seven days, but a day is long enough
    /// to stand by one proof of a key.
    package var sessionLifetime = 3600
    package static let sessionLifetimeRange = 1...86_400

    /// Milliseconds for which one ticket key encrypts; it decrypts for a session's lifetime longer.
    ///
    /// A stolen ticket key opens the sessions of this time. Nodes that share a store have the keys
    /// of one period more, for clocks that differ: below a minute their clocks would matter.
    package var ticketKeyRotation: UInt64 = 3_600_000
    package static let ticketKeyRotationSecondsRange = 60...86_400

    /// Sessions kept for resumption by store.
    ///
    /// About 5 KiB each with a client certificate, and 8 KiB on average at most: 160 MB at the
    /// default.
    package var sessionStoreMax = 20_000
    package static let sessionStoreMaxRange = 1...1_000_000

    /// Whether OpenSSL's lookups go through the slim provider.
    package var slimProvider = true
    /// The lowest and the highest version accepted.
    package var minimumVersion = TLSVersion.tls12
    package var maximumVersion = TLSVersion.tls13
    /// The groups of the key exchange, the preferred one first.
    package var groups = TLSGroup.known

    /// The defaults.
    package init() {}

    /// How TLS sessions are resumed.
    package enum Resumption: String, Sendable, CaseIterable {
        /// Stateless tickets under keys that all reactors share.
        case tickets
        /// Sessions kept in memory.
        case store
        /// Every handshake is a full one.
        case off
    }

    /// The versions that are spoken.
    package var versions: ClosedRange<TLSVersion> {
        minimumVersion...max(minimumVersion, maximumVersion)
    }

    /// Old ticket keys that are still needed: the rotations that a session lives through.
    package var ticketKeysKept: Int {
        let rotation = ticketKeyRotationSeconds
        return (sessionLifetime + rotation - 1) / rotation
    }

    /// Seconds for which one ticket key encrypts, at least 1.
    package var ticketKeyRotationSeconds: Int { max(1, Int(ticketKeyRotation / 1000)) }

    /// The number of rotations from 1970 to this time, in epoch seconds.
    package func ticketPeriod(at seconds: Int64) -> Int64 {
        max(0, seconds) / Int64(ticketKeyRotationSeconds)
    }

    /// The store of sessions; nil where none is kept.
    package func makeSessionStore() throws(CryptographyError) -> SessionStore? {
        guard resumption == .store else { return nil }
        return try SessionStore(capacity: sessionStoreMax)
    }

    /// How contexts resume sessions, those of a store in `sessions`.
    package func resumptionMode(_ sessions: SessionStore?) -> ResumptionMode {
        switch resumption {
        case .tickets: .tickets
        case .store: sessions.map { .store($0) } ?? .off
        case .off: .off
        }
    }
}

/// A certificate chain and its key, both PEM files.
package struct CertificatePair: Sendable, Equatable {
    /// The name in the configuration; of no meaning to TLS.
    package let name: String
    /// The path of the chain, leaf first.
    package let certificate: String
    /// The path of the private key.
    package let key: String
    /// The names for which clients get the pair; empty where it is the default pair.
    package let serverNames: [ServerName]
    /// As many names as a public CA puts in one certificate, and more than any has in practice.
    package static let serverNamesMax = 100

    package init(
        name: String,
        certificate: String,
        key: String,
        serverNames: [ServerName] = []
    ) {
        self.name = name
        self.certificate = certificate
        self.key = key
        self.serverNames = serverNames
    }
}
