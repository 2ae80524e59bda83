// SPDX-License-Identifier: Apache-2.0
/// A schedule of fetches for many sources: each after its interval, sooner after a failure, and
/// never twice at once.
///
/// Has no clock and fetches nothing: callers pass moments, in milliseconds. `takeDue` is linear in
/// the sources that are due, not in all of them.
struct RefreshSchedule<Key: Hashable & Sendable> {
    /// The schedule of one source, and the result of its last fetch.
    struct Entry: Equatable {
        /// When it is due.
        fileprivate(set) var next: UInt64
        /// Whether a fetch is under way.
        fileprivate(set) var isPending = false
        /// Whether it is due again as soon as the fetch that is under way has ended.
        fileprivate(set) var isDueAgain = false
        /// The number of the last fetch; no other one of the schedule has it.
        fileprivate(set) var fetch = 0
        /// Whether any fetch has ended yet.
        fileprivate(set) var wasTried = false
        /// Failures in a row.
        fileprivate(set) var failures = 0
        /// The reason of the last failure; nil after a success.
        fileprivate(set) var reason: String?
    }

    /// Exponential backoff after a failure: from `first`, doubled each time, up to `limit`.
    struct Retry {
        let first: UInt64
        let limit: UInt64
    }

    private struct Turn {
        let at: UInt64
        let key: Key
    }

    private var entries: [Key: Entry] = [:]
    /// A binary heap by moment; a turn is stale when its entry has another moment by now.
    private var heap: [Turn] = []
    private var untried = 0
    private var fetches = 0
    /// Sources whose last fetch has failed.
    private(set) var failing = 0

    /// The sources.
    var keys: Dictionary<Key, Entry>.Keys { entries.keys }

    /// Whether a source was never fetched, successfully or not.
    var isUntried: Bool { untried > 0 }

    /// Turns that are kept, stale ones included.
    var turns: Int { heap.count }

    /// The schedule of one source; nil where the source is unknown.
    subscript(key: Key) -> Entry? { entries[key] }

    /// Whether this fetch of the source is under way; false where the source was removed or added
    /// again since.
    func isUnderWay(_ key: Key, _ fetch: Int) -> Bool {
        entries[key].map { $0.isPending && $0.fetch == fetch } ?? false
    }

    /// Whether the source is being fetched, or is due.
    func isAwaited(_ key: Key, now: UInt64) -> Bool {
        entries[key].map { $0.isPending || $0.next <= now } ?? false
    }

    /// Adds a source that is due at `moment`, or begins anew with it.
    mutating func add(_ key: Key, at moment: UInt64) {
        remove(key)
        entries[key] = Entry(next: moment)
        untried += 1
        push(key, moment)
    }

    /// Removes a source; the result of a fetch that is under way is then dropped.
    mutating func remove(_ key: Key) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        if !entry.wasTried { untried -= 1 }
        if entry.reason != nil { failing -= 1 }
    }

    /// Makes the source due at once; a fetch that is under way will do, unless it is to be fetched
    /// `again`.
    ///
    /// That is once, when the fetch has ended, however often it is asked for meanwhile: that fetch
    /// may have begun with other settings, or have read older content.
    mutating func hurry(_ key: Key, again: Bool = false) {
        guard let entry = entries[key] else { return }
        entries[key]?.isDueAgain = entry.isPending && (again || entry.isDueAgain)
        entries[key]?.next = 0
        push(key, 0)
    }

    /// Makes every source due at once, and those that are being fetched once more after that.
    mutating func hurryAll() {
        for key in Array(entries.keys) { hurry(key, again: true) }
    }

    /// Makes the source due at `moment` at the latest, unless it is being fetched.
    mutating func bringForward(_ key: Key, to moment: UInt64) {
        guard let entry = entries[key], !entry.isPending, entry.next > moment else { return }
        entries[key]?.next = moment
        push(key, moment)
    }

    /// Takes at most `limit` sources that are due, the earliest first; their fetches are under way
    /// from here on.
    mutating func takeDue(now: UInt64, limit: Int = .max) -> [Key] {
        var due: [Key] = []
        while due.count < limit, let moment = nextTurn(), moment <= now {
            let key = heap[0].key
            pop()
            fetches += 1
            entries[key]?.isPending = true
            entries[key]?.fetch = fetches
            due.append(key)
        }
        return due
    }

    /// When the first source is due, leaving out those being fetched; nil where there is none.
    mutating func nextTurn() -> UInt64? {
        while let turn = heap.first {
            if let entry = entries[turn.key], entry.next == turn.at, !entry.isPending {
                return turn.at
            }
            pop()
        }
        return nil
    }

    /// The fetch could not be submitted: the source stays due.
    mutating func putBack(_ key: Key) {
        guard let entry = entries[key], entry.isPending else { return }
        entries[key]?.isPending = false
        entries[key]?.isDueAgain = false
        push(key, entry.next)
    }

    /// The fetch has succeeded, and the next one is due at `moment`, or at once where the source is
    /// due again; whether it had failed before.
    mutating func succeed(_ key: Key, next moment: UInt64) -> Bool {
        guard let entry = end(key, next: moment) else { return false }
        entries[key]?.failures = 0
        entries[key]?.reason = nil
        if entry.reason != nil { failing -= 1 }
        return entry.reason != nil
    }

    /// The fetch has failed for `reason`; whether that is another reason than the time before.
    mutating func fail(_ key: Key, _ reason: String, now: UInt64, _ retry: Retry) -> Bool {
        let failures = (entries[key]?.failures ?? 0) + 1
        // The exponent is bounded, because a source may fail for years.
        let wait = min(retry.first << UInt64(min(failures - 1, 10)), retry.limit)
        guard let entry = end(key, next: now + wait) else { return false }
        entries[key]?.failures = failures
        entries[key]?.reason = reason
        if entry.reason == nil { failing += 1 }
        return entry.reason != reason
    }

    /// Ends a fetch; the entry as it was, or nil where none was under way.
    private mutating func end(_ key: Key, next moment: UInt64) -> Entry? {
        guard let entry = entries[key], entry.isPending else { return nil }
        let next = entry.isDueAgain ? 0 : moment
        entries[key]?.isPending = false
        entries[key]?.isDueAgain = false
        entries[key]?.next = next
        if !entry.wasTried {
            entries[key]?.wasTried = true
            untried -= 1
        }
        push(key, next)
        return entry
    }

    // MARK: the heap

    private mutating func push(_ key: Key, _ moment: UInt64) {
        // Amortised: a sweep at twice the live count is paid for by as many additions.
        if heap.count > 2 * entries.count + 64 { sweep() }
        heap.append(Turn(at: moment, key: key))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].at < heap[parent].at else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func pop() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < heap.count else { return }
            let right = left + 1
            let child = right < heap.count && heap[right].at < heap[left].at ? right : left
            guard heap[child].at < heap[parent].at else { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }

    /// Rebuilds the heap from the entries that are not being fetched.
    private mutating func sweep() {
        heap = entries.filter { !$0.value.isPending }
            .map { Turn(at: $0.value.next, key: $0.key) }
            .sorted { $0.at < $1.at }
    }
}
