// SPDX-License-Identifier: Apache-2.0
internal import Reactor
internal import Storage

/// A bounded queue whose items one thread takes in groups, for work of which each piece costs a
/// sync or a transaction.
final class GroupQueue<Item: Sendable>: Sendable {
    private struct State {
        var items: [Item] = []
        var isStopped = false
    }

    private let state = Lock(State())
    private let thread = Lock<Thread?>(nil)
    private let countMax: Int
    private let groupMax: Int

    /// A queue of at most `countMax` items, of which one group has `groupMax` at most.
    init(countMax: Int, groupMax: Int) {
        self.countMax = countMax
        self.groupMax = groupMax
    }

    /// Starts the thread, called `name`; `body` takes groups until `take` has none.
    func start(_ name: String, _ body: sending @escaping () -> Void) throws(SystemError) {
        let started = try Thread.start(name, body)
        thread.withLock { $0 = started }
    }

    /// Hands an item over; false where too many wait, or the queue is stopped.
    func add(_ item: Item) -> Bool {
        let length = state.withLock { state -> Int? in
            guard state.items.count < countMax, !state.isStopped else { return nil }
            state.items.append(item)
            return state.items.count
        }
        // The thread waits for items only while there are none; a signal for each would wake it
        // from its rests, at a system call each time.
        if length == 1 { state.signal() }
        return length != nil
    }

    /// Lets the thread take what waits, then waits for its end.
    func stop() {
        state.withLock { $0.isStopped = true }
        state.signal(all: true)
        thread.withLock { thread in
            let ending = thread
            thread = nil
            return ending
        }?.join()
    }

    // MARK: the thread

    /// Waits for items, and takes them in their order; nil at the end.
    func take() -> [Item]? {
        state.wait { self.group(of: &$0) }
    }

    /// The same; no items where none came for so many `milliseconds`.
    func take(within milliseconds: Int) -> [Item]? {
        let found: [Item]?? = state.wait(milliseconds: milliseconds) { self.group(of: &$0) }
        return found ?? []
    }

    /// Rests as long as the thread has worked since `began`, 1 to 5 ms: a command that wants to
    /// write finds the store free a good part of the time, and the next group is larger.
    func rest(after began: UInt64) {
        let taken = Clock.milliseconds - began
        let rest = Int(min(max(taken, 1), 5))
        _ = state.wait(milliseconds: rest) { $0.isStopped ? true : nil }
    }

    /// nil where there is no group yet; a group that is nil is the end.
    private func group(of state: inout State) -> [Item]?? {
        guard !state.items.isEmpty else { return state.isStopped ? .some(nil) : nil }
        let group = Array(state.items.prefix(groupMax))
        state.items.removeFirst(group.count)
        return group
    }
}

extension Array where Element: Sendable {
    /// The result of each element of a group that `body` handles as a whole.
    ///
    /// A group that fails by `kind`, for the sake of one element, is halved until that one fails
    /// alone; by any other kind all have failed. Elements keep their order.
    func results<Value>(
        halvedBy kind: StoreError.Kind,
        _ body: ([Element]) throws(StoreError) -> [Value]
    ) -> [Result<Value, StoreError>] {
        do throws(StoreError) {
            return try body(self).map { .success($0) }
        } catch {
            guard count > 1, error.kind == kind else { return map { _ in .failure(error) } }
            return Array(prefix(count / 2)).results(halvedBy: kind, body)
                + Array(dropFirst(count / 2)).results(halvedBy: kind, body)
        }
    }
}
