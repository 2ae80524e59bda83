// SPDX-License-Identifier: Apache-2.0
internal import Reactor
internal import Synchronization

/// Numbers that only the main thread knows, for whoever asks for metrics.
///
/// The main thread stores, the administrative listener loads; each is a value of its own, so that
/// two of them may be of different moments.
final class Gauges: Sendable {
    /// Registered clients.
    let clients = Atomic<Int>(0)
    /// Registered certificates of clients that have ended.
    let certificatesExpired = Atomic<Int>(0)
    /// Registered certificates of clients that end within the time of warning.
    let certificatesExpiring = Atomic<Int>(0)
    /// The certificates that the server shows.
    let serverCertificates = Lock([ServerCertificate]())
    /// Revocation lists in use.
    let revocationLists = Atomic<Int>(0)
    /// Of these, lists whose next update is overdue.
    let revocationListsStale = Atomic<Int>(0)
    /// Clients whose keys could not be fetched from their `jwks_uri` the last time.
    let keyFetchesFailing = Atomic<Int>(0)
    /// Whether the server is about to end.
    let isDraining = Atomic<Bool>(false)
}

extension Atomic<Int> {
    /// The number, of some moment around now.
    var current: Int { load(ordering: .relaxed) }

    /// Tells the number to whoever asks next.
    func say(_ number: Int) {
        store(number, ordering: .relaxed)
    }
}
