// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import Reactor
internal import Registration
internal import Snapshots
internal import Storage

/// The thread that waits for changes of the store and reads the changed records.
///
/// One delivery waits until it is taken, and nothing more is read meanwhile. A store that does not
/// answer blocks this thread and no other; `unreadMilliseconds` says for how long.
final class StoreWatcher: Sendable {
    /// The result of a read, and the number of the last read request that it answers.
    struct Delivery: Sendable {
        /// Nil where there was no change, or where the store could not be read.
        var news: StoreNews?
        /// Read requests up to this number are answered: the read began after them.
        var request: Int
    }

    /// The place from which the store is watched on.
    struct Beginning: Sendable {
        /// To which change that belongs which the node has; nil where everything is to be read.
        let position: ChangePosition?
        /// When the store was read last, in milliseconds of the clock that also counts while the
        /// machine is suspended; nil where that was just now.
        var unreadSince: Int64?

        /// After `position`, which was just read.
        init(after position: ChangePosition) {
            (self.position, unreadSince) = (position, nil)
        }

        /// With a snapshot that is so many milliseconds old.
        init(aged milliseconds: UInt64) {
            position = nil
            unreadSince = Clock.bootMoment(before: milliseconds)
        }
    }

    private struct State {
        var delivery: Delivery?
        /// The number of the last read request.
        var requests = 0
        /// When the store's answer to the call under way is due, in milliseconds since the
        /// machine's start, suspension included.
        var answerIsDueAt: Int64?
        /// When the store last stopped answering, in the same; nil after a good answer.
        var unreadSince: Int64?
        var isStopped = false
        var hasEnded = false
    }

    private let store: any RegistrationStore
    private let switchedOff: SwitchedOffClients
    private let snapshot: NodeSnapshot?
    private let log: Logger
    private let wake: @Sendable () -> Void
    private let state: Lock<State>

    /// The longest wait for a change; a call that takes longer counts as a store that does not
    /// answer.
    private static let waitMilliseconds = 1_000
    /// After a failure the store is asked again this much later.
    private static let pauseMilliseconds = 200
    /// The time that `stop` gives to a read under way.
    private static let endMilliseconds = 200

    /// Watches from where `beginning` is; `wake` is called when there is something to take.
    ///
    /// Records that are read go into `snapshot` first.
    init(
        _ store: any RegistrationStore,
        from beginning: Beginning,
        _ switchedOff: SwitchedOffClients,
        into snapshot: NodeSnapshot? = nil,
        log: Logger,
        wake: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        self.store = store
        self.switchedOff = switchedOff
        self.snapshot = snapshot
        state = Lock(State(unreadSince: beginning.unreadSince))
        self.log = log
        self.wake = wake
        // The end is waited for by `hasEnded`, and no longer than `stop` says.
        try Thread.start("store") { self.work(after: beginning.position) }.detach()
    }

    /// Requests a read of the store now; returns the number that its delivery, or a later one, has.
    func requestRead() -> Int {
        let number = state.withLock { state in
            state.requests += 1
            return state.requests
        }
        store.nudge()
        return number
    }

    /// Takes the last read's result, if there is a new one; never waits.
    func takeDelivery() -> Delivery? {
        let delivery = state.withLock { state in
            let delivery = state.delivery
            state.delivery = nil
            // Before it is taken, requests are still decided by what was known before.
            if delivery?.news != nil { state.unreadSince = nil }
            return delivery
        }
        if delivery != nil { state.signal(all: true) }
        return delivery
    }

    /// For how long nothing could be read of the store, in milliseconds, those in which the machine
    /// was suspended too; 0 while it answers.
    func unreadMilliseconds(now: Int64 = StoreWatcher.now) -> UInt64 {
        state.withLock { state in
            guard let since = state.unreadSince ?? state.answerIsDueAt, since < now else {
                return 0
            }
            return UInt64(now - since)
        }
    }

    /// By the clock that also counts while the machine is suspended.
    static var now: Int64 { Clock.bootMoment() }

