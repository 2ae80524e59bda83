// SPDX-License-Identifier: Apache-2.0
internal import OAuth
package import Telemetry

/// The time for which a node goes on without news of a store that others write to.
///
/// A node that cannot hear of a disabled client must not issue tokens for ever: beyond it every
/// endpoint that goes by the registry is refused with 503, until the store is read again. The time
/// is the monotonic clock's, which nobody can set back.
package struct StoreStaleness: Sendable {
    private let gauges: Gauges
    private let secondsMax: Int

    /// Stale once the store could not be read for longer than `secondsMax`, by `gauges`.
    package init(_ gauges: Gauges, secondsMax: Int) {
        (self.gauges, self.secondsMax) = (gauges, secondsMax)
    }

    /// Whether the registry is too old to go by.
    var isStale: Bool { gauges.storeUnreadSeconds.current > secondsMax }

    /// Seconds after which a refused client may come again.
    static let retrySeconds = 5
}

extension OAuthError {
    /// The registry is too old to go by.
    static let storeStale = OAuthError(
        .temporarilyUnavailable,
        "the server has no news of its store",
        check: .storeStale
    )
}
