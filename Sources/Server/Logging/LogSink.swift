// SPDX-License-Identifier: Apache-2.0
public import Logging
public import Reactor
internal import Synchronization

/// The log's destination: a bounded queue and one thread that writes, so that no other thread ever
/// waits for the log.
///
/// Lines that find the queue full are dropped and counted; the log says later how many.
public final class LogSink: Sendable {
    private struct Queue {
        var lines: [[UInt8]] = []
        var dropped = 0
        var droppedEver = 0
        var isWriting = false
        var stopped = false
        /// The writer's thread did not end: a thread that wrote now would block as well.
        var abandoned = false

        var isIdle: Bool { lines.isEmpty && dropped == 0 && !isWriting }
    }

    private struct Batch {
        let lines: [[UInt8]]
        let dropped: Int
    }

    /// Lines that wait for the writer, at most a few megabytes; then lines are dropped and counted.
    private static let queueLines = 4096
    /// The size of one write: a pipe's capacity, so that a slow reader is noticed early.
    private static let writeBytesMax = 65_536
    /// The time that the end of the program gives to a log that is not read.
    public static let stopMilliseconds = 2000

    private let queue = Lock(Queue())
    private let thread = Lock<Thread?>(nil)
    private let capacity: Int
    private let levelOrder: Atomic<Int>
    private let write: @Sendable ([UInt8]) -> Void
    /// `human` or `json`, never `auto`.
    public let format: LogFormat
    /// The time of each line.
    let clock: WallClock

    /// Starts the writer for `descriptor`, which stays the caller's and must stay open until
    /// `stop`.
    ///
    /// Throws where no thread can be started.
    public convenience init(
        descriptor: Int32 = 2,
        format: LogFormat,
        level: Logger.Level,
        clock: WallClock
    ) throws(SystemError) {
        let isTerminal = SystemCall.isTerminal(descriptor)
        let chosen = format == .auto ? (isTerminal ? LogFormat.human : .json) : format
        let capacity = Self.queueLines
        try self.init(format: chosen, level: level, capacity: capacity, clock: clock) {
            // A log that cannot be written is no reason to stop serving.
            _ = SystemCall.write(descriptor, $0.span)
        }
    }

    init(
        format: LogFormat,
        level: Logger.Level,
        capacity: Int,
        clock: WallClock,
        write: @escaping @Sendable ([UInt8]) -> Void
    ) throws(SystemError) {
        precondition(format != .auto && capacity > 0)
        self.format = format
        self.capacity = capacity
        self.clock = clock
        self.write = write
        levelOrder = Atomic(level.order)
        let queue = self.queue
        let started = try Thread.start("log") { Self.run(queue, write, format, clock) }
        thread.withLock { $0 = started }
    }

    /// The least level written by loggers that have none of their own; changes at once for all.
    public var level: Logger.Level {
        get { Logger.Level.allCases[levelOrder.load(ordering: .relaxed)] }
        set { levelOrder.store(newValue.order, ordering: .relaxed) }
    }

    /// Lines that were dropped since the start.
    var dropped: Int { queue.withLock { $0.droppedEver } }

    /// Queues a line that ends in a line feed.
    ///
    /// Never blocks while the writer runs.
    func append(_ line: [UInt8]) {
        enum WriteResult { case done, first, stopped }
        let result: WriteResult = queue.withLock { queue in
            guard !queue.stopped else { return queue.abandoned ? .done : .stopped }
            guard queue.lines.count < capacity else {
                queue.dropped += 1
                queue.droppedEver += 1
                return .done
            }
            queue.lines.append(line)
            return queue.lines.count == 1 ? .first : .done
        }
        switch result {
        case .done: break
        case .first: queue.signal(all: true)
        case .stopped: write(line)
        }
    }

    /// Waits until everything queued before the call is written.
    public func flush() {
        queue.wait { queue in queue.isIdle ? () : nil }
    }

    /// Writes the queue and ends the writer, unless the log is not read for `milliseconds`.
    ///
    /// Later lines are written by the thread that logs them, and dropped where the writer is stuck.
    public func stop(within milliseconds: Int = stopMilliseconds) {
        queue.withLock { $0.stopped = true }
        queue.signal(all: true)
        let written: Void? = queue.wait(milliseconds: milliseconds) { $0.isIdle ? () : nil }
        guard written != nil else {
            queue.withLock { $0.abandoned = true }
            return
        }
        let ended = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        ended?.join()
    }

    // MARK: The writer's thread

    private static func run(
        _ queue: Lock<Queue>,
        _ write: @Sendable ([UInt8]) -> Void,
        _ format: LogFormat,
        _ clock: WallClock
    ) {
        while let batch = next(queue) {
            for line in joined(batch.lines) { write(line) }
            if batch.dropped > 0 { write(note(batch.dropped, format, clock)) }
            queue.withLock { $0.isWriting = false }
            queue.signal(all: true)
        }
    }

    private static func next(_ queue: Lock<Queue>) -> Batch? {
        queue.wait { queue -> Batch?? in
            if !queue.lines.isEmpty || queue.dropped > 0 {
                let batch = Batch(lines: queue.lines, dropped: queue.dropped)
                queue.lines = []
                queue.dropped = 0
                queue.isWriting = true
                return batch
            }
            return queue.stopped ? .some(nil) : nil
        }
    }

    /// Lines together: fewer system calls, and still whole lines in each.
    private static func joined(_ lines: [[UInt8]]) -> [[UInt8]] {
        var chunks: [[UInt8]] = []
        for line in lines {
            if let last = chunks.last, last.count + line.count <= writeBytesMax {
                chunks[chunks.count - 1] += line
            } else {
                chunks.append(line)
            }
        }
        return chunks
    }

    private static func note(
        _ dropped: Int,
        _ format: LogFormat,
        _ clock: WallClock
    ) -> [UInt8] {
        LogLine(
            milliseconds: clock.milliseconds,
            level: .warning,
            label: "handfast.log",
            message: "log lines were dropped: the log was written too slowly",
            metadata: ["dropped": .stringConvertible(dropped)]
        ).bytes(format)
    }
}

extension Logger.Level {
    /// The position in `allCases`, which goes from trace to critical.
    fileprivate var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
