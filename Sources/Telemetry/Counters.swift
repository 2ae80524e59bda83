// SPDX-License-Identifier: Apache-2.0
package import Reactor
package import Synchronization

/// A reactor's own numbers and latest refusals, read by others at any time.
package final class Counters: Sendable {
    package let connections = Atomic<Int>(0)
    package let handshakes = Atomic<Int>(0)
    package let resumptions = Atomic<Int>(0)
    package let requests = Atomic<Int>(0)
    package let tokens = Atomic<Int>(0)
    package let refusals = Atomic<Int>(0)
    /// The counters of each listener.
    package let listeners: [ListenerCounters]
    /// The latencies of requests, in the order of `MeasuredEndpoint`.
    package let latencies: [LatencyHistogram]
    /// The latest refusals.
    package let latestRefusals: RefusalMemory

    /// Zeros of so many listeners; `refusalsMax` refusals are kept, and as many failed handshakes.
    package init(listeners: Int = 1, refusalsMax: Int = 0) {
        latestRefusals = RefusalMemory(max: refusalsMax)
        self.listeners = (0..<listeners).map { _ in ListenerCounters() }
        latencies = MeasuredEndpoint.allCases.map { _ in LatencyHistogram() }
    }
}

/// One reactor's numbers of one listener.
package final class ListenerCounters: Sendable {
    /// An upper bound, which a test compares with the grants there are.
    package static let grantsMax = 8
    package static let methodsMax = 8
    /// An upper bound, which a test compares with the kinds of failures there are.
    package static let failuresMax = 16
    /// The same of alerts, and of the parts of a handshake.
    package static let alertsMax = 32
    package static let progressesMax = 8
    /// The same of the groups of the key exchange.
    package static let groupsMax = 8

    package let handshakes = Atomic<Int>(0)
    package let requests = Atomic<Int>(0)
    /// By `tokenIndex`.
    package let tokens: InlineArray<64, Atomic<Int>>
    /// By `HandshakeFailure.index`.
    package let failures: InlineArray<16, Atomic<Int>>
    /// By `alertIndex`.
    package let alerts: InlineArray<64, Atomic<Int>>
    /// By `HandshakeProgress.index`.
    package let progresses: InlineArray<8, Atomic<Int>>
    /// By the position of the group.
    package let groups: InlineArray<8, Atomic<Int>>
    /// By the name of the check that refused, which are a closed set.
    ///
    /// A dictionary: a refusal has its line in the log, beside which it costs nothing.
    package let refusals = Lock([String: Int]())

    package init() {
        tokens = InlineArray { _ in Atomic(0) }
        failures = InlineArray { _ in Atomic(0) }
        alerts = InlineArray { _ in Atomic(0) }
        progresses = InlineArray { _ in Atomic(0) }
        groups = InlineArray { _ in Atomic(0) }
    }

    /// The index of the counter for an alert of one side.
    package static func alertIndex(_ alert: HandshakeAlert, from sender: AlertSender) -> Int {
        alert.index + (sender == .peer ? alertsMax : 0)
    }

    /// The index of the counter for a grant and a method, which are given by their positions.
    package static func tokenIndex(grant: Int, method: Int) -> Int {
        (grant % grantsMax) * methodsMax + method % methodsMax
    }
}
