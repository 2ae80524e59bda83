// SPDX-License-Identifier: Apache-2.0
import Logging
import OAuth
import Reactor
import Registration
import SQLiteStore
import Storage
import StorageTesting
import TestSupport
import Testing

@testable import Upkeep

/// The thread that reads the store, with the test as Upkeep's.
final class StoreWatcherTests {
    private let scratch: Scratch
    private let store: any RegistrationStore
    private let gated: GatedStore
    private let switchedOff = SwitchedOffClients()
    private let watcher: StoreWatcher
    private let woken = Lock(0)
    private let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws {
        scratch = try Scratch()
        store = try SQLiteDatabase.open(directory: scratch.path + "/data", as: .tool)
        gated = GatedStore(store)
        let woken = woken
        watcher = try StoreWatcher(gated, from: .init(after: .start), switchedOff, log: log) {
            woken.withLock { $0 += 1 }
            woken.signal(all: true)
        }
    }

    deinit {
        gated.set(.open)
        watcher.stop()
    }

    /// The next delivery, after its wake; nil where none comes.
    private func next() -> StoreWatcher.Delivery? {
        let end = Clock.milliseconds + 20_000
        while Clock.milliseconds < end {
            if let delivery = watcher.takeDelivery() { return delivery }
            pause(milliseconds: 5)
        }
        return nil
    }

    private func ids(_ delivery: StoreWatcher.Delivery?) -> [String]? {
        guard case .changes(let batch)? = delivery?.news else { return nil }
        return batch.items.map(\.change.id)
    }

    @Test func `a change is read and delivered, and the one who takes it is woken`() throws {
        #expect(watcher.takeDelivery() == nil)
        try store.insert(client("c1"))
        let delivery = next()
        #expect(ids(delivery) == ["c1"])
        #expect(woken.withLock { $0 } == 1)
        guard case .changes(let batch)? = delivery?.news,
            case .client(let record, nil) = batch.items[0].found
        else {
            Issue.record("no client")
            return
        }
        #expect(record == client("c1"))
        try store.removeClient("c1")
        guard case .changes(let gone)? = next()?.news,
            case .client(nil, nil) = gone.items[0].found
        else {
            Issue.record("no removal")
            return
        }
    }

    @Test func `what has not been taken is the only thing that waits`() throws {
        try store.insert(client("c1"))
        let first = woken.wait(milliseconds: 20_000) { $0 == 1 ? true : nil }
        #expect(first == true)
        for number in 2..<6 { try store.insert(client("c\(number)")) }
        pause(milliseconds: 300)
        #expect(woken.withLock { $0 } == 1)
        #expect(ids(next()) == ["c1"])
        var rest: Set<String> = []
        while rest.count < 4, let found = ids(next()) { rest.formUnion(found) }
        #expect(rest == ["c2", "c3", "c4", "c5"])
    }

    @Test func `a request is answered by what was committed before it, or by nothing new`() throws {
        let request = watcher.requestRead()
        let nothing = next()
        #expect(nothing?.request == request && nothing?.news == nil)
        try store.insert(client("c1"))
        let second = watcher.requestRead()
        var found: [String] = []
        var last = 0
        while last < second, let delivery = next() {
            found += ids(delivery) ?? []
            last = delivery.request
        }
        #expect(found == ["c1"] && last == second)
    }

    @Test func `a store that blocks holds up neither taking, nor looking, nor the end`() throws {
        gated.set(.blocked)
        try store.insert(client("c1"))
        _ = watcher.requestRead()
        #expect(gated.isBlocking())
        let start = Clock.milliseconds
        for _ in 0..<100 {
            #expect(watcher.takeDelivery()?.news == nil)
            _ = watcher.requestRead()
        }
        #expect(Clock.milliseconds - start < 500)
        watcher.stop()
        #expect(Clock.milliseconds - start < 2_000)
    }

    @Test func `how long the store gives no answer is counted until it gives one`() {
        #expect(watcher.unreadMilliseconds() == 0)
        gated.set(.blocked)
        #expect(gated.isBlocking())
        // The call that is blocked was to end a second after it began.
        let now = StoreWatcher.now
        #expect(watcher.unreadMilliseconds(now: now) < 60_000)
        #expect((99_000...100_000).contains(watcher.unreadMilliseconds(now: now + 100_000)))
        #expect(watcher.unreadMilliseconds(now: now + 200_000) > 198_000)
        gated.set(.failing)
        _ = watcher.requestRead()
        while watcher.takeDelivery() == nil { pause(milliseconds: 5) }
        #expect(watcher.unreadMilliseconds(now: now + 100_000) >= 99_000)
        gated.set(.open)
        _ = watcher.requestRead()
        while watcher.takeDelivery() == nil { pause(milliseconds: 5) }
        #expect(watcher.unreadMilliseconds() == 0)
    }

