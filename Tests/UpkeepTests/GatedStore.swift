// SPDX-License-Identifier: Apache-2.0
import Reactor
import Storage

/// A store whose reads block, or fail, while the test says so.
final class GatedStore: RegistrationStore {
    enum Gate: Sendable { case open, blocked, failing }

    private let store: any RegistrationStore
    private let gate = Lock((gate: Gate.open, waiting: 0))

    init(_ store: any RegistrationStore) { self.store = store }

    func set(_ new: Gate) {
        gate.withLock { $0.gate = new }
        gate.signal(all: true)
    }

    /// Waits until a read is blocked; whether there is one.
    func isBlocking() -> Bool {
        gate.wait(milliseconds: 20_000) { $0.waiting > 0 ? true : nil } ?? false
    }

    private func pass() throws(StoreError) {
        gate.withLock { $0.waiting += 1 }
        gate.signal(all: true)
        let found: Gate = gate.wait { $0.gate == .blocked ? nil : $0.gate }
        gate.withLock { $0.waiting -= 1 }
        if found == .failing { throw StoreError(.unavailable, "the store is away") }
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
        try store.write(by: author, at: time, body)
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
