// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Logging
import Reactor
import Storage
import Telemetry
import Testing

@testable import Upkeep

/// A store of which each write waits until the test lets it end, or fails it.
private final class SlowUses: CertificateUseStore {
    private struct State {
        var begun = 0
        var ended = 0
        var isFailing = false
        var written: [Int64] = []
    }

    private let state = Lock(State())

    func recordRegisteredUses(_ uses: [RegisteredCertificateUse]) throws(StoreError) {
        state.withLock { $0.begun += 1 }
        state.signal(all: true)
        let isFailing = state.wait { state -> Bool? in
            state.ended >= state.begun ? state.isFailing : nil
        }
        if isFailing { throw StoreError(.unavailable, "the store is away") }
        state.withLock { $0.written += uses.map(\.lastSeen) }
    }

    func recordTrustedUses(_ uses: [TrustedCertificateUse]) throws(StoreError) {}

    func recordSPIFFEIDUses(_ uses: [SPIFFEIDUse]) throws(StoreError) {}

    /// Waits for so many writes to have begun; whether they have.
    func hasBegun(_ count: Int) -> Bool {
        state.wait(milliseconds: 20_000) { $0.begun >= count ? true : nil } ?? false
    }

    /// How many writes have begun.
    var begun: Int { state.withLock { $0.begun } }

    /// Lets writes end, up to this one.
    func end(_ number: Int, failing: Bool = false) {
        state.withLock { state in
            state.ended = number
            state.isFailing = failing
        }
        state.signal(all: true)
    }

    var written: [Int64] { state.withLock { $0.written } }
}

final class CertificateUseWriterTests {
    private let usage = CertificateUsage()
    private let store = SlowUses()
    private let lines = RecordedLog.Lines()
    private let worker: WorkerPool
    private let writer: CertificateUseWriter

    init() throws {
        worker = try WorkerPool(threads: 1, capacity: 8, name: "write")
        writer = CertificateUseWriter(usage, to: store, by: worker, log: lines.logger)
    }

    deinit {
        store.end(.max)
        worker.stop()
    }

    private func record(_ now: Int64) {
        usage.record(Array("app".utf8), Digest256.of([1]), now: now)
    }

    @Test func `a write under way gets no second one beside it`() {
        record(1)
        writer.write()
        #expect(store.hasBegun(1))
        record(2)
        writer.write()
        writer.write()
        #expect(worker.waiting == 0 && store.begun == 1)
        store.end(2)
        writer.finish(milliseconds: 20_000)
        #expect(store.written == [1, 2])
    }

    @Test func `the end waits for the one under way, and writes what was recorded since`() throws {
        record(1)
        writer.write()
        #expect(store.hasBegun(1))
        record(2)
        let (writer, store) = (writer, store)
        let ending = try Thread.start("ending") { writer.finish(milliseconds: 20_000) }
        store.end(1)
        #expect(store.hasBegun(2))
        store.end(2)
        ending.join()
        #expect(store.written == [1, 2])
    }

    @Test func `a store that does not answer holds the end up no longer than is said`() {
        record(1)
        writer.write()
        #expect(store.hasBegun(1))
        let began = Clock.milliseconds
        writer.finish(milliseconds: 100)
        #expect((100..<5_000).contains(Clock.milliseconds - began))
        #expect(store.written.isEmpty && store.begun == 1)
    }

    @Test func `what a failed write had is written by the next`() {
        record(1)
        store.end(1, failing: true)
        writer.finish(milliseconds: 20_000)
        #expect(store.written.isEmpty)
        #expect(lines.messages(from: .debug) == ["certificate use not written"])
        store.end(2)
        writer.finish(milliseconds: 20_000)
        #expect(store.written == [1])
    }

    @Test func `a failure is a warning once, and its end is said`() {
        for number in 1...3 {
            record(Int64(number))
            store.end(number, failing: true)
            writer.finish(milliseconds: 20_000)
        }
        #expect(lines.messages(from: .warning) == ["certificate use not written"])
        store.end(5)
        writer.finish(milliseconds: 20_000)
        record(5)
        writer.finish(milliseconds: 20_000)
        let said = lines.take()
        #expect(said.map(\.message) == ["certificate use is written again"])
        record(6)
        store.end(6, failing: true)
        writer.finish(milliseconds: 20_000)
        #expect(lines.messages(from: .warning) == ["certificate use not written"])
    }
}
