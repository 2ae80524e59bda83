// SPDX-License-Identifier: Apache-2.0
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

/// The keys of clients, with the test as their servers, their workers and Upkeep's thread.
final class RemoteKeySetsTests {
    private typealias Keys = RegistryContents.RemoteKeys

    private struct Away: Error, CustomStringConvertible {
        let description: String
    }

    /// The answers of servers, by URI; a missing one fails.
    private final class Answers: Sendable {
        private let bodies = Lock<[String: String]>([:])
        private let asked = Lock<[String]>([])

        subscript(uri: String) -> String? {
            get { bodies.withLock { $0[uri] } }
            set { bodies.withLock { $0[uri] = newValue } }
        }

        func read(_ uri: String) throws -> [UInt8] {
            asked.withLock { $0.append(uri) }
            guard let body = self[uri] else { throw Away(description: "away") }
            return Array(body.utf8)
        }

        /// The URIs that were asked for since the last call.
        func takeAsked() -> [String] { asked.takeAll() }
    }

    private static let key = """
        {"kty":"EC","crv":"P-256","kid":"k","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",\
        "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}
        """
    private static let good = #"{"keys":[\#(key)]}"#
    /// One of its keys cannot be used.
    private static let halfGood = #"{"keys":[\#(key),{"kty":"AKP","kid":"new"}]}"#
    private static let interval: UInt64 = 3_600_000
    private static let uri = "https://a.example/jwks"

    private let scratch: Scratch
    private let store: any RegistrationStore
    private let jobs = HeldJobs()
    private let answers = Answers()
    private let requests = JWKSRefreshRequests()
    private let answered = Lock<[String]>([])
    private let lines = RecordedLog.Lines()
    private let wakes = Wakes()
    private let sets: RemoteKeySets

    init() throws {
        scratch = try Scratch()
        store = try SQLiteDatabase.open(directory: scratch.path + "/data", as: .tool)
        let (answers, wakes) = (answers, wakes)
        sets = RemoteKeySets(
            workers: jobs.submit,
            store: store,
            requests: requests,
            read: { uri, _ in try answers.read(uri) },
            clock: WallClock(),
            log: lines.logger,
            wake: { wakes.wake() }
        )
    }

    private func remote(_ uri: String = uri, fetched: Bool = false) -> Keys {
        Keys(uri: uri, method: .privateKeyJWT, wereFetched: fetched)
    }

    /// Registers a client whose keys are at `uri`.
    private func register(_ clientID: String, _ uri: String = uri) throws {
        var change = ClientChange()
        change.name = clientID
        change.keysURI = uri
        try ClientRegistration.new(change, clientID: clientID, at: 1_000)
            .insert(into: store, by: .server, at: 1_000)
    }

    private func set(_ owner: KeyOwner, _ remote: Keys?, now: UInt64 = 0) {
        sets.set(owner, remote, interval: Self.interval, now: now)
    }

    private func tick(_ now: UInt64) -> [KeyOwner] {
        sets.runDue(FetchPolicy(), interval: Self.interval, now: now)
    }

    private func finishFetch(_ owner: KeyOwner, _ now: UInt64) {
        sets.finishFetch(owner, interval: Self.interval, now: now)
    }

    private func ask(_ clientID: String, now: UInt64) -> Bool {
        requests.ask(.client(clientID), now: now) { [answered] in
            answered.withLock { $0.append(clientID) }
        }
    }

    /// Fetches the keys of `a` for the first time, and has the registry know it.
    private func settle(now: UInt64 = 0) throws {
        answers[Self.uri] = Self.good
        try register("a")
        set("a", remote(), now: now)
        #expect(tick(now) == [])
        jobs.run()
        #expect(tick(now) == ["a"])
        finishFetch("a", now)
        _ = (lines.take(), wakes.take(), answers.takeAsked())
    }

    // MARK: schedule

    @Test func `what is due is fetched, kept, and fetched again after the interval`() throws {
        answers[Self.uri] = Self.good
        try register("a")
        set("a", remote(), now: 50)
        #expect(tick(49) == [] && jobs.count == 0)
        #expect(tick(50) == [] && jobs.count == 1)
        // The fetch is under way, and not begun a second time.
        #expect(tick(60) == [] && jobs.count == 1)
        #expect(wakes.take() == 0)
        jobs.run()
        #expect(wakes.take() == 1)
        #expect(try store.client("a")?.fetchedJWKS == Self.good)
        #expect(tick(70) == ["a"])
        #expect(tick(80) == [] && jobs.count == 0)
        finishFetch("a", 100)
        #expect(sets.next("a") == 100 + Self.interval)
        #expect(lines.messages() == ["keys of a client fetched"])
        #expect(tick(99 + Self.interval) == [] && jobs.count == 0)
        #expect(tick(100 + Self.interval) == [] && jobs.run() == 1)
        #expect(tick(101 + Self.interval) == ["a"])
        // The same again is no news.
        #expect(lines.take().isEmpty)
        #expect(try store.client("a")?.version == 2)
    }

