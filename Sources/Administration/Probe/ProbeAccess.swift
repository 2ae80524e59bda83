// SPDX-License-Identifier: Apache-2.0
package import Cryptography
internal import Reactor

/// The readers of the metrics of a probes' listener; set again after each reload, by any thread.
package final class ProbeAccess: Sendable {
    /// The readers of the metrics at one moment.
    package enum Metrics: Sendable, Equatable {
        /// There are none here.
        case absent
        /// Everybody.
        case open
        /// The holders of keys with these digests of their SubjectPublicKeyInfo.
        case pinned(Set<Digest256>)
    }

    private let current: Lock<Metrics>

    /// Access that can be set anew.
    package init(_ metrics: Metrics = .absent) {
        current = Lock(metrics)
    }

    /// The readers of the metrics now.
    package var metrics: Metrics {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}
