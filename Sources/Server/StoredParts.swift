// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import Reactor
internal import Registration
internal import Serving
internal import Storage
internal import Telemetry
internal import Upkeep

/// The parts of a server that are made of what the store has, and the store itself.
struct StoredParts {
    let store: DataStore
    let uses: UsedAssertionWriter
    let grants: StoredGrants
    let upkeep: Upkeep
    /// The secret that nodes derive ticket keys from; nil where they do not share sessions.
    let ticketSecret: [UInt8]?

    /// The parts of a server that outlive its store's connection, for those that are made of both.
    struct Surroundings {
        let replays: SeenAssertions
        let switchedOff: SwitchedOffClients
        let gauges: Gauges
        let clock: WallClock
        let log: Logger
    }

    /// Opens the store that `configuration` names and reads it; blocks.
    ///
    /// A shared store that cannot be opened, or fails while it is read, is away: everything comes
    /// from the node's snapshot then, where there is one.
    static func open(
        _ configuration: ServerConfiguration,
        _ surroundings: Surroundings
    ) throws -> StoredParts {
        let log = surroundings.log
        let ahead = RegistrationsAhead(log: log)
        var store = try DataStore.open(
            configuration.storePlace,
            for: surroundings.clock,
            readingAhead: ahead.read
        )
        if !store.isReadAhead { ahead.forget() }
        for warning in store.warnings { log.warning("\(warning)") }
        if !store.isAway {
            do {
                return try StoredParts(store, ahead, configuration, surroundings)
            } catch let error as StoreError {
                store = try store.away(since: error)
            }
        }
        do {
            return try StoredParts(store, ahead, configuration, surroundings)
        } catch let error as StoreError {
            throw store.unstartable(error)
        }
    }

    private init(
        _ store: DataStore,
        _ ahead: RegistrationsAhead,
        _ configuration: ServerConfiguration,
        _ surroundings: Surroundings
    ) throws {
        let (clock, log) = (surroundings.clock, surroundings.log)
        if !store.isAway { try Self.requireKeys(in: store, configuration, clock) }
        self.store = store
        uses = try UsedAssertionWriter(
            store.usedAssertions,
            surroundings.replays,
            isAway: configuration.assertionReplay == .shared
                && (store.isAway || configuration.isReader),
            clock: clock,
            log: log
        )
        do {
            grants = try StoredGrants(
                store.grants,
                snapshot: store.snapshot,
                isAway: store.isAway,
                mayWrite: !configuration.isReader,
                gauges: surroundings.gauges,
                clock: clock,
                log: log
            )
        } catch {
            uses.stop()
            throw error
        }
        do {
            ticketSecret = try Server.ticketSecret(configuration, store, at: clock.seconds)
            upkeep = try Upkeep(
                configuration.upkeep,
                registrations: store.registrations,
                ahead: ahead,
                certificateUse: store.certificateUse,
                snapshot: store.snapshot,
                isAway: store.isAway,
                mayWrite: !configuration.isReader,
                switchedOff: surroundings.switchedOff,
                gauges: surroundings.gauges,
                clock: clock,
                log: log
            )
        } catch {
            uses.stop()
            grants.stop()
            throw error
        }
        // Once all of it was read: a snapshot may turn out to be damaged.
        guard let away = store.away else { return }
        log.error(
            "the store is away; this node starts from its snapshot",
            metadata: ["reason": "\(StoreError.sentence(of: away))"]
        )
    }

    /// Makes the keys of tokens that every server has; a reader waits for a node that may write.
    private static func requireKeys(
        in store: DataStore,
        _ configuration: ServerConfiguration,
        _ clock: WallClock
    ) throws {
        guard configuration.isReader else {
            return try TokenKeyRotation.ensure(
                in: store.registrations,
                by: .server,
                at: clock.seconds
            )
        }
        guard try !store.registrations.keys().isEmpty else {
            throw StartError(
                "The store has no keys of tokens yet. Start a node first that may write."
            )
        }
    }
}
