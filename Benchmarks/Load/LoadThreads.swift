// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import Synchronization

/// Threads of our own: the standard library has none.
enum LoadThreads {
    /// Runs a plan on its threads and joins what they saw.
    ///
    /// `ready` is called when each thread has decoded its clients; they start when it returns.
    static func run(
        _ plan: LoadPlan,
        progress: Progress? = nil,
        ready: () throws(BenchmarkError) -> Void = {}
    ) throws(BenchmarkError) -> LoadResult {
        let gauges = (0..<plan.threads).map { _ in ProgressGauge() }
        let gate = StartGate()
        var threads: [RunningThread<Result<LoadResult, BenchmarkError>>] = []
        for index in 0..<plan.threads {
            let part = plan.share(of: index)
            let gauge = gauges[index]
            threads.append(
                try RunningThread {
                    if let processor = part.processor { _ = handfast_pin_thread(Int32(processor)) }
                    return Result { () throws(BenchmarkError) in
                        var generator = try LoadGenerator(part, gauge: gauge)
                        try gate.pass()
                        return try generator.run()
                    }
                }
            )
        }
        // A thread that failed before the gate is done, and does not arrive.
        while gate.arrived + threads.count(where: \.isDone) < plan.threads { usleep(500) }
        progress?.begin()
        let started = Result { () throws(BenchmarkError) in try ready() }
        if case .success = started { gate.open() } else { gate.close() }
        while let progress, !threads.allSatisfy({ $0.isDone }) {
            usleep(100_000)
            progress.show(gauges)
        }
        progress?.clear()
        let results = threads.map { $0.join() }
        try started.get()
        var parts: [LoadResult] = []
        for result in results { parts.append(try result.get()) }
        return LoadResult.joined(parts)
    }

    /// Runs `body` on a thread that is bound to a processor; what it starts inherits that.
    static func onProcessor<T: Sendable>(
        _ processor: Int,
        _ body: @escaping @Sendable () -> T
    ) throws(BenchmarkError) -> T {
        try RunningThread {
            _ = handfast_pin_thread(Int32(processor))
            return body()
        }.join()
    }
}

/// Where the load threads wait for each other: some have more clients to decode than others.
private final class StartGate: Sendable {
    private let arrivals = Atomic<Int>(0)
    /// 0 while it is shut, 1 when it is open, 2 when there is nothing to do.
    private let state = Atomic<Int>(0)

    var arrived: Int { arrivals.load(ordering: .acquiring) }

    func open() { state.store(1, ordering: .releasing) }
    func close() { state.store(2, ordering: .releasing) }

    /// Waits until it is open.
    func pass() throws(BenchmarkError) {
        arrivals.add(1, ordering: .acquiringAndReleasing)
        while true {
            switch state.load(ordering: .acquiring) {
            case 0: usleep(200)
            case 1: return
            default: throw BenchmarkError("interrupted")
            }
        }
    }
}

/// A thread under way and the place where its result will be.
final class RunningThread<Value: Sendable>: Sendable {
    private let handle: UInt64
    private let result: ThreadResult<Value>

    init(_ body: @escaping @Sendable () -> Value) throws(BenchmarkError) {
        let result = ThreadResult<Value>()
        let work = ThreadBody {
            let value = body()
            result.value.withLock { $0 = value }
        }
        var handle: UInt64 = 0
        // SAFETY: the reference taken here is given to the thread, which takes it over; it is taken
        // back where no thread has started.
        let raw = unsafe Unmanaged.passRetained(work).toOpaque()
        let status = unsafe handfast_thread_start(
            &handle,
            1 << 21,
            { argument in
                if let argument = unsafe argument {
                    unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
                }
                return nil
            },
            raw
        )
        guard status == 0 else {
            unsafe Unmanaged<ThreadBody>.fromOpaque(raw).release()
            throw BenchmarkError("no thread: \(SystemMessage.text(status))")
        }
        self.handle = handle
        self.result = result
    }

    var isDone: Bool { result.value.withLock { $0 != nil } }

    /// Waits for the thread; call it once.
    func join() -> Value {
        handfast_thread_join(handle)
        guard let value = result.value.withLock({ $0 }) else {
            preconditionFailure("a joined thread has a result")
        }
        return value
    }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
        self.run = run
    }
}

private final class ThreadResult<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
}
