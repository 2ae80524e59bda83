// SPDX-License-Identifier: Apache-2.0
internal import Reactor

/// Throttled requests of reactors to fetch a client's JWK Set before it is due, and the answers
/// that wait for it.
///
/// Shared by all threads; every list in it is bounded.
final class JWKSRefreshRequests: Sendable {
    /// Resumes a request that waits.
    typealias Answer = @Sendable () -> Void

    private struct State {
        /// When a client's keys were last asked for, in monotonic milliseconds.
        var asked: [String: UInt64] = [:]
        var wanted: [String] = []
        var waiting: [String: [Answer]] = [:]
        var waitingCount = 0
    }

    /// The throttle: unknown certificates cause one fetch a minute for each client.
    private static let interval: UInt64 = 60_000
    /// Requests that wait, of all clients and of one; further ones are refused at once.
    private static let waitingMax = 1024
    private static let waitingPerClientMax = 64
    /// Clients in the throttle; when it is full, it is emptied, which costs one early fetch for
    /// each.
    private static let askedMax = 100_000

    private let state = Lock(State())

    /// Lets a request wait for the keys of `client`; false where they were fetched a moment ago or
    /// too many wait.
    ///
    /// `answer` is called once, by another thread, and not where this is false.
    func ask(_ client: String, now: UInt64, answer: @escaping Answer) -> Bool {
        state.withLock { state in
            guard state.waitingCount < Self.waitingMax,
                state.waiting[client]?.count ?? 0 < Self.waitingPerClientMax
            else { return false }
            if state.waiting[client] == nil {
                if let last = state.asked[client], now < last + Self.interval { return false }
                if state.asked.count >= Self.askedMax { state.asked.removeAll() }
                state.asked[client] = now
                state.wanted.append(client)
            }
            state.waiting[client, default: []].append(answer)
            state.waitingCount += 1
            return true
        }
    }

    /// Resets the client's throttle: its keys are fetched by schedule, and the next unknown
    /// certificate may ask again.
    func resetThrottle(_ client: String) {
        state.withLock { _ = $0.asked.removeValue(forKey: client) }
    }

    /// The clients that were asked for since the last call.
    func takeWanted() -> [String] {
        state.withLock { state in
            let wanted = state.wanted
            if !wanted.isEmpty { state.wanted = [] }
            return wanted
        }
    }

    /// Resumes the client's waiting requests: its keys are as current as they can be.
    ///
    /// A request that was not taken yet has caused no fetch, and does not count for the throttle.
    func answer(_ client: String) {
        let waiting = state.withLock { state in
            if let index = state.wanted.firstIndex(of: client) {
                state.wanted.remove(at: index)
                state.asked[client] = nil
            }
            let waiting = state.waiting.removeValue(forKey: client) ?? []
            state.waitingCount -= waiting.count
            return waiting
        }
        for answer in waiting { answer() }
    }
}
