// SPDX-License-Identifier: Apache-2.0
package import Reactor
package import Synchronization

/// Numbers that are measured now and then, for the metrics.
///
/// Each has one thread that stores it (Upkeep's, or another one where that is said), and the
/// administrative listener loads it; two of them may be of different moments.
package final class Gauges: Sendable {
    /// Registered clients.
    package let clients = Atomic<Int>(0)
    /// Registered certificates of clients that have ended.
    package let certificatesExpired = Atomic<Int>(0)
    /// Registered certificates of clients that end within the time of warning.
    package let certificatesExpiring = Atomic<Int>(0)
    /// The certificates that the server shows; the main thread's.
    package let serverCertificates = Lock([CertificateEnd]())
    /// The ends of revocation lists in use; those of a trust set whose lists are not checked are
    /// not among them.
    package let revocationListEnds = Lock([RevocationListEnd]())
    /// Revocation lists in use.
    package let revocationLists = Atomic<Int>(0)
    /// Of these, lists whose next update is overdue.
    package let revocationListsStale = Atomic<Int>(0)
    /// Clients whose keys could not be fetched from their `jwks_uri` the last time.
    package let keyFetchesFailing = Atomic<Int>(0)
    /// Trust domains with a SPIFFE bundle.
    package let spiffeBundles = Atomic<Int>(0)
    /// Of these, domains whose bundle is too old, or was never fetched: their clients are refused.
    package let spiffeBundlesStale = Atomic<Int>(0)
    /// Of these, domains whose bundle could not be had the last time, or goes back.
    package let spiffeBundlesFailing = Atomic<Int>(0)
    /// For how long the store could not be read; 0 while it can.
    package let storeUnreadSeconds = Atomic<Int>(0)
    /// For how long revocations of other nodes could not be read; the thread's that writes grants.
    package let revocationsUnreadSeconds = Atomic<Int>(0)
    /// The longest time of these for which the server goes on; the main thread's.
    package let storeUnreadSecondsMax = Atomic<Int>(.max)
    /// Whether this node only reads the store; the main thread's.
    package let storeIsReadOnly = Atomic<Bool>(false)
    /// Whether a client's assertion needs a row of the store; the main thread's.
    package let assertionsNeedRow = Atomic<Bool>(true)
    /// Changes of grants that were written; the thread's that writes them.
    package let grantWrites = Atomic<Int>(0)
    /// The transactions that wrote them, each with one sync; the same thread's.
    package let grantTransactions = Atomic<Int>(0)
    /// Whether the server is about to end; the main thread's.
    package let isDraining = Atomic<Bool>(false)

    /// All zero.
    package init() {}
}

/// When a certificate of the server ends.
package struct CertificateEnd: Sendable, Equatable {
    /// The name of its pair in the configuration.
    package let name: String
    /// The last second of its validity, since 1970.
    package let notAfter: Int64
    /// The file that it came from.
    package let path: String
    /// The names for which clients get it; empty for those that ask for none of them.
    package let serverNames: [String]

    /// An end from its parts.
    package init(name: String, notAfter: Int64, path: String = "", serverNames: [String] = []) {
        self.name = name
        self.notAfter = notAfter
        self.path = path
        self.serverNames = serverNames
    }
}

/// When a revocation list ends.
package struct RevocationListEnd: Sendable, Equatable {
    /// The path or the URL that it came from.
    package let source: String
    /// The CA whose list it is.
    package let issuer: String
    /// When the next one is to be there, in seconds since 1970.
    package let nextUpdate: Int64
    /// The trust sets that it is for, by name.
    package let trustSets: [String]

    /// An end from its parts.
    package init(source: String, issuer: String, nextUpdate: Int64, trustSets: [String]) {
        self.source = source
        self.issuer = issuer
        self.nextUpdate = nextUpdate
        self.trustSets = trustSets
    }
}
