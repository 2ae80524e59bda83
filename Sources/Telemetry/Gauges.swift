// SPDX-License-Identifier: Apache-2.0
package import Reactor
package import Synchronization

/// Numbers that only the main thread knows, for whoever asks for metrics.
///
/// The main thread stores, the administrative listener loads; each is a value of its own, so that
/// two of them may be of different moments.
package final class Gauges: Sendable {
    /// Registered clients.
    package let clients = Atomic<Int>(0)
    /// Registered certificates of clients that have ended.
    package let certificatesExpired = Atomic<Int>(0)
    /// Registered certificates of clients that end within the time of warning.
    package let certificatesExpiring = Atomic<Int>(0)
    /// The certificates that the server shows.
    package let serverCertificates = Lock([CertificateEnd]())
    /// Revocation lists in use.
    package let revocationLists = Atomic<Int>(0)
    /// Of these, lists whose next update is overdue.
    package let revocationListsStale = Atomic<Int>(0)
    /// Clients whose keys could not be fetched from their `jwks_uri` the last time.
    package let keyFetchesFailing = Atomic<Int>(0)
    /// Whether the server is about to end.
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
