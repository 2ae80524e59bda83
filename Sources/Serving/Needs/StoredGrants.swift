// SPDX-License-Identifier: Apache-2.0
package import Logging
internal import OAuth
package import Reactor
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

    /// Loads the revoked tokens before this returns, and starts the threads; writes are counted in
    /// `gauges`.
    package init(
        _ store: any GrantStore,
        gauges: Gauges,
        clock: WallClock,
        log: Logger
    ) throws {
        revocations = RevokedTokens()
        // First, so that none is missed between the two.
        let position = try store.revocationPosition()
        // All of them, whatever the clock says now: it may be ahead, and be put right later.
        try store.forEachRevokedToken(after: 0) { [revocations] in revocations.add($0) }
        writer = try GrantWriter(
            store,
            revocations,
            recent,
            gauges,
            readingAfter: position,
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
