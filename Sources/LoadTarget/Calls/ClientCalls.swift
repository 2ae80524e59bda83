// SPDX-License-Identifier: Apache-2.0
internal import Reactor
internal import Synchronization

/// One client's calls: their numbers, its open connections, its counters; shared by all reactors.
package final class ClientCalls: Sendable {
    /// The rules that match the client, by their indices in a plan.
    struct Matching: Sendable {
        var generation: UInt64 = 0
        var request: [Int] = []
        var handshake: [Int] = []
    }

    private struct State {
        var matching = Matching()
        /// By the id of the `rate_limit` that it is of.
        var windows: [Int: RequestWindow] = [:]
    }

    /// The id; empty for all strangers together, so that only patterns of stars match it.
    package let clientID: String
    /// The client's counters.
    package let counters = LoadCounters()
    /// By FNV-1a, for the streams of its calls.
    let hash: UInt64
    private let requests = Atomic<UInt64>(0)
    private let handshakes = Atomic<UInt64>(0)
    private let connections = Atomic<Int>(0)
    /// Made with the first rule: a target without rules has no lock for each client.
    private let state = AtomicLazyReference<Lock<State>>()

    init(_ clientID: String, hash: UInt64) {
        self.clientID = clientID
        self.hash = hash
    }

    /// Notes that a request begins and returns its number, from 1.
    package func beginRequest() -> UInt64 {
        requests.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// Notes that a handshake begins, and with it a connection; each needs its `endConnection`.
    package func beginHandshake() -> NumberedHandshake {
        NumberedHandshake(
            number: handshakes.wrappingAdd(1, ordering: .relaxed).newValue,
            // Added before it is compared, so that two at once are never both below a limit.
            connections: connections.wrappingAdd(1, ordering: .relaxed).newValue
        )
    }

    /// Notes that a connection has ended.
    package func endConnection() {
        connections.wrappingSubtract(1, ordering: .relaxed)
    }

    /// The open connections.
    package var openConnections: Int { connections.load(ordering: .relaxed) }

    /// Numbers begin at 1 again, counters at zero, and rate limits anew; connections stay open.
    package func reset() {
        requests.store(0, ordering: .relaxed)
        handshakes.store(0, ordering: .relaxed)
        counters.reset()
        state.load()?.withLock { $0.windows = [:] }
    }

    /// The rules of a plan that match; looked for once for each plan, linear in its rules.
    func matching(_ plan: FaultPlan) -> Matching {
        ownState.withLock { state in
            if state.matching.generation == plan.generation { return state.matching }
            var matching = Matching(generation: plan.generation)
            for (index, planned) in plan.rules.enumerated()
            where planned.rule.client.matches(clientID) {
                if planned.rule.fault.stage == .handshake {
                    matching.handshake.append(index)
                } else {
                    matching.request.append(index)
                }
            }
            // Windows of rules that are gone go with the first newer plan; a reactor that still
            // has an older one must not take those of rules that have come.
            let isNewer = plan.generation > state.matching.generation
            state.matching = matching
            if isNewer, !state.windows.isEmpty {
                let ids = Set(plan.rules.map(\.id))
                state.windows = state.windows.filter { ids.contains($0.key) }
            }
            return matching
        }
    }

    /// Counts a request under a limit; seconds to wait where it is one too many, else nil.
    func wait(forOneOf requests: Int, in seconds: Int, rule: Int, now: Int64) -> Int? {
        ownState.withLock { state in
            state.windows[rule, default: RequestWindow()]
                .wait(forOneOf: requests, in: seconds, now: now)
        }
    }

    private var ownState: Lock<State> {
        state.load() ?? state.storeIfNil(Lock(State()))
    }
}

/// The requests of a client in a window of time, which begins with its first one.
private struct RequestWindow {
    private var end = Int64.min
    private var used = 0

    /// Takes one of `requests`; seconds until the window ends where none is left.
    mutating func wait(forOneOf requests: Int, in seconds: Int, now: Int64) -> Int? {
        if now >= end {
            end = now + Int64(seconds) * 1000
            used = 0
        }
        guard used >= requests else {
            used += 1
            return nil
        }
        // Rounded up: a client that waits so long has requests again.
        return Int((end - now + 999) / 1000)
    }
}
