// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// The clocks of this machine.
public enum Clock {
    /// Milliseconds of the monotonic clock: for deadlines, untouched by clock changes.
    public static var milliseconds: UInt64 { handfast_monotonic_nanoseconds() / 1_000_000 }

    /// Seconds of the monotonic clock: for what must not count again when the clock is set.
    public static var steadySeconds: Int64 { Int64(milliseconds / 1000) }

    /// Nanoseconds of the monotonic clock: for measuring.
    public static var nanoseconds: UInt64 { handfast_monotonic_nanoseconds() }

    /// Seconds since 1970: for tokens and certificates.
    public static var epochSeconds: Int64 { handfast_wall_seconds() }

    /// Milliseconds since 1970: for logs.
    public static var epochMilliseconds: Int64 { handfast_wall_milliseconds() }

    /// Lets this thread wait; never a reactor's.
    public static func pause(milliseconds: UInt32) {
        usleep(milliseconds * 1000)
    }
}
