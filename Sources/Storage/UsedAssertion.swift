// SPDX-License-Identifier: Apache-2.0
/// A client assertion that was used and could be used again.
public struct UsedAssertion: Sendable, Hashable {
    /// Names it among all clients'; 32 bytes.
    public let digest: [UInt8]
    /// Until when it is remembered, in seconds since 1970.
    public let until: Int64
    /// The same in seconds of the monotonic clock of this boot; the later of the two counts.
    public let steadyUntil: Int64

    /// A use from its parts.
    public init(digest: [UInt8], until: Int64, steadyUntil: Int64) {
        self.digest = digest
        self.until = until
        self.steadyUntil = steadyUntil
    }
}

/// One moment by the clock that can be set and by the one that cannot, in seconds.
public struct StoreMoment: Sendable, Hashable {
    /// Since 1970.
    public let wall: Int64
    /// Since the boot.
    public let steady: Int64

    /// A moment from its parts.
    public init(wall: Int64, steady: Int64) {
        self.wall = wall
        self.steady = steady
    }
}

/// What one transaction of uses came to.
public struct UsesWritten: Sendable, Equatable {
    /// For each use in its order whether it is the first one.
    public let areFirst: [Bool]
    /// How many rows there are more, or fewer, than before.
    public let growth: Int

    /// A result from its parts.
    public init(areFirst: [Bool], growth: Int) {
        self.areFirst = areFirst
        self.growth = growth
    }
}
