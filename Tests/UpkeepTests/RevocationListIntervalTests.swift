// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Fetch
import Logging
import Reactor
import Storage
import TestSupport
import Testing

@testable import Upkeep

/// When sources of revocation lists are looked at again, with the test as a source and both clocks.
final class RevocationListIntervalTests {
    private struct Away: Error {}

    private static let source = "http://a.example/root.crl"
    private static let usual: UInt64 = 3_600_000

    private let urls = HeldJobs()
    private let body = Lock<[UInt8]?>(nil)
    private let clock = WallClock()
    private let lists: RevocationLists

    init() {
        let body = body
        lists = RevocationLists(
            files: { _ in false },
            urls: urls.submit,
            read: { _, _ in
                guard let found = body.withLock({ $0 }) else { throw Away() }
                return try RevocationList.read(found)
            },
            clock: clock,
            log: RecordedLog.Lines().logger,
            wake: {}
        )
    }

    private func publish(_ list: [UInt8]?) { body.withLock { $0 = list } }

    /// Adds the source of a trust set, not yet read.
    private func begin() throws {
        let set = RegistryContents.TrustSet(
            record: TrustSetRecord(
                name: "set",
                caCertificates: [RevocationVectors.root],
                sources: [Self.source],
                revocation: "hard",
                created: 1
            ),
            verifier: try ChainVerifier(anchors: [Certificate(der: RevocationVectors.root)])
        )
        lists.update(["set": set])
    }

    private func tick(_ now: UInt64) -> Bool {
        lists.runDue(FetchPolicy(), interval: Self.usual, now: now)
    }

    /// Has the source read if that is due; whether that changed its list.
    private func refresh(_ now: UInt64) -> Bool {
        _ = tick(now)
        urls.run()
        return tick(now)
    }

    /// Reads the source so many times, whenever that is due; the waits after each, in milliseconds.
    private func waits(_ count: Int, from moment: UInt64) throws -> [UInt64] {
        var now = moment
        return try (0..<count).map { _ in
            _ = refresh(now)
            let next = try #require(lists.nextTurn())
            let wait = next - now
            clock.turn(seconds: Int64(wait / 1_000))
            now = next
            return wait
        }
    }

    private static func list(_ vector: [UInt8]) throws -> RevocationList {
        try RevocationList.read(vector)[0]
    }

    /// Sets the clock to so many seconds before a list's end.
    private func turn(to seconds: Int64, beforeTheEndOf vector: [UInt8]) throws {
        clock.turn(seconds: try Self.list(vector).nextUpdate - seconds - clock.seconds)
    }

    // MARK: the interval

    @Test(
        arguments: [
            (100_000, 90_000_000), (1_000, 900_000), (50, 45_000), (20, 15_000), (11, 6_000),
            (10, 5_000), (5, 5_000), (1, 5_000), (0, 5_000), (-4, 5_000), (-10, 10_000),
            (-59, 59_000), (-60, 60_000), (-1_000_000, 60_000), (-4_000_000_000_000, 60_000),
        ] as [(Int64, UInt64)]
    )
    func `a tenth of the time left is the lead, and the wait after the end is bounded`(
        left: Int64,
        wait: UInt64
    ) throws {
        let list = try Self.list(RevocationVectors.olderList)
        let interval = RevocationListInterval([list])
        #expect(interval.milliseconds(now: list.nextUpdate - left) == wait)
    }

    @Test func `a clock that is far behind makes a long interval, and no lists a short one`() throws
    {
        let interval = RevocationListInterval([try Self.list(RevocationVectors.olderList)])
        #expect(interval.milliseconds(now: -4_000_000_000_000) == 31_536_000 * 900)
        #expect(RevocationListInterval([]).milliseconds(now: 0) == 60_000)
    }

