// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Fetch
import Logging
import OAuth
import Reactor
import Registration
import SQLiteStore
import Storage
import StorageTesting
import TestSupport
import Testing

@testable import Upkeep

/// Bundles of trust domains, with the test as their servers, their workers and Upkeep's thread.
final class SPIFFEBundlesTests {
    private struct Away: Error, CustomStringConvertible {
        let description = "away"
    }

    private static let url = "https://spire.example/bundle"
    private static let both = [SPIFFEFixtures.ca, SPIFFEFixtures.nextCA]

    private let scratch: Scratch
    private let store: any RegistrationStore
    private let jobs = HeldJobs()
    /// The content of the source; nil for one that does not answer.
    private let content = Lock<[UInt8]?>(nil)
    private let lines = RecordedLog.Lines()
    private let wakes = Wakes()
    private let clock = WallClock()
    private let bundles: SPIFFEBundles
    private var contents: RegistryContents

    init() throws {
        scratch = try Scratch()
        store = try SQLiteDatabase.open(directory: scratch.path + "/data", as: .tool)
        contents = RegistryContents(log: lines.logger)
        bundles = Self.bundles(store, jobs, content, lines, wakes, clock: clock)
    }

    private static func bundles(
        _ store: any RegistrationStore,
        _ jobs: HeldJobs,
        _ content: Lock<[UInt8]?>,
        _ lines: RecordedLog.Lines,
        _ wakes: Wakes,
        mayWrite: Bool = true,
        clock: WallClock = WallClock()
    ) -> SPIFFEBundles {
        SPIFFEBundles(
            files: jobs.submit,
            urls: jobs.submit,
            store: store,
            mayWrite: mayWrite,
            read: { _, _ in
                guard let found = content.withLock({ $0 }) else { throw Away() }
                return found
            },
            clock: clock,
            log: lines.logger,
            wake: { wakes.wake() }
        )
    }

    private func serve(_ cas: [[UInt8]], _ sequence: Int64?, hint: Int = 60) {
        content.withLock { $0 = SPIFFEFixtures.bundle(cas, sequence: sequence, hint: hint) }
    }

    private func register(staleness: Int = 86_400) throws {
        var change = TrustSetChange()
        change.trustDomain = "example.org"
        change.bundle = .init(source: Self.url, bundle: nil)
        change.maxStaleness = staleness
        try TrustSetRegistration.new("mesh", change, at: 1_000)
            .insert(into: store, by: .server, at: 1_000)
        try takeOver()
    }

    /// Reads the store, as its watcher does.
    private func takeOver(_ others: SPIFFEBundles? = nil) throws {
        contents.set(try store.trustSets())
        (others ?? bundles).update(contents.bundles)
    }

    /// Has what is due done, and takes over what came of it.
    private func look(_ now: UInt64) throws {
        bundles.runDue(FetchPolicy(), now: now)
        jobs.run()
        bundles.runDue(FetchPolicy(), now: now)
        try takeOver()
    }

    private var stored: TrustSetRecord? { try? store.trustSet("mesh") }

    // MARK: looks

    @Test func `a bundle is fetched, kept in the store, and fetched again when it asks for`() throws
    {
        serve([SPIFFEFixtures.ca], 7)
        try register()
        #expect(contents.registry(revocations: [:], generation: 1).trustDomains.isEmpty)
        try look(0)
        #expect(stored?.caCertificates == [SPIFFEFixtures.ca] && stored?.spiffe?.sequence == 7)
        #expect(wakes.take() == 1)
        #expect(lines.messages() == ["SPIFFE bundle taken over"])
        let domain = contents.registry(revocations: [:], generation: 2).trustDomains["mesh"]
        #expect(domain?.name == "example.org" && domain?.verifier.anchors.count == 1)
        #expect(contents.registry(revocations: [:], generation: 2).trustSets.isEmpty)
        try look(59_999)
        #expect(jobs.count == 0 && wakes.take() == 0)
        serve(Self.both, 8)
        try look(60_000)
        #expect(stored?.caCertificates == Self.both && stored?.version == 3)
    }

