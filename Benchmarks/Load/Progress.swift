// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import Synchronization

/// One load thread's counters, readable from outside while it runs.
final class ProgressGauge: Sendable {
    private let succeededCount = Atomic<Int>(0)
    private let failedCount = Atomic<Int>(0)

    var succeeded: Int { succeededCount.load(ordering: .relaxed) }
    var failed: Int { failedCount.load(ordering: .relaxed) }

    func publish(_ works: [WorkRecord]) {
        var succeeded = 0
        var failed = 0
        for work in works.indices {
            succeeded += works[work].succeeded
            failed += works[work].failed
        }
        succeededCount.store(succeeded, ordering: .relaxed)
        failedCount.store(failed, ordering: .relaxed)
    }
}

/// The one line on standard error that says how far a long run is.
final class Progress {
    private let label: String
    /// Seconds, the warm-up included.
    private let total: Double
    private var started = handfast_monotonic_nanoseconds()
    private var shown: UInt64 = 0
    private var succeededBefore = 0
    private let onTerminal = isatty(STDERR_FILENO) == 1

    init(_ label: String, total: Double) {
        self.label = label
        self.total = total
    }

    /// The load starts now; until then its clients were decoded.
    func begin() { started = handfast_monotonic_nanoseconds() }

    /// Rewrites the line once a second; on something that is not a terminal, writes one every ten
    /// seconds.
    func show(_ gauges: [ProgressGauge]) {
        let now = handfast_monotonic_nanoseconds()
        let pause: UInt64 = onTerminal ? 1_000_000_000 : 10_000_000_000
        guard now - max(shown, started) >= pause else { return }
        let succeeded = gauges.reduce(0) { $0 + $1.succeeded }
        let failed = gauges.reduce(0) { $0 + $1.failed }
        // The counters start again when the warm-up ends.
        let since = succeeded < succeededBefore ? 0 : succeededBefore
        let rate = Double(succeeded - since) * 1e9 / Double(now - max(shown, started))
        shown = now
        succeededBefore = succeeded
        let elapsed = Double(now - started) / 1e9
        // Other processes tell nothing before their end.
        let counted =
            gauges.isEmpty ? "" : ", \(Format.grouped(rate)) per second, \(failed) failed"
        let line =
            "\(label): \(Format.fixed(elapsed, 0)) of \(Format.fixed(total, 0)) s\(counted)"
        Terminal.error(onTerminal ? "\r\u{1B}[K\(line)" : line + "\n")
    }

    /// Says a step of a run that has many.
    static func step(_ text: String) {
        if isatty(STDERR_FILENO) == 1 { Terminal.error("\r\u{1B}[K\(text)") }
    }

    func clear() { Self.clearLine() }

    static func clearLine() {
        if isatty(STDERR_FILENO) == 1 { Terminal.error("\r\u{1B}[K") }
    }
}

/// Text to the standard streams.
enum Terminal {
    static func error(_ text: String) { write(text, to: STDERR_FILENO) }
    static func output(_ text: String) { write(text, to: STDOUT_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            // SAFETY: the kernel reads at most the slice's count.
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

/// Whether somebody pressed Control-C; loops look at it, so that servers and temporary files are
/// cleared away.
enum Interruption {
    private static let flag = Atomic<Bool>(false)

    /// The process whose end ends this one; 0 for none.
    private static let parent = Atomic<Int32>(0)

    static var happened: Bool {
        if flag.load(ordering: .relaxed) { return true }
        let parent = parent.load(ordering: .relaxed)
        return parent != 0 && getppid() != parent
    }

    /// The end of this process's parent is an interruption too, however it came about.
    static func watchParent() { parent.store(getppid(), ordering: .relaxed) }

    /// Call once, before any thread starts.
    static func watch() {
        flag.store(false, ordering: .relaxed)
        // The handlers only store to an atomic that exists already.
        signal(SIGINT) { _ in Interruption.flag.store(true, ordering: .relaxed) }
        signal(SIGTERM) { _ in Interruption.flag.store(true, ordering: .relaxed) }
        signal(SIGPIPE, SIG_IGN)
    }
}
