// SPDX-License-Identifier: Apache-2.0
internal import Reactor

/// A moment of this node by two clocks: the wall clock, and the one that counts from the machine's
/// start and also while it is suspended (CLOCK_BOOTTIME).
struct NodeMoment: Sendable, Equatable {
    /// Seconds since 1970.
    var wall: Int64
    /// Milliseconds since the machine's start.
    var boot: UInt64
    /// The name of that start (`/proc/sys/kernel/random/boot_id`); empty where there is none.
    var bootID: String

    private static let bootIDPath = "/proc/sys/kernel/random/boot_id"

    static func now(_ clock: WallClock, bootID: String) -> NodeMoment {
        NodeMoment(wall: clock.seconds, boot: Clock.bootMilliseconds, bootID: bootID)
    }

    static func currentBootID() -> String {
        let bytes = (try? DataFile.read(bootIDPath, upTo: 128)) ?? []
        return String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self)
    }

    /// Milliseconds from this moment until `now`, the larger number of both clocks; nil where
    /// neither can tell.
    ///
    /// Within one start of the machine the clock that nobody can set back counts. After another
    /// start, at least the time since that has passed, and the wall clock says the rest: one that
    /// is behind this moment was set back, and tells nothing.
    func milliseconds(until now: NodeMoment) -> UInt64? {
        let byWall = now.wall >= wall ? UInt64(now.wall - wall) * 1_000 : nil
        guard bootID == now.bootID, !bootID.isEmpty, now.boot >= boot else {
            return byWall.map { max($0, now.boot) }
        }
        return max(now.boot - boot, byWall ?? 0)
    }
}
