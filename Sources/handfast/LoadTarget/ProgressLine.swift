// SPDX-License-Identifier: Apache-2.0
internal import Reactor
internal import Seeding

/// How far a long command is, on standard error: a bar on a terminal, elsewhere a line at times.
struct ProgressLine {
    /// Often enough for the eye.
    private static let terminalMilliseconds: UInt64 = 100
    /// Seldom enough for a log.
    private static let logMilliseconds: UInt64 = 5_000
    private static let cells = 30

    private let isTerminal = SystemCall.isTerminal(2)
    private var due: UInt64
    private var hasBar = false

    init() {
        due = Clock.milliseconds + (isTerminal ? 0 : Self.logMilliseconds)
    }

    /// Shows `progress` where it is time to.
    mutating func show(_ progress: SeedProgress) {
        let now = Clock.milliseconds
        guard now >= due || isTerminal && progress.done == progress.total else { return }
        due = now + (isTerminal ? Self.terminalMilliseconds : Self.logMilliseconds)
        let count = "\(progress.done) of \(progress.total) \(progress.stage.rawValue)"
        guard isTerminal else { return Output.line(count, to: .error) }
        let full = Self.cells * progress.done / max(progress.total, 1)
        let bar =
            String(repeating: "#", count: full) + String(repeating: ".", count: Self.cells - full)
        // The escape sequence erases the rest of the line.
        Output.write("\r[\(bar)] \(count)\u{1B}[K", to: .error)
        hasBar = true
    }

    /// Leaves the line to what comes next.
    mutating func end() {
        if hasBar { Output.write("\r\u{1B}[K", to: .error) }
        hasBar = false
    }

    /// The seconds since `begun`, with one decimal.
    static func seconds(since begun: UInt64) -> String {
        let tenths = (Clock.milliseconds - begun) / 100
        return "\(tenths / 10).\(tenths % 10)"
    }
}
