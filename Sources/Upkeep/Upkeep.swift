// SPDX-License-Identifier: Apache-2.0
package import Logging
package import OAuth
package import Reactor
package import Registration
package import Snapshots
package import Storage
package import Telemetry

/// The sections of the configuration that Upkeep goes by.
package struct UpkeepSettings: Sendable, Equatable {
    package var fetching: FetchSettings
    package var expiry: ExpirySettings
    package var tokenKeys: TokenKeySettings

    package init(
        fetching: FetchSettings,
        expiry: ExpirySettings,
        tokenKeys: TokenKeySettings = TokenKeySettings()
    ) {
        self.fetching = fetching
        self.expiry = expiry
        self.tokenKeys = tokenKeys
    }
}

/// The current registry, keys and JWK Set, for the reactors to start with.
package struct UpkeepState: Sendable {
    package let registry: Registry
    package let keys: TokenKeys
    /// The JWK Set of these keys.
    package let jwks: [UInt8]
}

/// A change since the last update, for the reactors.
package enum UpkeepUpdate: Sendable {
    case registry(Registry)
    /// The keys of tokens; with them the JWK Set.
    case keys(TokenKeys, jwks: [UInt8])
    /// The JWK Set alone.
    case jwks([UInt8])
}

/// Keeps current what requests are decided by, on a thread of its own: the registry, with
/// revocation lists and keys that other servers publish, and the keys of tokens.
///
/// The thread asks neither the store nor the network: `StoreWatcher` reads, and workers fetch and
/// write. This object may be used by every thread.
package final class Upkeep: Sendable {
    /// Records of the certificates that clients use, written by reactors.
    package let usage: CertificateUsage

    private let inbox = UpkeepInbox()
    private let parts: UpkeepParts
    /// The store's content at the start, until the thread takes it.
    private let initial: Lock<StoreNews?>
    /// Where the store is watched from.
    private let beginning: StoreWatcher.Beginning
    private let running = Lock<Running?>(nil)

    private struct Running: Sendable {
        let thread: Thread
        let watcher: StoreWatcher
    }

    /// The last use of certificates has so long to be written at the end, in milliseconds.
    private static let lastWriteMax = 1_000

    /// Reads the store, or where `isAway` its `snapshot`, and starts the workers; blocks.
    ///
    /// Registrations that were read `ahead` of this are not read again. Records that are read of
    /// the store are the node's snapshot from then on, where it keeps one. Where the node may not
    /// write, keys are neither made nor fetched, and usage is not recorded.
    package convenience init(
        _ settings: UpkeepSettings,
        registrations: any RegistrationStore,
        ahead: RegistrationsAhead? = nil,
        certificateUse: any CertificateUseStore,
        snapshot: NodeSnapshot? = nil,
        isAway: Bool = false,
        mayWrite: Bool = true,
        switchedOff: SwitchedOffClients,
        gauges: Gauges,
        clock: WallClock,
        log: Logger
    ) throws {
        try self.init(
            settings,
            registrations: registrations,
            ahead: ahead,
            certificateUse: certificateUse,
            snapshot: snapshot,
            isAway: isAway,
            mayWrite: mayWrite,
            switchedOff: switchedOff,
            gauges: gauges,
            sources: UpkeepSources(),
            clock: clock,
            log: log
        )
    }

    /// The same, with other sources than files and other servers.
    init(
        _ settings: UpkeepSettings,
        registrations: any RegistrationStore,
        ahead: RegistrationsAhead? = nil,
        certificateUse: any CertificateUseStore,
        snapshot: NodeSnapshot? = nil,
        isAway: Bool = false,
        mayWrite: Bool = true,
        switchedOff: SwitchedOffClients,
        gauges: Gauges,
        sources: UpkeepSources,
        clock: WallClock,
        log: Logger
    ) throws {
        if isAway, let snapshot {
            beginning = StoreWatcher.Beginning(aged: try snapshot.age())
            initial = Lock(try StoreNews.read(snapshot, log: log))
        } else {
            let (news, position) =
                try ahead?.take(from: registrations)
                ?? StoreNews.readWhole(registrations, switchedOff, into: snapshot, log: log)
            beginning = StoreWatcher.Beginning(after: position)
            initial = Lock(news)
        }
        let workers = try UpkeepWorkers()
        usage = CertificateUsage()
        parts = UpkeepParts(
            settings: settings,
            registrations: registrations,
            snapshot: snapshot,
            mayWrite: mayWrite,
            switchedOff: switchedOff,
            gauges: gauges,
            sources: sources,
            workers: workers,
            usageWriter: CertificateUseWriter(
                usage,
                to: certificateUse,
                by: workers.store,
                log: log
            ),
            requests: JWKSRefreshRequests(),
            clock: clock,
            log: log
        )
    }

    /// Starts the thread; returns the state that is current then.
    ///
    /// Waits a moment for the revocation lists that can be had at once. `post` is called for each
    /// change that comes after, by the thread.
    package func start(_ post: @escaping @Sendable (UpkeepUpdate) -> Void) throws -> UpkeepState {
        let (parts, inbox, initial) = (parts, inbox, initial)
        let watcher = try StoreWatcher(
            parts.registrations,
            from: beginning,
            parts.switchedOff,
            into: parts.snapshot,
            log: parts.log,
            wake: inbox.wake
        )
        let first = Lock<UpkeepState?>(nil)
        let thread = try Thread.start("upkeep") {
            let loop = UpkeepLoop(parts, inbox, watcher, Self.take(initial), post)
            let state = loop.prepare()
            first.withLock { $0 = state }
            first.signal(all: true)
            loop.run()
        }
        running.withLock { $0 = Running(thread: thread, watcher: watcher) }
        return first.wait { $0 }
    }

    /// Leaves nothing behind: a registry that has changed since is as large again.
    private static func take(_ initial: Lock<StoreNews?>) -> StoreNews {
        let news = initial.withLock { initial in
            defer { initial = nil }
            return initial
        }
        guard let news else { preconditionFailure("Upkeep is started once") }
        return news
    }

    /// Takes over a configuration that was reloaded.
    package func update(_ settings: UpkeepSettings) { inbox.post(settings) }

    /// Lets a request wait for the keys of `owner` at its `jwks_uri`; false where they were
    /// fetched a moment ago, or too many wait.
    ///
    /// `answer` is called once, by Upkeep's thread, when the registry that was posted last has the
    /// keys, or they cannot be had; never where this is false, nor after `stop`.
    package func requestKeys(
        _ owner: KeyOwner,
        now: UInt64,
        answer: @escaping @Sendable () -> Void
    ) -> Bool {
        guard parts.mayWrite, parts.requests.ask(owner, now: now, answer: answer) else {
            return false
        }
        inbox.wake()
        return true
    }

    /// Ends the thread, gives up what is being fetched, and has the use of certificates written, if
    /// the store takes it soon.
    ///
    /// No event is posted after it.
    package func stop() {
        inbox.stop()
        let running = running.withLock { running in
            defer { running = nil }
            return running
        }
        running?.thread.join()
        running?.watcher.stop()
        parts.workers.abandonFetches()
        if parts.mayWrite { parts.usageWriter.finish(milliseconds: Self.lastWriteMax) }
        parts.workers.store.abandon()
    }
}

/// Readers of revocation lists, of key sets and of bundles; tests have others.
struct UpkeepSources: Sendable {
    var readList: RevocationLists.Read = RevocationListSource.read
    var readKeys: RemoteKeySets.Read = RemoteKeySets.get
    var readBundle: SPIFFEBundles.Read = SPIFFEBundleSource.bytes
}

/// The parts that Upkeep's thread works with and shares with other threads.
struct UpkeepParts: Sendable {
    let settings: UpkeepSettings
    let registrations: any RegistrationStore
    let snapshot: NodeSnapshot?
    /// Whether the store takes writes of this node: keys that are made or fetched, and usage.
    let mayWrite: Bool
    let switchedOff: SwitchedOffClients
    let gauges: Gauges
    let sources: UpkeepSources
    let workers: UpkeepWorkers
    let usageWriter: CertificateUseWriter
    let requests: JWKSRefreshRequests
    let clock: WallClock
    let log: Logger
}
