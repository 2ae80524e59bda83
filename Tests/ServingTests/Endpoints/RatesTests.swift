// SPDX-License-Identifier: Apache-2.0
import OAuth
import Telemetry
import Testing

@testable import Serving

/// Rates on the wire: 429, Retry-After, and a connection that stays open.
struct RatesTests {
    private let foreign = Sent.post("/oauth2/token", Sent.form + "&client_secret=guess")

    private func reactor(client: String? = nil, address: String? = nil) throws -> TestReactor {
        try TestReactor {
            $0.clientRate = client.flatMap { RequestRate($0) }
            $0.addressRate = address.flatMap { RequestRate($0) }
        }
    }

    @Test func `a client beyond its rate gets 429, and its connection stays`() throws {
        let reactor = try reactor(client: "2/3600")
        let line = reactor.connect()
        for _ in 0..<4 { line.send(Sent.token) }
        #expect(line.statuses == [200, 200, 429, 429] && line.state == .reading)
        let last = try #require(line.answers.last)
        #expect(last.content.hasPrefix(#"{"error":"slow_down","#))
        let retry = try #require(last.fields.first { $0.hasPrefix("Retry-After: ") })
        #expect((1...1800).contains(Int(retry.dropFirst(13)) ?? 0))
        #expect(!last.has("Connection: close"))
        line.send(Sent.health)
        #expect(line.statuses.last == 200)
        let kept = reactor.counters.latestRefusals.calls(8)
        #expect(kept.map(\.check) == ["client-rate", "client-rate"])
        #expect(kept.allSatisfy { $0.clientID == "app" })
    }

    @Test func `without a rate as many are served as come`() throws {
        let line = try reactor().connect()
        for _ in 0..<50 { line.send(Sent.token) }
        for _ in 0..<50 { line.send(foreign) }
        #expect(
            line.statuses == Array(repeating: 200, count: 50) + Array(repeating: 401, count: 50)
        )
    }

    @Test func `an address that has failed too often gets 429 for what fails, and is served`()
        throws
    {
        let reactor = try reactor(address: "2/3600")
        let line = reactor.connect()
        for _ in 0..<4 { line.send(foreign) }
        #expect(line.statuses == [401, 401, 429, 429] && line.state == .reading)
        let last = try #require(line.answers.last)
        #expect(last.content.hasPrefix(#"{"error":"slow_down","#))
        #expect(last.fields.contains { $0.hasPrefix("Retry-After: ") })
        #expect(!last.fields.contains { $0.hasPrefix("WWW-Authenticate") })
        // A client that authenticates is served from the same address, whatever others do there.
        line.send(Sent.token)
        #expect(line.statuses.last == 200)
        line.send(foreign)
        #expect(line.statuses.last == 429)
        let kept = reactor.counters.latestRefusals.calls(8).map(\.check)
        #expect(
            kept == ["address-rate", "address-rate", "address-rate"]
                + ["method-not-registered", "method-not-registered"]
        )
    }

    @Test func `what an authenticated client asks wrongly is not charged to its address`() throws {
        let line = try reactor(address: "1/3600").connect()
        for _ in 0..<5 { line.send(Sent.post("/oauth2/token", Sent.form + "&scope=foreign")) }
        #expect(line.statuses == Array(repeating: 400, count: 5))
        line.send(foreign)
        #expect(line.statuses.last == 401)
    }

    @Test func `introspection, revocation and pushed requests fail at the same address`() throws {
        let line = try reactor(address: "3/3600").connect(TestReactor.otherThumbprint)
        for path in ["token", "introspect", "revoke", "par"] {
            line.send(Sent.post("/oauth2/\(path)", "client_id=other&token=a"))
        }
        #expect(line.statuses == [401, 401, 401, 429])
    }
}