    @Test func `a watcher that begins with a snapshot is as late as that until it has read`() throws
    {
        gated.set(.failing)
        try store.insert(client("c1"))
        let other = try StoreWatcher(gated, from: .init(aged: 60_000), switchedOff, log: log) {}
        defer { other.stop() }
        #expect(other.unreadMilliseconds() >= 60_000)
        gated.set(.open)
        let end = Clock.milliseconds + 20_000
        var delivery: StoreWatcher.Delivery?
        while delivery?.news == nil, Clock.milliseconds < end {
            delivery = other.takeDelivery()
            pause(milliseconds: 5)
        }
        guard case .whole(let contents, _)? = delivery?.news else {
            Issue.record("not everything was read")
            return
        }
        #expect(contents.clients.count == 1)
        #expect(other.unreadMilliseconds() < 60_000)
        let oldest = try StoreWatcher(gated, from: .init(aged: .max), switchedOff, log: log) {}
        oldest.stop()
    }

    @Test func `trust sets and keys are read once, however many of them changed`() throws {
        gated.set(.blocked)
        #expect(gated.isBlocking())
        for name in ["a", "b", "c"] { try store.insert(trustSet(name)) }
        for id in ["k", "l"] { try store.insert(key(id)) }
        gated.set(.open)
        guard case .changes(let batch)? = next()?.news else {
            Issue.record("no changes")
            return
        }
        #expect(batch.items.map(\.change.id) == ["a", "b", "c", "k", "l"])
        #expect(batch.trustSets?.map(\.name) == ["a", "b", "c"])
        #expect(batch.keys?.map(\.keyID).sorted() == ["k", "l"])
        try store.insert(client("c1"))
        guard case .changes(let other)? = next()?.news else {
            Issue.record("no changes")
            return
        }
        // Neither has changed, so that neither is read.
        #expect(other.trustSets == nil && other.keys == nil)
    }

    @Test func `what was missed while the store blocked is delivered afterwards`() throws {
        gated.set(.blocked)
        try store.insert(client("c1"))
        #expect(gated.isBlocking())
        pause(milliseconds: 100)
        gated.set(.open)
        #expect(ids(next()) == ["c1"])
    }

    @Test func `a store that fails answers requests without news, and is asked again`() throws {
        gated.set(.failing)
        let request = watcher.requestRead()
        try store.insert(client("c1"))
        var delivery = next()
        // One that was asked before the store failed may come first.
        while let found = delivery, found.request < request { delivery = next() }
        #expect(delivery?.request == request && delivery?.news == nil)
        gated.set(.open)
        #expect(ids(next()) == ["c1"])
    }

    @Test func `one outage is one line in the log, and its end another`() throws {
        let log = RecordedLog.Lines()
        gated.set(.failing)
        let other = try StoreWatcher(
            gated,
            from: .init(after: .start),
            switchedOff,
            log: log.logger
        ) {}
        for request in 1...3 {
            #expect(other.requestRead() == request)
            while other.takeDelivery()?.request != request { pause(milliseconds: 5) }
        }
        gated.set(.open)
        #expect(other.requestRead() == 4)
        while other.takeDelivery()?.request != 4 { pause(milliseconds: 5) }
        other.stop()
        let all = log.take().map(\.json)
        let lines = all.filter { $0.contains("the store cannot be read") }
        #expect(all.count { $0.contains("the store is read again") } == 1)
        #expect(lines.count == 1 && lines[0].contains("the store is away"))
    }

    @Test func `a reader that is left behind gets everything`() throws {
        try store.insert(client("c0"))
        #expect(ids(next()) == ["c0"])
        gated.set(.blocked)
        try store.insert((1..<10_100).map { client("c\($0)") })
        let (number, _) = switchedOff.switchOff("c7")
        gated.set(.open)
        var whole: (RegistryContents, [StoreNews.Switch])?
        while whole == nil, let delivery = next() {
            if case .whole(let contents, let switches)? = delivery.news {
                whole = (contents, switches)
            }
        }
        let (contents, switches) = try #require(whole)
        #expect(contents.clients.count == 10_100)
        #expect(switches.map(\.clientID) == ["c7"] && switches.map(\.number) == [number])
        #expect(switches.first?.record?.clientID == "c7")
    }
}
