// SPDX-License-Identifier: Apache-2.0
import Reactor
import Storage

/// A store that cannot be read from some moment on, or that another program writes to right after a
/// write; writes go through.
final class UnreadableStore: RegistrationStore {
    enum Moment: Sendable { case never, afterWrite, now }

    private let store: any RegistrationStore
    private let moment = Lock(Moment.never)
    private let follower = Lock<(@Sendable () -> Void)?>(nil)

    init(_ store: any RegistrationStore) { self.store = store }

    /// Lets no read succeed from the moment on.
    func fail(_ new: Moment) { moment.withLock { $0 = new } }

    /// Runs `body` once, between the commit of the next write and its return.
    func follow(_ body: @escaping @Sendable () -> Void) { follower.withLock { $0 = body } }

    private func pass() throws(StoreError) {
        guard moment.withLock({ $0 }) != .now else {
            throw StoreError(.unavailable, "the store is away")
        }
    }

    func read<Result>(_ body: (any RegistrationReader) throws -> Result) throws -> Result {
        try pass()
        return try store.read(body)
    }

    func write<Result>(
        by author: Author,
        at time: Int64,
        _ body: (any RegistrationWriter) throws -> Result
    ) throws -> Result {
        let result = try store.write(by: author, at: time, body)
        let following = follower.withLock { follower in
            defer { follower = nil }
            return follower
        }
        following?()
        moment.withLock { if $0 == .afterWrite { $0 = .now } }
        return result
    }

    func changes(after position: ChangePosition) throws(StoreError) -> Changes {
        try pass()
        return try store.changes(after: position)
    }

    func waitForChange(
        after position: ChangePosition,
        milliseconds: Int
    ) throws(StoreError) -> Bool {
        try pass()
        return try store.waitForChange(after: position, milliseconds: milliseconds)
    }

    func nudge() { store.nudge() }
}
