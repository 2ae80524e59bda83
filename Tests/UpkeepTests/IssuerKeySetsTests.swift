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
}
