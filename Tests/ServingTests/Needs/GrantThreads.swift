// SPDX-License-Identifier: Apache-2.0
import Foundation
import Logging
import Network
import OAuth
import Reactor
import SQLiteStore
import Storage
import Telemetry
import TestSupport

@testable import Serving

/// A store of grants that does something before it writes or reads, and counts its transactions.
final class HinderedGrants: GrantStore {
    private let store: any GrantStore
    private let hinder: @Sendable () throws(StoreError) -> Void
    /// The number of writes in each transaction.
    let writes = Lock([Int]())
    /// The number of keys in each read.
    let reads = Lock([Int]())

    init(
        _ store: any GrantStore,
        _ hinder: @escaping @Sendable () throws(StoreError) -> Void = {}
    ) {
        self.store = store
        self.hinder = hinder
    }

    func perform(_ writes: [GrantWrite]) throws(StoreError) -> [GrantWriteResult] {
        self.writes.withLock { $0.append(writes.count) }
        try hinder()
        return try store.perform(writes)
    }

    func find(_ keys: [GrantKey]) throws(StoreError) -> [GrantRecord?] {
        reads.withLock { $0.append(keys.count) }
        return try store.find(keys)
    }

    func forEachRevokedToken(
        after now: Int64,
        _ body: (RevokedToken) -> Void
    ) throws(StoreError) {
        try store.forEachRevokedToken(after: now, body)
    }

    func removeEnded(before now: Int64, limit: Int) throws(StoreError) -> Int {
        try store.removeEnded(before: now, limit: limit)
    }

    func record(_ impersonations: [Impersonation], at time: Int64) throws(StoreError) {
        try hinder()
        try store.record(impersonations, at: time)
    }
}

/// A data directory with the threads of grants, and the reactors that ask them.
final class GrantThreads {
    let folder: String
    let clock = WallClock()
    let lines = Lock([String]())
    let mailboxes: [Mailbox<ReactorMessage>]

    init(reactors: Int = 1) throws {
        folder =
            FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent("handfast-grants-\(UInt64.random(in: 0 ... .max))").path
        mailboxes = try (0..<reactors).map { _ in try Mailbox() }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func open() throws -> SQLiteDatabase {
        try SQLiteDatabase.open(directory: folder, as: .server)
    }

    func start(_ store: any GrantStore) throws -> StoredGrants {
        let log = Logger(label: "test") { [lines] _ in KeptLines(lines) }
        return try StoredGrants(store, gauges: Gauges(), clock: clock, log: log)
    }

    /// Hands a write over as the request of this number; the answer where there is one at once.
    func submit(
        _ write: GrantWrite,
        _ number: Int,
        to grants: StoredGrants,
        reactor: Int = 0
    ) -> Met? {
        GrantNeed(grants, mailboxes[reactor]).submit(.grant(write), Self.id(number))
    }

    /// The same of a row of the audit.
    func submit(_ row: Impersonation, _ number: Int, to grants: StoredGrants) -> Met? {
        GrantNeed(grants, mailboxes[0]).submit(.audit(row), Self.id(number))
    }

    /// The same of a read.
    func submit(_ key: GrantKey, _ number: Int, to grants: StoredGrants, reactor: Int = 0) -> Met? {
        GrantNeed(grants, mailboxes[reactor]).submit(key, Self.id(number))
    }

    /// The answers of a reactor by the numbers of its requests, once there are as many.
    func answers(_ count: Int, reactor: Int = 0) -> [Int: Met] {
        var found: [Int: Met] = [:]
        let end = Clock.milliseconds + 20_000
        while found.count < count, Clock.milliseconds < end {
            for case .met(let id, let met) in mailboxes[reactor].collect() {
                found[Int(id.number)] = met
            }
            pause(milliseconds: 1)
        }
        return found
    }

    /// The results of as many writes.
    func results(_ count: Int, reactor: Int = 0) -> [Int: GrantWriteResult] {
        answers(count, reactor: reactor).compactMapValues(\.written)
    }

    /// Whether so many writes are answered for, and all of them are made.
    func areDone(_ count: Int) -> Bool {
        let results = results(count)
        return results.count == count && results.values.allSatisfy { $0 == .done }
    }

    private static func id(_ number: Int) -> ExchangeID {
        ExchangeID(connection: 1, number: UInt64(number))
    }
}

extension Met {
    /// The result of a write; nil for every other answer.
    var written: GrantWriteResult? {
        if case .grant(let result) = self { result } else { nil }
    }

    /// The record of a read; nil for every other answer.
    var found: GrantRecord? {
        if case .stored(let record) = self { record } else { nil }
    }

    /// The check of a refusal; nil for every other answer.
    var refusedBy: Check? {
        guard case .refused(let error, let seconds) = self, error.status == 503, seconds > 0
        else { return nil }
        return error.check
    }
}
