// SPDX-License-Identifier: Apache-2.0
/// A durable store of used client assertions, against their replay.
///
/// No registry depends on them: they are in no change log, and have no author. Calls block. In a
/// store that several machines share the wall clock alone counts: their monotonic clocks have
/// nothing to do with each other.
package protocol UsedAssertionStore: Sendable {
    /// Keeps `uses` in one transaction, durable when this returns, and tells which are the first.
    ///
    /// A use that is over by both clocks is replaced; another one stays, and makes its use a
    /// repetition. With `sweeping` the uses that are over are removed whose digest begins with that
    /// byte: a 256th of all, so that no transaction is long.
    func recordUses(
        _ uses: [UsedAssertion],
        now: StoreMoment,
        sweeping byte: UInt8?
    ) throws(StoreError) -> UsesWritten

    /// Removes every expired use; returns how many are left.
    ///
    /// No use's monotonic end stays beyond `steadyMax`: one that is further away is of a boot
    /// before this one. Linear in the uses.
    func forgetUses(now: StoreMoment, steadyMax: Int64) throws(StoreError) -> Int

    /// Calls `body` for every stored use.
    func forEachUse(_ body: (UsedAssertion) -> Void) throws(StoreError)
}

/// A client assertion that was used and could be used again.
public struct UsedAssertion: Sendable, Hashable {
    /// The digest that identifies the assertion among all clients'; 32 bytes.
    public let digest: [UInt8]
    /// The expiry, in seconds since 1970.
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

/// A moment by the wall clock and by the monotonic clock, in seconds.
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

/// The result of one transaction of uses.
public struct UsesWritten: Sendable, Equatable {
    /// For each use in its order whether it is the first one.
    public let areFirst: [Bool]
    /// The change of the number of rows.
    public let growth: Int

    /// A result from its parts.
    public init(areFirst: [Bool], growth: Int) {
        self.areFirst = areFirst
        self.growth = growth
    }
}
