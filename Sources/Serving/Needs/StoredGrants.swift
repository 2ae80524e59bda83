// SPDX-License-Identifier: Apache-2.0
package import Logging
internal import OAuth
package import Reactor
package import Snapshots
package import Storage
package import Telemetry

/// The grants that last, as all reactors reach them: one thread writes, another one reads, and the
/// revoked access tokens are in memory.
package final class StoredGrants: Sendable {
    let writer: GrantWriter
    let reader: GrantReader
    /// The revoked access tokens, as introspection asks for them.
    let revocations: RevokedTokens
    /// The families of refresh tokens of late.
    let recent = RecentFamilies()

    /// Loads the revoked tokens before this returns, and starts the threads.
    ///
    /// Where the store `isAway` they are those of the node's `snapshot`. Writes are counted in
    /// `gauges`; where the node may not write, rows that have ended are left to others.
    package init(
        _ store: any GrantStore,
        snapshot: NodeSnapshot? = nil,
        isAway: Bool = false,
        mayWrite: Bool = true,
        gauges: Gauges,
        clock: WallClock,
        log: Logger
    ) throws {
        revocations = RevokedTokens()
        let position: Int64?
        var age: UInt64?
        if isAway, let snapshot {
            age = try snapshot.age()
            try snapshot.forEachRevocation { [revocations] in revocations.add($0) }
            // All are read once the store is back.
            position = 0
        } else {
            // First, so that none is missed between the two.
            position = try store.revocationPosition()
            // All of them, whatever the clock says now: it may be ahead, and be put right later.
            try store.forEachRevokedToken(after: 0) { [revocations] in revocations.add($0) }
            try snapshot?.replaceRevocations { [revocations] in revocations.write(to: $0) }
        }
        writer = try GrantWriter(
            store,
            revocations,
            recent,
            gauges,
            snapshot: snapshot,
            mayWrite: mayWrite,
            readingAfter: position,
            unreadFor: age,
            clock: clock,
            log: log
        )
        do {
            reader = try GrantReader(store, recent, log: log)
        } catch {
            writer.stop()
            throw error
        }
    }

    /// Reads and writes what waits, then ends the threads and waits for that.
    package func stop() {
        reader.stop()
        writer.stop()
    }
}