    @Test func `the list that ends first counts, but for one whose successor is there`() throws {
        let older = try Self.list(RevocationVectors.olderList)
        let ended = try Self.list(RevocationVectors.endedList)
        let foreign = try Self.list(RevocationVectors.foreignList)
        let now = ended.nextUpdate + 30
        #expect(RevocationListInterval([foreign, ended]).milliseconds(now: now) == 30_000)
        #expect(RevocationListInterval([foreign, older]).milliseconds(now: now) > Self.usual)
        // Kept until the newer one has proven itself.
        #expect(RevocationListInterval([older, ended]).milliseconds(now: now) > Self.usual)
        #expect(older.isSigned(by: try Certificate(der: RevocationVectors.root)))
        #expect(RevocationListInterval([older, ended]).milliseconds(now: now) == 30_000)
    }

    // MARK: looks

    @Test func `a list that ends before the next look is looked for before its end`() throws {
        try turn(to: 100, beforeTheEndOf: RevocationVectors.olderList)
        publish(RevocationVectors.olderList)
        try begin()
        #expect(refresh(0))
        #expect(!tick(85_000) && urls.count == 0)
        #expect(!tick(90_000) && urls.count == 1)
        publish(RevocationVectors.newerList)
        urls.run()
        #expect(tick(90_001))
    }

    @Test func `a list that ends far away is looked for at the usual interval`() throws {
        try turn(to: 4_010, beforeTheEndOf: RevocationVectors.olderList)
        publish(RevocationVectors.olderList)
        try begin()
        #expect(refresh(0))
        #expect(!tick(Self.usual - 1) && urls.count == 0)
        #expect(!tick(Self.usual) && urls.count == 1)
    }

    @Test func `looks come more often towards the end, and after it up to a minute apart`() throws {
        try turn(to: 10_000, beforeTheEndOf: RevocationVectors.olderList)
        publish(RevocationVectors.olderList)
        try begin()
        let looks = try waits(20, from: 0)
        #expect(looks.first == Self.usual)
        #expect(looks.contains(5_000) && looks.allSatisfy { $0 >= 5_000 })
        let end = try #require(looks.lastIndex(of: 5_000))
        #expect(looks[...end] == looks[...end].sorted(by: >)[...])
        #expect(looks[end...] == looks[end...].sorted()[...])
        #expect(looks.suffix(5) == [60_000, 60_000, 60_000, 60_000, 60_000])
    }

    @Test(arguments: [nil, RevocationVectors.forgedList] as [[UInt8]?])
    func `a source that fails is tried again before the end, and each minute after it`(
        body: [UInt8]?
    ) throws {
        try turn(to: 1_000, beforeTheEndOf: RevocationVectors.olderList)
        publish(RevocationVectors.olderList)
        try begin()
        #expect(refresh(0))
        publish(body)
        lists.refreshAll()
        let before = try waits(7, from: 10)
        #expect(before == [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000])
        let after = try waits(20, from: 635_010)
        #expect(after[0] < 365_000 && after.allSatisfy { $0 >= 5_000 })
        #expect(after.suffix(5) == [60_000, 60_000, 60_000, 60_000, 60_000])
        publish(RevocationVectors.newerList)
        lists.refreshAll()
        #expect(refresh(Self.usual))
    }

    @Test func `one that fails long before the end is tried less and less often`() throws {
        publish(RevocationVectors.olderList)
        try begin()
        #expect(refresh(0))
        publish(nil)
        lists.refreshAll()
        #expect(try waits(12, from: 10).last == Self.usual)
    }

    @Test func `a source without any list is tried once a minute`() throws {
        try begin()
        let found = try waits(7, from: 0)
        #expect(found == [5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000])
    }

    @Test func `a clock that is set forward brings the look forward, and backward does no harm`()
        throws
    {
        publish(RevocationVectors.olderList)
        try begin()
        #expect(refresh(0))
        #expect(lists.nextTurn() == Self.usual)
        try turn(to: -100, beforeTheEndOf: RevocationVectors.olderList)
        #expect(!tick(10) && lists.nextTurn() == 60_010)
        try turn(to: 1_000_000_000, beforeTheEndOf: RevocationVectors.olderList)
        #expect(!tick(20) && lists.nextTurn() == 60_010 && urls.count == 0)
        #expect(!refresh(60_010) && lists.nextTurn() == 60_010 + Self.usual)
    }
}
