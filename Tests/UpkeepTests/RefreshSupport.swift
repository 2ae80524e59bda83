// SPDX-License-Identifier: Apache-2.0
import Logging
import Reactor

/// Jobs that were handed to workers, and wait until the test runs them.
final class HeldJobs: Sendable {
    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var isFull = false
    }

    private let state = Lock(State())

    /// In place of a pool's `submit`.
    func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            guard !state.isFull else { return false }
            state.jobs.append(job)
            return true
        }
    }

    /// How many wait.
    var count: Int { state.withLock { $0.jobs.count } }

    /// Refuses what comes, or no longer.
    func fill(_ isFull: Bool) { state.withLock { $0.isFull = isFull } }

    /// Runs the one that waits longest.
    func runFirst() {
        let first = state.withLock { $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }
        first?()
    }

    /// Runs what waits, in its order; how many these were.
    @discardableResult
    func run() -> Int {
        let jobs = state.withLock { state in
            let jobs = state.jobs
            state.jobs = []
            return jobs
        }
        for job in jobs { job() }
        return jobs.count
    }
}

/// A log whose lines the test reads.
struct RecordedLog: LogHandler {
    /// A line.
    struct Line: Equatable, CustomStringConvertible {
        let level: Logger.Level
        let message: String
        var metadata: [String: String] = [:]

        var description: String { "\(level) \(message) \(metadata)" }

        /// The line as the log has it, but for the order of its fields.
        var json: String {
            let fields = metadata.sorted { $0.key < $1.key }.map {
                #","\#($0.key)":"\#($0.value)""#
            }
            return #"{"level":"\#(level)","message":"\#(message)"\#(fields.joined())}"#
        }
    }

    /// All lines so far.
    final class Lines: Sendable {
        private let lines = Lock<[Line]>([])

        /// A logger that writes here.
        var logger: Logger { Logger(label: "test") { _ in RecordedLog(lines: self) } }

        func append(_ line: Line) { lines.withLock { $0.append(line) } }

        /// Those since the last call, from `level` on.
        func take(from level: Logger.Level = .info) -> [Line] {
            lines.takeAll().filter { $0.level >= level }
        }

        /// The messages since the last call.
        func messages(from level: Logger.Level = .info) -> [String] {
            take(from: level).map(\.message)
        }
    }

    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let texts = (event.metadata ?? [:]).mapValues { "\($0)" }
        lines.append(Line(level: event.level, message: "\(event.message)", metadata: texts))
    }
}

/// How often the one who takes findings was woken.
final class Wakes: Sendable {
    private let number = Lock(0)

    func wake() { number.withLock { $0 += 1 } }

    /// Those since the last call.
    func take() -> Int {
        number.withLock { number in
            defer { number = 0 }
            return number
        }
    }
}
