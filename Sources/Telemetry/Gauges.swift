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
    /// Revocation lists in use.
    package let revocationLists = Atomic<Int>(0)
    /// Of these, lists whose next update is overdue.
    package let revocationListsStale = Atomic<Int>(0)
    /// Clients whose keys could not be fetched from their `jwks_uri` the last time.
    package let keyFetchesFailing = Atomic<Int>(0)
    /// For how long the store could not be read; 0 while it can.
    package let storeUnreadSeconds = Atomic<Int>(0)
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

    /// An end from its parts.
    package init(name: String, notAfter: Int64) {
        self.name = name
        self.notAfter = notAfter
    }
}
