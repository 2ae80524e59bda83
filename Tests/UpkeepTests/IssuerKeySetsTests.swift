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

/// The keys of trusted issuers, which are fetched as those of clients are.
struct IssuerKeySetsTests {
    private static let uri = "https://one.example/jwks"
    private static let good = """
        {"keys":[{"kty":"EC","crv":"P-256","kid":"k",\
        "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",\
        "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}
        """

    @Test func `an issuer's keys are kept with the time, and a bad set leaves them`() throws {
        let (scratch, jobs, body) = (try Scratch(), HeldJobs(), Lock(Self.good))
        let (lines, requests) = (RecordedLog.Lines(), JWKSRefreshRequests())
        let store = try SQLiteDatabase.open(directory: scratch.path + "/data", as: .tool)
        let sets = RemoteKeySets(
            workers: jobs.submit,
            store: store,
            requests: requests,
            read: { _, _ in Array(body.withLock { $0 }.utf8) },
            clock: WallClock(),
            log: lines.logger,
            wake: {}
        )
        let remote = RegistryContents.RemoteKeys(
            uri: Self.uri,
            method: .privateKeyJWT,
            wereFetched: false
        )
        let (owner, answered) = (KeyOwner.issuer("one"), Lock(0))
        func tick(_ now: UInt64) -> [KeyOwner] {
            sets.runDue(FetchPolicy(), interval: 3_600_000, now: now)
        }
        try store.insert(issuer("one"))
        sets.set(owner, remote, interval: 3_600_000, now: 0)
        #expect(requests.ask(owner, now: 0) { answered.withLock { $0 += 1 } })
        // A client of this name is another owner.
        #expect(requests.ask(.client("one"), now: 0) {})
        #expect(tick(0) == [])
        #expect(jobs.run() == 1)
        #expect(tick(1) == [owner])
        let kept = try #require(try store.issuer("one"))
        #expect(kept.fetchedJWKS == Self.good && kept.fetchedAt != nil && kept.version == 2)
        #expect(lines.take().map { $0.metadata["issuer"] } == ["one"])
        #expect(answered.withLock { $0 } == 0)
        sets.finishFetch(owner, interval: 3_600_000, now: 2)
        #expect(answered.withLock { $0 } == 1)
        body.withLock { $0 = #"{"keys":[]}"# }
        #expect(tick(3_600_002) == [])
        jobs.run()
        #expect(tick(3_600_003) == [] && sets.failing == 1)
        #expect(try store.issuer("one") == kept)
    }

    /// They count for a day, however seldom the keys of clients are fetched.
    @Test(arguments: [KeyOwner.issuer("one"), .client("one")])
    func `an issuer's keys are fetched before they end`(owner: KeyOwner) throws {
        let (scratch, jobs) = (try Scratch(), HeldJobs())
        let store = try SQLiteDatabase.open(directory: scratch.path + "/data", as: .tool)
        let day: UInt64 = 86_400_000
        let sets = RemoteKeySets(
            workers: jobs.submit,
            store: store,
            requests: JWKSRefreshRequests(),
            read: { _, _ in Array(Self.good.utf8) },
            clock: WallClock(),
            log: RecordedLog.Lines().logger,
            wake: {}
        )
        try store.insert(issuer("one"))
        var record = client("one")
        (record.authenticationMethod, record.jwksURI) = ("private_key_jwt", Self.uri)
        try store.insert(record)
        let fetched = RegistryContents.RemoteKeys(
            uri: Self.uri,
            method: .privateKeyJWT,
            wereFetched: true
        )
        sets.set(owner, fetched, interval: day, now: 0)
        let isIssuer = owner == .issuer("one")
        if isIssuer { #expect(try #require(sets.next(owner)) < 60_000) }
        sets.refreshAll()
        #expect(sets.runDue(FetchPolicy(), interval: day, now: 1) == [])
        #expect(jobs.run() == 1)
        #expect(sets.runDue(FetchPolicy(), interval: day, now: 2) == [owner])
        sets.finishFetch(owner, interval: day, now: 3)
        #expect(sets.next(owner) == 3 + (isIssuer ? day / 3 : day))
        // The usual interval where that is shorter.
        sets.refreshAll()
        _ = sets.runDue(FetchPolicy(), interval: 3_600_000, now: 4)
        jobs.run()
        _ = sets.runDue(FetchPolicy(), interval: 3_600_000, now: 5)
        sets.finishFetch(owner, interval: 3_600_000, now: 6)
        #expect(sets.next(owner) == 6 + 3_600_000)
    }
}