    /// Ends the thread; a read that does not come back is given up, with the process.
    func stop() {
        state.withLock { $0.isStopped = true }
        state.signal(all: true)
        store.nudge()
        _ = state.wait(milliseconds: Self.endMilliseconds) { $0.hasEnded ? true : nil }
    }

    // MARK: the thread

    private func work(after position: ChangePosition?) {
        var (position, failure) = (position, nil as String?)
        var written = SnapshotRetry(log)
        var unopened: String?
        var answered = 0
        while !state.withLock({ $0.isStopped }) {
            // Before the store is asked: a read sees all that was committed before it.
            let request = state.withLock { $0.requests }
            do {
                let isAsked = request > answered
                let milliseconds = isAsked ? 0 : Self.waitMilliseconds
                let isChange = try ask(within: milliseconds) {
                    guard let position else { return true }
                    return try store.waitForChange(after: position, milliseconds: milliseconds)
                }
                let isLate = written.isDue(snapshot)
                let news =
                    isChange || isLate
                    ? try ask(within: 0) { try read(&position, anew: isLate) } : nil
                if news == nil { state.withLock { $0.unreadSince = nil } }
                snapshot?.noteHeard()
                written.note(snapshot?.failure)
                if failure != nil { log.notice("the store is read again") }
                failure = nil
                noteUnopened(&unopened)
                if news != nil || isAsked {
                    deliver(Delivery(news: news, request: request))
                    answered = request
                }
            } catch {
                // Reactors go on with what they know.
                let reason = StoreError.sentence(of: error)
                if reason != failure {
                    log.error("the store cannot be read", metadata: ["reason": "\(reason)"])
                }
                failure = reason
                // A database that nodes share may come back as another one, restored or promoted,
                // whose history is not the one that is known: everything is read anew then.
                if snapshot != nil { position = nil }
                if request > answered { deliver(Delivery(news: nil, request: request)) }
                answered = request
                pause()
            }
        }
        state.withLock { $0.hasEnded = true }
        state.signal(all: true)
    }

    /// Says once what of the store cannot be opened, and that it can be again.
    private func noteUnopened(_ known: inout String?) {
        let found = store.unopened
        guard found != known else { return }
        if let found {
            log.error("secrets of the store cannot be opened", metadata: ["reason": "\(found)"])
        } else {
            log.notice("secrets of the store are opened again")
        }
        known = found
    }

    /// Runs `body`, which the store is to answer in so many milliseconds.
    private func ask<Result>(within milliseconds: Int, _ body: () throws -> Result) throws -> Result
    {
        let due = Self.now + Int64(milliseconds)
        state.withLock { $0.answerIsDueAt = due }
        defer { state.withLock { $0.answerIsDueAt = nil } }
        do {
            return try body()
        } catch {
            let since = min(due, Self.now)
            state.withLock { $0.unreadSince = $0.unreadSince ?? since }
            throw error
        }
    }

    /// Moves `position` on only when everything was read, so that the same is found again.
    ///
    /// Without a position, and `anew`, everything is read. Changes are in the node's snapshot
    /// before they are in force.
    private func read(_ position: inout ChangePosition?, anew: Bool) throws -> StoreNews {
        if !anew, let known = position,
            case .some(let last, let changes) = try store.changes(after: known)
        {
            let news = try StoreNews.read(changes, store, switchedOff)
            snapshot?.append(news.snapshotRecords)
            position = last
            return news
        }
        let (news, last) = try StoreNews.readWhole(store, switchedOff, into: snapshot, log: log)
        position = last
        return news
    }

    /// Waits for the place to be free, and leaves `delivery` there.
    private func deliver(_ delivery: Delivery) {
        let isLeft = state.wait { state -> Bool? in
            if state.isStopped { return false }
            guard state.delivery == nil else { return nil }
            state.delivery = delivery
            return true
        }
        if isLeft { wake() }
    }

    private func pause() {
        _ = state.wait(milliseconds: Self.pauseMilliseconds) { $0.isStopped ? true : nil }
    }
}
