// SPDX-License-Identifier: Apache-2.0
/// How long to wait after a failure: doubled with each one in a row, up to a bound.
enum RetryDelay {
    /// Milliseconds until the next attempt; `failures` are those in a row, at least one.
    static func milliseconds(after failures: Int, first: UInt64, most: UInt64) -> UInt64 {
        min(first << UInt64(min(failures - 1, 10)), most)
    }
}