    @Test func `a change of one client leaves the moments of all others`() {
        var all: [KeyOwner: Keys] = [:]
        for number in 0..<1_000 { all["c\(number)"] = remote(fetched: true) }
        sets.update(all, interval: Self.interval, now: 7)
        let before = all.keys.reduce(into: [:]) { $0[$1] = sets.next($1) }
        // Known keys are spread over the interval.
        #expect(before.values.allSatisfy { $0 >= 7 && $0 < 7 + Self.interval })
        #expect(Set(before.values).count > 900)
        set("c1", remote("https://b.example/jwks"), now: 9)
        set("c2", nil, now: 9)
        set("new", remote(), now: 9)
        set("c3", remote(fetched: false), now: 9)
        #expect(sets.next("c1") == 9 && sets.next("new") == 9 && sets.next("c2") == nil)
        for (client, moment) in before where !["c1", "c2"].contains(client) {
            #expect(sets.next(client) == moment)
        }
        // Not even where everything was read anew.
        all["c2"] = nil
        sets.update(all, interval: Self.interval, now: 20)
        for (client, moment) in before where !["c1", "c2"].contains(client) {
            #expect(sets.next(client) == moment)
        }
        #expect(sets.next("new") == nil && sets.next("c2") == nil)
        #expect(sets.next("c1").map { $0 >= 20 } == true)
    }

    @Test func `no more than sixteen begin in a tick, and none in a full queue`() {
        let all = Dictionary(
            uniqueKeysWithValues: (0..<40).map { (KeyOwner.client("c\($0)"), remote()) }
        )
        sets.update(all, interval: Self.interval, now: 0)
        var begun: [Int] = []
        for now in 0..<4 as Range<UInt64> {
            _ = tick(now)
            begun.append(jobs.count)
        }
        #expect(begun == [16, 32, 40, 40])
        jobs.run()
        _ = tick(10)
        #expect(sets.failing == 40)
        set("late", remote(), now: 20)
        jobs.fill(true)
        #expect(ask("late", now: 20))
        _ = tick(20)
        #expect(jobs.count == 0 && answered.takeAll() == ["late"])
        jobs.fill(false)
        _ = tick(21)
        #expect(jobs.count == 1)
    }

    @Test func `everything is fetched again when that is asked for`() throws {
        try settle()
        #expect(tick(10) == [] && jobs.count == 0)
        sets.refreshAll()
        #expect(tick(11) == [] && jobs.run() == 1)
        #expect(answers.takeAsked() == [Self.uri])
    }

    // MARK: failures

