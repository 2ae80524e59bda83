// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import Logging
import Reactor
import SQLiteStore
import Storage
import Tables
import TestSupport
import Testing

@testable import OAuth
@testable import Serving

/// A store that does something before it records.
private struct HinderedStore: UsedAssertionStore {
    private let store: any UsedAssertionStore
    private let hinder: @Sendable () throws(StoreError) -> Void

    init(
        _ store: any UsedAssertionStore,
        _ hinder: @escaping @Sendable () throws(StoreError) -> Void
    ) {
        self.store = store
        self.hinder = hinder
    }

    func recordUses(
        _ uses: [UsedAssertion],
        now: StoreMoment,
        sweeping byte: UInt8?
    ) throws(StoreError) -> UsesWritten {
        try hinder()
        return try store.recordUses(uses, now: now, sweeping: byte)
    }

    func forgetUses(now: StoreMoment, steadyMax: Int64) throws(StoreError) -> Int {
        try store.forgetUses(now: now, steadyMax: steadyMax)
    }

    func forEachUse(_ body: (UsedAssertion) -> Void) throws(StoreError) {
        try store.forEachUse(body)
    }
}

/// Uses of assertions on their way to the store and back.
struct UsedAssertionWriterTests {
    private let folder: String
    private let clock = WallClock()
    private let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private let told = Lock([Int: UsedAssertionWriter.WriteResult]())

    init() throws {
        folder =
            FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent("handfast-uses-\(UInt64.random(in: 0 ... .max))").path
    }

    private func use(_ number: Int, lives seconds: Int64 = 300) -> AssertionUse {
        AssertionUse(
            digest: Digest256.of(Array("\(number)".utf8)),
            until: clock.seconds + seconds
        )
    }

    /// Hands a use over under a number.
    private func hand(_ use: AssertionUse, _ number: Int, to writer: UsedAssertionWriter) -> Bool {
        writer.write(use) { [told] result in told.withLock { $0[number] = result } }
    }

    /// The results of so many uses, by their numbers.
    private func answers(_ count: Int) -> [Int: UsedAssertionWriter.WriteResult] {
        let end = Clock.milliseconds + 20_000
        while told.withLock({ $0.count }) < count, Clock.milliseconds < end {
            pause(milliseconds: 1)
        }
        return told.withLock { told in
            defer { told = [:] }
            return told
        }
    }

    private func memory() -> SeenAssertions {
        SeenAssertions(steadyNow: { Clock.steadySeconds })
    }

    private func isFirst(_ use: AssertionUse, _ memory: SeenAssertions) -> Bool {
        memory.isFirstUse(of: use.digest, until: use.until, now: clock.seconds)
    }

    @Test func `what was answered for is known to the next server`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let uses = (0..<2_500).map { use($0) }
        do {
            let store = try SQLiteDatabase.open(directory: folder, as: .server)
            let memory = memory()
            let writer = try UsedAssertionWriter(store, memory, clock: clock, log: log)
            for (number, use) in uses.enumerated() {
                #expect(isFirst(use, memory))
                #expect(hand(use, number, to: writer))
            }
            let found = answers(uses.count)
            #expect(found.count == uses.count && found.values.allSatisfy { $0 == .kept })
            writer.stop()
        }
        let store = try SQLiteDatabase.open(directory: folder, as: .server)
        let again = memory()
        let writer = try UsedAssertionWriter(store, again, clock: clock, log: log)
        defer { writer.stop() }
        #expect(again.count == uses.count)
        for use in uses { #expect(!isFirst(use, again)) }
        // The twin: what was not used.
        #expect(isFirst(use(9_999), again))
        // Without its memory the store itself refuses a second use.
        #expect(hand(uses[0], 1, to: writer))
        #expect(hand(use(9_999), 2, to: writer))
        #expect(answers(2) == [1: .repeated, 2: .kept])
    }

