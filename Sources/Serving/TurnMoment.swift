// SPDX-License-Identifier: Apache-2.0
/// When a reactor's turn began, by the monotonic clock.
struct TurnMoment {
    let nanoseconds: UInt64

    var milliseconds: UInt64 { nanoseconds / 1_000_000 }
}
