// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import COpenSSL
internal import Glibc

/// One thread's load: many nonblocking TLS connections over one epoll set.
@safe struct LoadGenerator: ~Copyable {
    let plan: LoadPlan
    let client: ClientContext
    let poller: Int32
    let requests: [[UInt8]]
    let expected: [UInt8]
    let gauge: ProgressGauge
    let open: Bool
    var mix: Mix
    var rotation: Rotation?
    var recorder: Recorder
    var slots: [Slot]
    /// The part of an answer that each slot has received: `Slot.inputMax` bytes a slot.
    let input: UnsafeMutablePointer<UInt8>
    /// The last session of each identity, to be resumed.
    var sessions: [OpaquePointer?]
    /// The clients that have resumed a session, or tried to.
    var visited: [Bool]
    var idle: [Int] = []
    var resting: [Int] = []
    var unopened: Range<Int> = 0..<0
    var schedule: ArrivalSchedule?
    var identitiesTaken = 0
    /// Connections are opened, and carry one operation each.
    var opening = false
    /// The run is over: nothing new starts.
    var draining = false

    init(_ plan: LoadPlan, gauge: ProgressGauge) throws(BenchmarkError) {
        let client = try ClientContext(plan)
        let poller = handfast_epoll_create()
        guard poller >= 0 else {
            throw BenchmarkError("no epoll set: \(SystemMessage.text(-poller))")
        }
        self.plan = plan
        self.gauge = gauge
        self.client = client
        self.poller = poller
        requests = plan.bodies.map { plan.target.request(body: $0) }
        expected = Array(plan.expected.utf8)
        mix = plan.mix
        rotation = plan.rotation
        open = plan.pace.arrivals != nil
        recorder = Recorder(duration: plan.duration)
        slots = Array(repeating: Slot(), count: plan.connections)
        // SAFETY: room for every slot, freed in deinit with the sessions.
        unsafe input = .allocate(capacity: plan.connections * Slot.inputMax)
        visited = Array(repeating: false, count: max(1, plan.identities.count))
        unsafe sessions = Array(repeating: nil, count: max(1, plan.identities.count))
    }

    deinit {
        // SAFETY: every connection and session is owned by this value; nothing uses them after it.
        for index in slots.indices {
            let slot = slots[index]
            if let connection = unsafe slot.connection {
                unsafe SSL_free(connection)
                close(slot.descriptor)
            }
        }
        for index in unsafe sessions.indices {
            if let session = unsafe sessions[index] { unsafe SSL_SESSION_free(session) }
        }
        unsafe input.deallocate()
        close(poller)
    }

    /// Opens every connection, carries one operation on each, calls `body` while all are idle, and
    /// closes them.
    mutating func whileOpen<T>(_ body: () -> T) throws(BenchmarkError) -> T {
        try openAll()
        return body()
    }

    /// Warms up, measures, and says what was seen.
    mutating func run() throws(BenchmarkError) -> LoadResult {
        if open || rotation != nil, plan.mix.kinds.contains(.keptAlive) { try openAll() }
        let started = handfast_monotonic_nanoseconds()
        let begin = started + UInt64(plan.warmUp * 1e9)
        let end = begin + UInt64(plan.duration * 1e9)
        if let arrivals = plan.pace.arrivals {
            schedule = ArrivalSchedule(start: started, warmUp: plan.warmUp, ramp: arrivals)
            if idle.isEmpty { idle = Array(slots.indices.reversed()) }
        } else {
            idle.removeAll(keepingCapacity: true)
            for index in slots.indices { start(index, at: handfast_monotonic_nanoseconds()) }
        }
        try turn(until: begin)
        let before = ThreadUsage.now()
        var mark = Mark(succeeded: 0, plan)
        recorder.begin(at: mark.time)
        var result = LoadResult()
        let third = (end - begin) / 3
        result.parts.append(try part(until: begin + third, from: &mark))
        result.parts.append(try part(until: begin + third * 2, from: &mark))
        result.parts.append(try part(until: end, from: &mark))
        let usage = ThreadUsage.now()
        recorder.closeSlices(until: mark.time)
        result.generatorCPU = usage.cpu - before.cpu
        result.waited = usage.waited - before.waited
        let counted = recorder.works
        result.timeline = recorder.timeline
        try settle(end)
        result.works = open ? recorder.works : counted
        // Late answers belong to the latencies; the rate and the cost are those of the measured
        // window.
        for work in Work.allCases {
            result.works[work.index].succeeded = counted[work.index].succeeded
            result.works[work.index].first = counted[work.index].first
        }
        result.reconnected = recorder.reconnected
        result.unanswered = recorder.unanswered
        result.firstFailure = recorder.firstFailure
        result.rotation = rotation
        result.answers = recorder.answers
        result.clientsUsed = min(identitiesTaken, plan.identities.count)
        return result
    }

