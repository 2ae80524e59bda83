// SPDX-License-Identifier: Apache-2.0
internal import OAuth
package import Telemetry

/// The time for which a node goes on without news of a store that others write to.
///
/// A node that cannot hear of a disabled client must not issue tokens for ever: beyond it every
/// endpoint that goes by the registry is refused with 503, until the store is read again. The time
/// is that of a clock that cannot be set back and counts while the machine is suspended; a node
/// that starts from its snapshot begins with the age of that.
package struct StoreStaleness: Sendable {
    private let gauges: Gauges

    /// Stale once the store could not be read for longer than `gauges` allow.
    package init(_ gauges: Gauges) {
        self.gauges = gauges
    }

    /// The state of the store now.
    var state: StoreState { gauges.storeState }

    /// Whether the registry is too old to go by.
    var isStale: Bool { state.isStale }

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
