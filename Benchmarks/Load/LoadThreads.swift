// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import Synchronization

/// Threads of our own: the standard library has none.
enum LoadThreads {
    /// Runs a plan on its threads and joins what they saw; `watch` is called now and then
    /// meanwhile.
    static func run(_ plan: LoadPlan, progress: Progress? = nil) throws(BenchmarkError)
        -> LoadResult
    {
        let gauges = (0..<plan.threads).map { _ in ProgressGauge() }
        var threads: [RunningThread<Result<LoadResult, BenchmarkError>>] = []
        for index in 0..<plan.threads {
            let part = plan.share(of: index)
            let gauge = gauges[index]
            threads.append(
                try RunningThread {
                    if let processor = part.processor { _ = handfast_pin_thread(Int32(processor)) }
                    return Result { () throws(BenchmarkError) in
                        var generator = try LoadGenerator(part, gauge: gauge)
                        return try generator.run()
                    }
                }
            )
        }
        while let progress, !threads.allSatisfy({ $0.isDone }) {
            usleep(100_000)
            progress.show(gauges)
        }
        progress?.clear()
        var parts: [LoadResult] = []
        for thread in threads { parts.append(try thread.join().get()) }
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
