/// Threads for what is slow: password hashing, the database. The queue is bounded; what does not fit is refused at once.
public final class WorkerPool: Sendable {
    private struct Queue {
        var jobs: [@Sendable () -> Void] = []
        var head = 0
        var stopped = false

        var count: Int { jobs.count - head }

        mutating func take() -> (@Sendable () -> Void)? {
            guard head < jobs.count else { return nil }
            let job = jobs[head]
            head += 1
            if head == jobs.count {
                jobs.removeAll(keepingCapacity: true)
                head = 0
            }
            return job
        }
    }

    private let queue: Lock<Queue>
    private let capacity: Int
    private let threads: Lock<[Thread]>

    /// Starts `threads` threads; at most `capacity` jobs wait.
    public init(threads count: Int, capacity: Int) throws(SystemError) {
        precondition(count > 0 && capacity > 0)
        queue = Lock(Queue())
        threads = Lock([])
        self.capacity = capacity
        for index in 0..<count {
            let queue = self.queue
            let thread = try Thread.start("worker-\(index)") { Self.work(queue) }
            threads.withLock { $0.append(thread) }
        }
    }

    /// Hands a job over; false when the queue is full or the pool has stopped, and then the job will never run.
    public func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
        let taken = queue.withLock { queue in
            guard !queue.stopped, queue.count < capacity else { return false }
            queue.jobs.append(job)
            return true
        }
        if taken { queue.signal() }
        return taken
    }

    /// Runs what is queued, then ends the threads and waits for them.
    public func stop() {
        queue.withLock { $0.stopped = true }
        queue.signal(all: true)
        let ended = threads.withLock { threads in
            let all = threads
            threads = []
            return all
        }
        for thread in ended { thread.join() }
    }

    private static func work(_ queue: Lock<Queue>) {
        while true {
            let job: (@Sendable () -> Void)? = queue.wait { queue in
                if let job = queue.take() { return .some(job) }
                return queue.stopped ? .some(nil) : nil
            }
            guard let job else { return }
            job()
        }
    }
}
