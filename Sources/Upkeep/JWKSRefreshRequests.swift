// SPDX-License-Identifier: Apache-2.0
internal import OAuth
internal import Reactor

/// Throttled requests of reactors to fetch the JWK Set of a client or an issuer before it is due,
/// and the answers that wait for it.
///
/// Shared by all threads; every list in it is bounded.
final class JWKSRefreshRequests: Sendable {
    /// Resumes a request that waits.
    typealias Answer = @Sendable () -> Void

    private struct State {
        /// When an owner's keys were last asked for, in monotonic milliseconds.
        var asked: [KeyOwner: UInt64] = [:]
        var wanted: [KeyOwner] = []
        var waiting: [KeyOwner: [Answer]] = [:]
        var waitingCount = 0
    }

    /// The throttle: unknown certificates cause one fetch a minute for each owner.
    private static let interval: UInt64 = 60_000
    /// Requests that wait, of all owners and of one; further ones are refused at once.
    private static let waitingMax = 1024
    private static let waitingPerOwnerMax = 64
    /// Owners in the throttle; when it is full, it is emptied, which costs one early fetch for
    /// each.
    private static let askedMax = 100_000

    private let state = Lock(State())

    /// Lets a request wait for the keys of `owner`; false where they were fetched a moment ago or
    /// too many wait.
    ///
    /// `answer` is called once, by another thread, and not where this is false.
    func ask(_ owner: KeyOwner, now: UInt64, answer: @escaping Answer) -> Bool {
        state.withLock { state in
            guard state.waitingCount < Self.waitingMax,
                state.waiting[owner]?.count ?? 0 < Self.waitingPerOwnerMax
            else { return false }
            if state.waiting[owner] == nil {
                if let last = state.asked[owner], now < last + Self.interval { return false }
                if state.asked.count >= Self.askedMax { state.asked.removeAll() }
                state.asked[owner] = now
                state.wanted.append(owner)
            }
            state.waiting[owner, default: []].append(answer)
            state.waitingCount += 1
            return true
        }
    }

    /// Resets the owner's throttle: its keys are fetched by schedule, and the next unknown
    /// certificate may ask again.
    func resetThrottle(_ owner: KeyOwner) {
        state.withLock { _ = $0.asked.removeValue(forKey: owner) }
    }

    /// The owners that were asked for since the last call.
    func takeWanted() -> [KeyOwner] {
        state.withLock { state in
            let wanted = state.wanted
            if !wanted.isEmpty { state.wanted = [] }
            return wanted
        }
    }

    /// Resumes the owner's waiting requests: its keys are as current as they can be.
    ///
    /// A request that was not taken yet has caused no fetch, and does not count for the throttle.
    func answer(_ owner: KeyOwner) {
        let waiting = state.withLock { state in
            if let index = state.wanted.firstIndex(of: owner) {
                state.wanted.remove(at: index)
                state.asked[owner] = nil
            }
            let waiting = state.waiting.removeValue(forKey: owner) ?? []
            state.waitingCount -= waiting.count
            return waiting
        }
        for answer in waiting { answer() }
    }
}
