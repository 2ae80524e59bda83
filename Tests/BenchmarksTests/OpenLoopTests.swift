// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Benchmarks

@Suite struct OpenLoopTests {
    @Test func `arrivals are due at even intervals from the start`() {
        var schedule = ArrivalSchedule(start: 1_000, rate: 1_000_000)
        #expect(schedule.take(at: 999) == nil)
        #expect(schedule.take(at: 1_000) == 1_000)
        #expect(schedule.take(at: 1_000) == nil)
        #expect(schedule.take(at: 2_500) == 2_000)
        #expect(schedule.next == 3_000)
    }

    @Test func `after a stall the missed arrivals keep their own intended starts`() {
        var schedule = ArrivalSchedule(start: 0, rate: 1_000)
        var taken: [UInt64] = []
        while let intended = schedule.take(at: 5_000_000) { taken.append(intended) }
        #expect(taken == [0, 1_000_000, 2_000_000, 3_000_000, 4_000_000, 5_000_000])
    }

    @Test func `an odd rate does not drift`() {
        var schedule = ArrivalSchedule(start: 0, rate: 3)
        var last: UInt64 = 0
        for _ in 0...3_000_000 { last = schedule.take(at: .max) ?? 0 }
        #expect(abs(Double(last) / 1e15 - 1) < 1e-9)
    }

    @Test func `what nobody took before the end is listed once`() {
        var schedule = ArrivalSchedule(start: 0, rate: 1_000)
        _ = schedule.take(at: 0)
        #expect(schedule.takeAll(before: 3_000_000) == [1_000_000, 2_000_000])
        #expect(schedule.takeAll(before: 3_000_000).isEmpty)
    }

    @Test
    func `latency counts from the intended start, so one stall is seen by all that it delayed`() {
        // 100 operations due a millisecond apart; the server answers none for 100 ms, then all at
        // once.
        var schedule = ArrivalSchedule(start: 0, rate: 1_000)
        var recorder = Recorder(duration: 1)
        recorder.begin(at: 0)
        for intended in schedule.takeAll(before: 100_000_000) {
            recorder.succeed(.full, start: intended, now: 100_000_000, resumed: false, open: true)
        }
        let record = recorder.works[Work.full.index]
        #expect(record.latencyCount == 100)
        // Half of them waited for 50 ms and more; uncorrected, all but a connection's worth would
        // look fast.
        #expect(abs(Double(record.latency(50)) / 51e6 - 1) < 0.03)
        #expect(abs(Double(record.latency(99)) / 99e6 - 1) < 0.03)
    }

    @Test func `an operation that was due during the warm-up is counted but is no latency`() {
        var recorder = Recorder(duration: 1)
        recorder.begin(at: 1_000)
        recorder.succeed(.full, start: 500, now: 2_000, resumed: false, open: true)
        #expect(recorder.succeeded == 1)
        #expect(recorder.works[Work.full.index].latencyCount == 0)
        // A closed loop counts it whole: its start is when the last answer came.
        recorder.succeed(.full, start: 500, now: 2_000, resumed: false, open: false)
        #expect(recorder.works[Work.full.index].latencyCount == 1)
    }

    @Test func `an operation without an answer took at least as long as it waited`() {
        var recorder = Recorder(duration: 1)
        recorder.begin(at: 0)
        recorder.abandon(.keptAlive, start: 1_000_000, now: 9_000_000)
        #expect(recorder.unanswered == 1)
        #expect(recorder.succeeded == 0)
        let latency = recorder.works[Work.keptAlive.index].latency(100)
        #expect(abs(Double(latency) / 8e6 - 1) < 0.001)
    }

    @Test func `the warm-up is forgotten, failures in a row are not`() {
        var recorder = Recorder(duration: 1)
        recorder.fail(.full, "early")
        recorder.begin(at: 10)
        #expect(recorder.works[0].failed == 0)
        #expect(recorder.firstFailure == nil)
        #expect(recorder.failuresInRow == 1)
        recorder.fail(.full, "first")
        recorder.fail(.full, "second")
        #expect(recorder.works[0].failed == 2)
        #expect(recorder.firstFailure == "first")
        recorder.succeed(.full, start: 10, now: 20, resumed: false, open: false)
        #expect(recorder.failuresInRow == 0)
    }

    @Test func `slices of time hold what was answered in them, and silent ones are there too`() {
        var recorder = Recorder(duration: 1)
        recorder.begin(at: 0)
        recorder.succeed(.full, start: 0, now: 50_000_000, resumed: false, open: false)
        recorder.succeed(.full, start: 0, now: 250_000_000, resumed: false, open: false)
        recorder.closeSlices(until: 300_000_000)
        #expect(recorder.timeline.map(\.rate) == [10, 0, 10])
        #expect(recorder.timeline.map { $0.p50 > 0 } == [true, false, true])
        #expect(recorder.timeline.map(\.second) == [0.1, 0.2, 0.3])
    }

    @Test func `a mix comes in its shares, evenly and the same each time`() throws {
        var mix = try #require(Mix(text: "1:2:7"))
        var again = mix
        var counts = [0, 0, 0]
        var firstTen: [Work] = []
        for round in 0..<1_000 {
            let work = mix.next()
            #expect(work == again.next())
            counts[work.index] += 1
            if round < 10 { firstTen.append(work) }
        }
        #expect(counts == [100, 200, 700])
        #expect(firstTen.count { $0 == .keptAlive } == 7)
        #expect(mix.kinds == Work.allCases)
        #expect(Mix(only: .resumed).kinds == [.resumed])
    }

    @Test(arguments: ["", "1:2", "1:2:3:4", "a:b:c", "-1:1:1", "0:0:0", "1::2"])
    func `shares that are none are refused`(text: String) {
        #expect(Mix(text: text) == nil)
    }
}
