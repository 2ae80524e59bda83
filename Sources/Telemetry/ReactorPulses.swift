// SPDX-License-Identifier: Apache-2.0
internal import Reactor
internal import Synchronization

/// Whether each reactor turns its loop.
///
/// Polled from outside: each reactor gets a message that it has to take, and the next one when it
/// has, about one a second. A request costs nothing more, and an idle reactor is woken by the
/// message, so that it is told from a stuck one. Any thread may call; two of them do.
package final class ReactorPulses: Sendable {
    /// The message: the reactor takes it in the turn in which it collects its mail.
    package final class Pulse: Sendable {
        private let wasTaken = Atomic<Bool>(false)

        /// Answers the pulse; the reactor's thread.
        package func take() { wasTaken.store(true, ordering: .relaxed) }

        var isTaken: Bool { wasTaken.load(ordering: .relaxed) }
    }

    /// A reactor that is stuck since the last beat, or no longer is.
    package struct Change: Sendable, Equatable {
        /// The reactor's index.
        package let reactor: Int
        /// Whether it does not turn its loop.
        package let isStuck: Bool
    }

    /// Longer than any turn, and shorter than what makes an orchestrator give up.
    package static let stuckMilliseconds: UInt64 = 5_000
    /// Time is counted between beats, at most this much each: a process that was stopped, or a
    /// machine that was suspended, has not watched.
    private static let gapMillisecondsMax: UInt64 = 2_000
    /// Less than the interval of beats, which comes early or late by a step of the timers.
    private static let pulseMilliseconds: UInt64 = 900

    private struct Watched {
        var pulse: Pulse?
        var since: UInt64 = 0
        var isTold = false
    }

    private struct State {
        /// Milliseconds for which the reactors were watched.
        var elapsed: UInt64 = 0
        /// The monotonic time of the last beat; 0 before the first.
        var last: UInt64 = 0
        var reactors: [Watched]

        func elapsed(at now: UInt64) -> UInt64 {
            guard last != 0, now > last else { return elapsed }
            return elapsed + min(now - last, ReactorPulses.gapMillisecondsMax)
        }

        func isStuck(_ index: Int, at now: UInt64) -> Bool {
            guard let pulse = reactors[index].pulse, !pulse.isTaken else { return false }
            return elapsed(at: now) - reactors[index].since >= ReactorPulses.stuckMilliseconds
        }
    }

    private let posts: [@Sendable (Pulse) -> Void]
    private let state: Lock<State>

    /// Watches reactors, each by the closure that posts a pulse to it.
    package init(_ posts: [@Sendable (Pulse) -> Void]) {
        self.posts = posts
        state = Lock(State(reactors: posts.map { _ in Watched() }))
    }

    /// Posts the pulses that are due at the monotonic time `now`; what has changed since the last
    /// beat.
    package func beat(now: UInt64) -> [Change] {
        let (due, changes) = state.withLock { state in
            var due: [(Int, Pulse)] = []
            var changes: [Change] = []
            for index in state.reactors.indices {
                let isStuck = state.isStuck(index, at: now)
                guard isStuck != state.reactors[index].isTold else { continue }
                state.reactors[index].isTold = isStuck
                changes.append(Change(reactor: index, isStuck: isStuck))
            }
            state.elapsed = state.elapsed(at: now)
            state.last = now
            for (index, watched) in state.reactors.enumerated() {
                // One at a time: a stuck reactor's mailbox does not grow.
                guard watched.pulse?.isTaken != false,
                    watched.pulse == nil || state.elapsed - watched.since >= Self.pulseMilliseconds
                else { continue }
                let pulse = Pulse()
                state.reactors[index].pulse = pulse
                state.reactors[index].since = state.elapsed
                due.append((index, pulse))
            }
            return (due, changes)
        }
        for (index, pulse) in due { posts[index](pulse) }
        return changes
    }

    /// The number of reactors that do not turn their loops at the monotonic time `now`.
    package func stuck(now: UInt64) -> Int {
        state.withLock { state in
            state.reactors.indices.count { state.isStuck($0, at: now) }
        }
    }
}
