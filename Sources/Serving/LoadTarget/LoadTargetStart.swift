// SPDX-License-Identifier: Apache-2.0
package import LoadTarget

/// The parts of a load target that a reactor works with.
package struct LoadTargetStart: Sendable {
    /// The seed of deterministic identifiers; nil for random ones.
    let identifierSeed: String?
    /// Has the signing key rotated.
    let rotateKeys: @Sendable () -> Void
    private let state: LoadTargetState
    private let reactor: Int

    /// The parts of the reactor with this index.
    package init(
        _ state: LoadTargetState,
        reactor: Int,
        identifierSeed: String?,
        rotateKeys: @escaping @Sendable () -> Void
    ) {
        self.state = state
        self.reactor = reactor
        self.identifierSeed = identifierSeed
        self.rotateKeys = rotateKeys
    }

    /// The calls of each client.
    var clients: ClientCallsTable { state.clients }
    /// The reactor's own counters.
    var counters: LoadCounters { state.counters[reactor] }
    /// The times of the reactor's work.
    var work: ReactorWork { state.work[reactor] }
    /// This moment, for rules.
    var moment: FaultMoment { state.moment }

    /// Lists a call.
    func record(_ call: CallRecord) {
        state.ring.record(call, segment: reactor)
    }
}
