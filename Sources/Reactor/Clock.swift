// SPDX-License-Identifier: Apache-2.0
internal import CLinux

/// The machine's monotonic clock; the time of day is `WallClock`'s.
public enum Clock {
    /// Milliseconds of the monotonic clock: for deadlines, untouched by clock changes.
    public static var milliseconds: UInt64 { handfast_monotonic_nanoseconds() / 1_000_000 }

    /// Seconds of the monotonic clock: for what must not count again when the clock is set.
    public static var steadySeconds: Int64 { Int64(milliseconds / 1000) }

    /// Milliseconds since the machine's start, which also count while it is suspended: for the age
    /// of what was heard of others.
    package static var bootMilliseconds: UInt64 { handfast_boot_nanoseconds() / 1_000_000 }

    /// The moment so many milliseconds ago by the same clock, negative before the machine's start.
    package static func bootMoment(before age: UInt64 = 0) -> Int64 {
        Int64(bootMilliseconds) - min(Int64(clamping: age), .max / 2)
    }

    /// Nanoseconds of CPU time that all threads of the process have used.
    package static var processCPUNanoseconds: UInt64 { handfast_process_cpu_nanoseconds() }

    /// Nanoseconds of the monotonic clock: for measuring.
    public static var nanoseconds: UInt64 { handfast_monotonic_nanoseconds() }
}