    @Test func `a failure is told once and tried again, later each time`() throws {
        try settle()
        answers[Self.uri] = nil
        sets.refreshAll()
        var now: UInt64 = 10
        var waits: [UInt64] = []
        for _ in 0..<5 {
            #expect(tick(now) == [] && jobs.run() == 1)
            #expect(tick(now) == [] && jobs.count == 0)
            let next = try #require(sets.next("a"))
            waits.append(next - now)
            #expect(tick(next - 1) == [] && jobs.count == 0)
            now = next
        }
        #expect(waits == [10_000, 20_000, 40_000, 60_000, 60_000])
        #expect(sets.failing == 1)
        let said = lines.take(from: .debug)
        #expect(said.map(\.level) == [.warning, .debug, .debug, .debug, .debug])
        #expect(said[0].message == "keys of a client cannot be fetched; the last good ones stay")
        #expect(
            said[0].metadata == ["client_id": "a", "jwks_uri": Self.uri, "reason": "away"]
        )
        // The last good set stays.
        #expect(try store.client("a")?.fetchedJWKS == Self.good)
        answers[Self.uri] = "{"
        #expect(tick(now) == [] && jobs.run() == 1)
        #expect(tick(now) == [])
        #expect(lines.take().map(\.level) == [.warning])
        answers[Self.uri] = Self.good
        now = try #require(sets.next("a"))
        #expect(tick(now) == [] && jobs.run() == 1)
        #expect(tick(now) == ["a"])
        finishFetch("a", now)
        #expect(sets.failing == 0)
        #expect(lines.messages() == ["a jwks_uri answers again"])
        #expect(sets.next("a") == now + Self.interval)
    }

    @Test func `a retry is never later than the interval`() {
        sets.set("a", remote(), interval: 3_000, now: 0)
        _ = sets.runDue(FetchPolicy(), interval: 3_000, now: 0)
        jobs.run()
        _ = sets.runDue(FetchPolicy(), interval: 3_000, now: 0)
        #expect(sets.next("a") == 3_000)
    }

    @Test func `keys that are ignored are told once, and again when they are others`() throws {
        try settle()
        var now: UInt64 = 10
        func fetched(_ body: String) -> [RecordedLog.Line] {
            answers[Self.uri] = body
            sets.refreshAll()
            #expect(tick(now) == [] && jobs.run() == 1)
            #expect(tick(now) == ["a"])
            finishFetch("a", now)
            now += 10
            return lines.take(from: .warning)
        }
        let first = fetched(Self.halfGood)
        #expect(
            first.map(\.message) == ["keys of a client are ignored; the others of its set count"]
        )
        #expect(first.first?.metadata["reason"]?.contains("RSA, EC or OKP") == true)
        #expect(fetched(Self.halfGood).isEmpty)
        #expect(fetched(Self.good).isEmpty)
        #expect(fetched(Self.halfGood).count == 1)
    }

    // MARK: changes meanwhile

    @Test func `what was found at an earlier URI counts for nothing`() throws {
        let other = "https://b.example/jwks"
        answers[Self.uri] = Self.good
        try register("a", other)
        set("a", remote())
        #expect(tick(0) == [] && jobs.count == 1)
        #expect(ask("a", now: 0))
        set("a", remote(other), now: 5)
        jobs.run()
        // The other URI is asked, and its answer is what requests wait for.
        #expect(tick(6) == [] && jobs.count == 1)
        #expect(tick(7) == [] && jobs.count == 1)
        #expect(answered.takeAll() == [])
        #expect(try store.client("a")?.fetchedJWKS == nil)
        #expect(lines.take().isEmpty && sets.failing == 0)
        answers[other] = Self.halfGood
        jobs.run()
        #expect(answers.takeAsked() == [Self.uri, other])
        #expect(tick(8) == ["a"])
        finishFetch("a", 9)
        #expect(answered.takeAll() == ["a"])
        #expect(try store.client("a")?.fetchedJWKS == Self.halfGood)
    }

    @Test func `a failure at an earlier URI is none of the new one`() {
        set("a", remote())
        #expect(tick(0) == [] && jobs.count == 1)
        set("a", remote("https://b.example/jwks", fetched: true), now: 5)
        let moment = sets.next("a")
        jobs.run()
        _ = tick(6)
        #expect(sets.next("a") == moment && sets.failing == 0)
        #expect(lines.take().isEmpty)
    }

    @Test func `a client that goes while its keys are fetched leaves nothing behind`() throws {
        try settle()
        answers[Self.uri] = Self.halfGood
        sets.refreshAll()
        #expect(tick(10) == [] && jobs.count == 1)
        #expect(ask("a", now: 10))
        try store.removeClient("a")
        set("a", nil, now: 11)
        #expect(answered.takeAll() == [])
        // Whoever waits for it is told in the next tick, when the registry is out.
        #expect(tick(12) == [])
        #expect(answered.takeAll() == ["a"])
        jobs.run()
        #expect(tick(13) == [] && jobs.count == 0)
        #expect(try store.client("a") == nil)
        #expect(lines.take(from: .warning).isEmpty && sets.failing == 0)
        finishFetch("a", 14)
        #expect(sets.next("a") == nil)
        // A failing one is no longer counted.
        set("b", remote("https://b.example/jwks"))
        _ = (tick(20), jobs.run(), tick(21))
        #expect(sets.failing == 1)
        set("b", nil, now: 22)
        #expect(sets.failing == 0)
    }

    // MARK: requests

    @Test func `a request is answered when the registry has the keys, and not before`() throws {
        try settle()
        answers[Self.uri] = Self.halfGood
        #expect(ask("a", now: 10))
        #expect(tick(10) == [] && jobs.count == 1)
        #expect(answered.takeAll() == [])
        jobs.run()
        #expect(tick(11) == ["a"])
        #expect(answered.takeAll() == [])
        // One that comes now waits with the first, and causes no second fetch.
        #expect(ask("a", now: 12))
        #expect(tick(12) == [] && jobs.count == 0)
        finishFetch("a", 13)
        #expect(answered.takeAll() == ["a", "a"])
        #expect(tick(14) == [] && jobs.count == 0)
        // An unknown certificate makes the server ask once a minute, and no more.
        #expect(!ask("a", now: 60_009))
        #expect(ask("a", now: 60_010))
        #expect(tick(60_010) == [] && jobs.count == 1)
    }

    @Test func `a fetch that is under way anyway costs no request its one`() throws {
        try settle()
        sets.refreshAll()
        #expect(tick(10) == [] && jobs.count == 1)
        #expect(ask("a", now: 11))
        #expect(tick(11) == [] && jobs.run() == 1)
        #expect(tick(12) == ["a"])
        finishFetch("a", 13)
        #expect(answered.takeAll() == ["a"])
        #expect(ask("a", now: 14))
        #expect(tick(14) == [] && jobs.count == 1)
    }

    @Test func `a request is answered at once where a server does not answer`() throws {
        try settle()
        answers[Self.uri] = nil
        #expect(ask("a", now: 10))
        _ = (tick(10), jobs.run())
        #expect(tick(11) == [])
        #expect(answered.takeAll() == ["a"])
        let moment = sets.next("a")
        #expect(!ask("a", now: 60_009))
        // Strangers do not make it be asked before its time.
        #expect(ask("a", now: 60_010))
        _ = tick(5_000)
        #expect(answered.takeAll() == ["a"])
        #expect(jobs.count == 0 && sets.next("a") == moment)
    }

    @Test func `a request for a client without keys elsewhere is answered`() {
        #expect(ask("nobody", now: 1))
        _ = tick(1)
        #expect(answered.takeAll() == ["nobody"])
        #expect(jobs.count == 0)
    }
}