    // MARK: the loop

    private mutating func openAll() throws(BenchmarkError) {
        let most: Int
        if case .once(let atOnce) = plan.pace {
            most = atOnce
        } else {
            // A grant begins with a password, of which few are hashed at a time.
            most = rotation == nil ? 64 : 4
        }
        opening = true
        defer { opening = false }
        let first = min(most, slots.count)
        unopened = first..<slots.count
        for index in 0..<first { start(index, at: handfast_monotonic_nanoseconds()) }
        while idle.count < slots.count { try poll(milliseconds: 50) }
    }

    private mutating func part(
        until deadline: UInt64,
        from mark: inout Mark
    ) throws(BenchmarkError) -> LoadPart {
        try turn(until: deadline)
        let next = Mark(succeeded: recorder.succeeded, plan)
        let part = next.since(mark)
        mark = next
        return part
    }

    private mutating func turn(until deadline: UInt64) throws(BenchmarkError) {
        while true {
            let now = handfast_monotonic_nanoseconds()
            guard now < deadline else { return }
            issue(now)
            if open, !idle.isEmpty, resting.isEmpty, let next = schedule?.next {
                EpollWait.untilReady(poller, nanoseconds: min(next, deadline) &- min(now, next))
                try poll(milliseconds: 0)
            } else {
                try poll(milliseconds: resting.isEmpty ? 20 : 1)
            }
        }
    }

    /// Starts what is due in an open loop, as far as connections are free.
    private mutating func issue(_ now: UInt64) {
        while !idle.isEmpty, let intended = schedule?.take(at: now) {
            start(idle.removeLast(), at: intended)
        }
    }

    /// Gives late answers two seconds; in an open loop, what never came is then recorded as having
    /// taken at least so long.
    ///
    /// In a closed loop too each request that was sent is answered before the connections end, so
    /// that the target counts what this program counts.
    private mutating func settle(_ end: UInt64) throws(BenchmarkError) {
        let patience = handfast_monotonic_nanoseconds() + 2_000_000_000
        let missed = schedule?.takeAll(before: end) ?? []
        draining = true
        while idle.count + resting.count < slots.count,
            handfast_monotonic_nanoseconds() < patience
        {
            try poll(milliseconds: 20)
        }
        guard open else { return }
        let now = handfast_monotonic_nanoseconds()
        for index in slots.indices {
            let slot = slots[index]
            if slot.phase != .idle, slot.phase != .resting {
                recorder.abandon(slot.work, start: slot.start, now: now)
            }
        }
        for start in missed { recorder.abandon(mix.next(), start: start, now: now) }
    }

    private mutating func poll(milliseconds: Int32) throws(BenchmarkError) {
        if Interruption.happened { throw BenchmarkError("interrupted") }
        guard recorder.failuresInRow < 1_000 else {
            throw BenchmarkError(
                "1,000 operations failed in a row; the first: \(recorder.firstFailure ?? "?")"
            )
        }
        if !draining {
            let again = resting
            resting.removeAll(keepingCapacity: true)
            for index in again { start(index, at: handfast_monotonic_nanoseconds()) }
        }
        // SAFETY: the buffer is a local allocation of as many events as the call may write.
        unsafe withUnsafeTemporaryAllocation(of: handfast_event.self, capacity: 256) { events in
            let count = unsafe handfast_epoll_wait(poller, events.baseAddress, 256, milliseconds)
            for place in 0..<max(0, Int(count)) {
                drive(Int(unsafe events[place].token))
            }
        }
        gauge.publish(recorder.works)
    }
}

/// Where a run stands at some instant.
private struct Mark {
    let time: UInt64
    let succeeded: Int
    let serverCPU: Double?

    init(succeeded: Int, _ plan: LoadPlan) {
        serverCPU = ProcessClock.cpuSeconds(of: plan.serverProcesses)
        time = handfast_monotonic_nanoseconds()
        self.succeeded = succeeded
    }

    func since(_ earlier: Mark) -> LoadPart {
        var part = LoadPart(
            seconds: Double(time - earlier.time) / 1e9,
            succeeded: succeeded - earlier.succeeded
        )
        if let serverCPU, let before = earlier.serverCPU { part.serverCPU = serverCPU - before }
        return part
    }
}
