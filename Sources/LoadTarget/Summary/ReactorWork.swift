// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// The times of one reactor's work, for the summary; one writer.
package final class ReactorWork: Sendable {
    /// From a request's first byte to its answer.
    package let serviceTimes = ServiceTimes()
    private let fullHandshakes = Atomic<UInt64>(0)
    private let resumedHandshakes = Atomic<UInt64>(0)

    /// No work yet.
    package init() {}

    /// Adds the time of a step of a handshake, with the first request where that was there already.
    package func spend(_ nanoseconds: UInt64, isResumed: Bool) {
        if isResumed {
            resumedHandshakes.wrappingAdd(nanoseconds, ordering: .relaxed)
        } else {
            fullHandshakes.wrappingAdd(nanoseconds, ordering: .relaxed)
        }
    }

    /// The time of full and of resumed handshakes, in nanoseconds.
    package var handshakes: (full: UInt64, resumed: UInt64) {
        (fullHandshakes.load(ordering: .relaxed), resumedHandshakes.load(ordering: .relaxed))
    }

    /// Sets everything to zero.
    package func reset() {
        serviceTimes.reset()
        fullHandshakes.store(0, ordering: .relaxed)
        resumedHandshakes.store(0, ordering: .relaxed)
    }
}