    @Test(arguments: [-31_536_000, 31_536_000] as [Int64])
    func `a use is kept for as long as the clock that is handed in says`(_ turn: Int64) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        clock.turn(seconds: turn)
        let store = try SQLiteDatabase.open(directory: folder, as: .server)
        let writer = try UsedAssertionWriter(store, memory(), clock: clock, log: log)
        let began = Clock.steadySeconds
        #expect(hand(use(1), 1, to: writer))
        #expect(answers(1) == [1: .kept])
        writer.stop()
        var rows: [UsedAssertion] = []
        try store.forEachUse { rows.append($0) }
        let row = try #require(rows.first)
        let ended = Clock.steadySeconds
        // By the machine's clock it would be over at once, or live for longer than any may.
        #expect((began + 300 - 60...ended + 300).contains(row.steadyUntil))
        // Forgotten neither where the clock is turned ahead, which costs the other clock no time,
        // nor where it is turned back.
        for seconds in [3_600, -7_200] as [Int64] {
            clock.turn(seconds: seconds)
            let again = memory()
            try UsedAssertionWriter(store, again, clock: clock, log: log).stop()
            #expect(again.count == 1)
        }
    }

    @Test func `what waits is written when the writer stops`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do {
            let store = try SQLiteDatabase.open(directory: folder, as: .server)
            let writer = try UsedAssertionWriter(store, memory(), clock: clock, log: log)
            for number in 0..<3_000 { _ = hand(use(number), number, to: writer) }
            writer.stop()
            #expect(!hand(use(5_000), 5_000, to: writer))
        }
        let again = memory()
        let store = try SQLiteDatabase.open(directory: folder, as: .server)
        try UsedAssertionWriter(store, again, clock: clock, log: log).stop()
        #expect(again.count == 3_000)
    }

    @Test func `what cannot be written is given back, and the others are not`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try SQLiteDatabase.open(directory: folder, as: .server)
        let memory = memory()
        let broken = Lock(false)
        let lines = Lock([String]())
        let refusing = HinderedStore(store) { () throws(StoreError) in
            if broken.withLock({ $0 }) { throw StoreError(.full, "the disk is full") }
        }
        let writer = try UsedAssertionWriter(
            refusing,
            memory,
            clock: clock,
            log: Logger(label: "test") { _ in KeptLines(lines) }
        )
        defer { writer.stop() }
        let (good, bad) = (use(1), use(2))
        #expect(isFirst(good, memory) && hand(good, 1, to: writer))
        #expect(answers(1) == [1: .kept])
        broken.withLock { $0 = true }
        for number in 2..<5 {
            // The same assertion may come again.
            #expect(isFirst(bad, memory) && hand(bad, number, to: writer))
            #expect(answers(1) == [number: .failed])
        }
        broken.withLock { $0 = false }
        // And is used once then.
        #expect(isFirst(bad, memory) && hand(bad, 5, to: writer))
        #expect(answers(1) == [5: .kept])
        #expect(!isFirst(bad, memory) && !isFirst(good, memory))
        // Told once, and its end.
        let kept = lines.withLock { $0 }
        #expect(kept.map { $0.contains("cannot be kept") } == [true, false])
        #expect(kept.last?.contains("kept again") == true)
    }

    @Test func `a full queue takes nothing more and remembers nothing of it`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try SQLiteDatabase.open(directory: folder, as: .server)
        let memory = memory()
        let released = Lock(false)
        let waiting = HinderedStore(store) { () throws(StoreError) in
            released.wait { $0 ? () : nil }
        }
        let writer = try UsedAssertionWriter(waiting, memory, clock: clock, log: log)
        var taken = 0
        var refused: AssertionUse?
        while refused == nil, taken < UsedAssertionWriter.queueMax * 2 {
            let next = use(taken)
            #expect(isFirst(next, memory))
            if hand(next, taken, to: writer) { taken += 1 } else { refused = next }
        }
        let last = try #require(refused)
        // One group is being written, and the queue is full.
        #expect(taken > UsedAssertionWriter.queueMax - 1)
        #expect(isFirst(last, memory))
        released.withLock { $0 = true }
        released.signal(all: true)
        let found = answers(taken)
        #expect(found.count == taken && found.values.allSatisfy { $0 == .kept })
        writer.stop()
    }
}
