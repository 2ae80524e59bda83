// SPDX-License-Identifier: Apache-2.0
/// Threads for slow work: password hashing, the database.
///
/// The queue is bounded; a job beyond the bound is refused at once.
public final class WorkerPool: Sendable {
    private struct Queue {
        /// A ring: a job that was taken leaves nothing behind, least of all a password.
        private var ring: [(@Sendable () -> Void)?]
        private var head = 0
        private(set) var count = 0
        var stopped = false

        init(capacity: Int) {
            ring = Array(repeating: nil, count: capacity)
        }

        mutating func add(_ job: @escaping @Sendable () -> Void) -> Bool {
            guard !stopped, count < ring.count else { return false }
            ring[(head + count) % ring.count] = job
            count += 1
            return true
        }

        mutating func take() -> (@Sendable () -> Void)? {
            guard count > 0, let job = ring[head] else { return nil }
            ring[head] = nil
            head = (head + 1) % ring.count
            count -= 1
            return job
        }
    }

    private let queue: Lock<Queue>
    private let threads: Lock<[Thread]>

    /// Starts `threads` threads, called `name` and a number each; at most `capacity` jobs wait.
    public init(
        threads count: Int,
        capacity: Int,
        name: String = "worker"
    ) throws(SystemError) {
        precondition(count > 0 && capacity > 0)
        queue = Lock(Queue(capacity: capacity))
        threads = Lock([])
        for index in 0..<count {
            let queue = self.queue
            do throws(SystemError) {
                let thread = try Thread.start("\(name)-\(index)") { Self.work(queue) }
                threads.withLock { $0.append(thread) }
            } catch {
                stop()
                throw error
            }
        }
    }

    /// Hands a job over; false when the queue is full or the pool has stopped, and then the job
    /// will never run.
    public func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
        let taken = queue.withLock { $0.add(job) }
        if taken { queue.signal() }
        return taken
    }

    /// The number of jobs in the queue.
    public var waiting: Int { queue.withLock { $0.count } }

    /// Runs what is queued, then ends the threads and waits for them.
    public func stop() {
        queue.withLock { $0.stopped = true }
        queue.signal(all: true)
        for thread in threads.takeAll() { thread.join() }
    }

    /// Drops the queue, and does not wait for running jobs.
    ///
    /// For jobs that are not needed when the process ends.
    public func abandon() {
        queue.withLock { queue in
            queue.stopped = true
            while queue.take() != nil {}
        }
        queue.signal(all: true)
        for thread in threads.takeAll() { thread.detach() }
    }

    private static func work(_ queue: Lock<Queue>) {
        // A reactor that wakes must not wait for the end of a password hash on its core.
        Thread.yieldToOthers()
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
