// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import OAuth
import OAuthTesting
import Registration
import StorageTesting
import Testing

@testable import Administration

/// Requests beyond a client's rate, and tokens beyond its need, as administrators read them.
final class ClientActivityTests {
    private let asked: AskedListener

    init() throws { asked = try AskedListener() }

    @Test func `what a client asks beyond its rate and its need stands with it`() throws {
        try asked.store.insert(StorageTesting.client("app"))
        let served = try OAuthTesting.client("app", policy(rate: RequestRate("1/60")))
        asked.switchedOff.use(registry(served))
        let fixture = try TokenFixture(registry(served))
        let body = "grant_type=client_credentials&client_id=app"
        _ = try fixture.ask(body)
        let quiet = try asked.ask("GET", "/clients/app")
        #expect(try quiet.json()["activity"] == nil)
        let known = ["If-None-Match: \(try #require(quiet.field("ETag")))"]
        #expect(try asked.ask("GET", "/clients/app", known).status == 304)
        for _ in 0..<3 { _ = try fixture.ask(body) }
        _ = try fixture.ask(body, uptime: 60_000_000_000)
        // A tag is that of the record, which has not changed.
        let busy = try asked.ask("GET", "/clients/app", known)
        #expect(busy.status == 200 && busy.field("ETag") == quiet.field("ETag"))
        let activity = try #require(try busy.json()["activity"] as? [String: Any])
        #expect(activity["slowed_down"] as? Int == 3)
        #expect(activity["tokens_issued_early"] as? Int == 1)
        #expect(activity["last_slowed_down"] as? String == "2027-01-15T08:00:00.000Z")
        // Read only: what was read can be put back, and changes nothing of it.
        let text = String(decoding: busy.content, as: UTF8.self)
        #expect(try asked.send("PUT", "/clients/app", text).status == 200)
        #expect(try asked.ask("GET", "/clients/app").json()["activity"] != nil)
    }

    @Test func `a client that asks what it needs has nothing of the kind`() throws {
        try asked.store.insert(StorageTesting.client("app"))
        let served = try OAuthTesting.client()
        asked.switchedOff.use(registry(served))
        let fixture = try TokenFixture(registry(served))
        for hour in 0..<3 { _ = try fixture.text(now: noon + Int64(hour) * 1_000) }
        #expect(try asked.ask("GET", "/clients/app").json()["activity"] == nil)
    }
}