    @Test func `a bundle that is the same makes no change, and is as fresh as the look`() throws {
        serve([SPIFFEFixtures.ca], 7)
        try register()
        try look(0)
        let version = stored?.version
        let freshness = try #require(contents.bundles["mesh"]?.freshness)
        let rows = try store.read { try $0.auditRows(after: 0, limit: 100).count }
        for turn in 1...3 { try look(UInt64(turn) * 60_000) }
        #expect(stored?.version == version)
        #expect(try store.read { try $0.auditRows(after: 0, limit: 100).count } == rows)
        #expect(freshness.isFresh(at: WallClock().seconds))
        let (now, later) = (WallClock().seconds, WallClock().seconds + 86_401)
        #expect(bundles.counts(now: now).bundles == 1 && bundles.counts(now: now).stale == 0)
        #expect(bundles.counts(now: later).stale == 1)
    }

    @Test func `a source that fails keeps the last good bundle, and is asked sooner`() throws {
        serve([SPIFFEFixtures.ca], 7)
        try register()
        try look(0)
        _ = lines.take()
        content.withLock { $0 = nil }
        try look(60_000)
        #expect(bundles.failing == 1)
        try look(65_000)
        #expect(
            lines.messages() == [
                "a SPIFFE bundle cannot be had; the last good one stays until it is too old"
            ]
        )
        content.withLock { $0 = Array("{}".utf8) }
        try look(75_000)
        content.withLock { $0 = SPIFFEFixtures.bundle([], sequence: 9) }
        try look(95_000)
        #expect(stored?.caCertificates == [SPIFFEFixtures.ca] && stored?.spiffe?.sequence == 7)
        serve(Self.both, 9)
        try look(200_000)
        #expect(stored?.caCertificates == Self.both && bundles.failing == 0)
    }

    // MARK: the longest staleness

    /// The waits after the next failures, in milliseconds.
    private func waits(_ count: Int, from moment: UInt64) throws -> [UInt64] {
        var now = moment
        return try (0..<count).map { _ in
            try look(now)
            let next = try #require(bundles.nextTurn())
            defer { now = next }
            return next - now
        }
    }

    @Test(
        arguments: [
            // A third of the longest staleness, where the hint is longer; the hint otherwise.
            (60, 3_600, 20_000), (900, 3_600, 300_000), (900, 300, 300_000), (900, 60, 60_000),
            (86_400, 3_600, 3_600_000), (2_592_000, 3_600, 3_600_000),
        ] as [(Int, Int, UInt64)]
    )
    func `a bundle is looked at before it is too old`(staleness: Int, hint: Int, wait: UInt64)
        throws
    {
        serve([SPIFFEFixtures.ca], 7, hint: hint)
        try register(staleness: staleness)
        try look(0)
        #expect(wakes.take() == 1 && bundles.nextTurn() == wait)
        try look(wait - 1)
        #expect(wakes.take() == 0)
        try look(wait)
        #expect(wakes.take() == 1 && bundles.nextTurn() == 2 * wait)
        // One that goes back is no look that counts, and comes again as often.
        serve([SPIFFEFixtures.ca], 6, hint: hint)
        try look(2 * wait)
        #expect(bundles.failing == 1 && bundles.nextTurn() == 3 * wait)
        content.withLock { $0 = nil }
        #expect(try waits(12, from: 3 * wait).max() == wait)
    }

    @Test func `a bundle that is too old is looked for once a minute`() throws {
        serve([SPIFFEFixtures.ca], 7, hint: 3_600)
        try register()
        try look(0)
        content.withLock { $0 = nil }
        let long = try waits(12, from: 3_600_000)
        #expect(long.last == 3_600_000)
        clock.turn(seconds: 86_402)
        let now = try #require(bundles.nextTurn())
        bundles.runDue(FetchPolicy(), now: now - 3_000_000)
        #expect(bundles.nextTurn() == now - 2_940_000)
        #expect(try waits(3, from: now) == [60_000, 60_000, 60_000])
        clock.turn(seconds: -86_402)
        #expect(try waits(1, from: now + 180_000) == [3_600_000])
    }

    @Test func `a bundle that was never had is looked for once a minute`() throws {
        try register()
        #expect(try waits(7, from: 0) == [5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000])
    }

    @Test func `a shorter staleness brings the next look forward`() throws {
        serve([SPIFFEFixtures.ca], 7, hint: 3_600)
        try register()
        try look(0)
        var change = TrustSetChange()
        change.maxStaleness = 90
        _ = try TrustSetRegistration.change("mesh", by: change, in: store, by: .server, at: 2_000)
        try takeOver()
        bundles.runDue(FetchPolicy(), now: 1)
        #expect(jobs.count == 0 && bundles.nextTurn() == 30_001)
    }

    // MARK: sequences

    @Test func `a sequence that goes back keeps the old, over a restart too`() throws {
        serve(Self.both, 8)
        try register()
        try look(0)
        serve([SPIFFEFixtures.ca], 7)
        _ = lines.take()
        for turn in 1...3 { try look(UInt64(turn) * 60_000) }
        #expect(stored?.caCertificates == Self.both && stored?.spiffe?.sequence == 8)
        let goesBack = "a SPIFFE bundle's sequence goes back; the one that is there stays"
        #expect(lines.messages() == [goesBack])
        let again = Self.bundles(store, jobs, content, lines, wakes)
        try takeOver(again)
        again.runDue(FetchPolicy(), now: 0)
        jobs.run()
        again.runDue(FetchPolicy(), now: 1)
        #expect(stored?.caCertificates == Self.both)
        #expect(lines.messages() == [goesBack] && again.failing == 1)
    }

    @Test func `a sequence that was accepted is taken at once`() throws {
        serve(Self.both, 8)
        try register()
        try look(0)
        serve([SPIFFEFixtures.nextCA], 2)
        try look(60_000)
        #expect(stored?.spiffe?.sequence == 8)
        var change = TrustSetChange()
        change.acceptedSequence = 2
        _ = try TrustSetRegistration.change("mesh", by: change, in: store, by: .server, at: 2_000)
        try takeOver()
        try look(60_001)
        #expect(stored?.caCertificates == [SPIFFEFixtures.nextCA] && stored?.spiffe?.sequence == 2)
    }

    @Test func `a sequence that is accepted during a look is taken after it`() throws {
        serve(Self.both, 8)
        try register()
        try look(0)
        serve([SPIFFEFixtures.nextCA], 2)
        bundles.runDue(FetchPolicy(), now: 60_000)
        #expect(jobs.count == 1)
        var change = TrustSetChange()
        change.acceptedSequence = 2
        _ = try TrustSetRegistration.change("mesh", by: change, in: store, by: .server, at: 2_000)
        try takeOver()
        try look(60_001)
        #expect(stored?.spiffe?.sequence == 2 && jobs.count == 1)
        try look(60_002)
        #expect(stored?.caCertificates == [SPIFFEFixtures.nextCA] && jobs.count == 0)
        #expect(bundles.failing == 0 && bundles.nextTurn() == 120_002)
    }

    // MARK: nodes

    @Test func `another node's newer bundle is not undone`() throws {
        serve([SPIFFEFixtures.ca], 7)
        try register()
        try look(0)
        // This node still has 7 in mind when the other one writes 9.
        bundles.runDue(FetchPolicy(), now: 60_000)
        serve([SPIFFEFixtures.nextCA], 8)
        _ = try store.updateTrustSet("mesh") {
            $0.caCertificates = Self.both
            $0.spiffe?.sequence = 9
        }
        jobs.run()
        bundles.runDue(FetchPolicy(), now: 60_001)
        #expect(stored?.caCertificates == Self.both && stored?.spiffe?.sequence == 9)
    }

    @Test func `a node that only reads writes nothing, and knows what is current`() throws {
        serve([SPIFFEFixtures.ca], 7)
        try register()
        try look(0)
        let reader = Self.bundles(store, jobs, content, lines, wakes, mayWrite: false)
        try takeOver(reader)
        let before = stored
        reader.runDue(FetchPolicy(), now: 0)
        jobs.run()
        reader.runDue(FetchPolicy(), now: 1)
        #expect(reader.failing == 0 && stored == before)
        serve(Self.both, 8)
        reader.runDue(FetchPolicy(), now: 60_001)
        jobs.run()
        reader.runDue(FetchPolicy(), now: 60_002)
        #expect(reader.failing == 1 && stored == before)
    }

    @Test func `a set that is removed is not looked at any more`() throws {
        serve([SPIFFEFixtures.ca], 7)
        try register()
        bundles.runDue(FetchPolicy(), now: 0)
        try store.removeTrustSet("mesh", by: .server, at: 2_000)
        try takeOver()
        jobs.run()
        bundles.runDue(FetchPolicy(), now: 1)
        #expect(bundles.counts(now: 0).bundles == 0 && bundles.nextTurn() == nil)
        #expect(stored == nil)
    }
}
