// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Reactor
import Telemetry
import Testing

@testable import Serving

/// The refusals that administrators read: of every endpoint, and nothing of what succeeds.
struct KeptRefusalsTests {
    private let reactor: TestReactor

    init() throws { reactor = try TestReactor() }

    private var kept: [RefusedCall] { reactor.counters.latestRefusals.calls(16) }

    @Test(arguments: ["token", "introspect", "revoke", "par"])
    func `every endpoint's refusals are kept with its path`(endpoint: String) throws {
        let line = reactor.connect(TestReactor.otherThumbprint)
        line.send(Sent.post("/oauth2/\(endpoint)", "client_id=other&token=a"))
        let call = try #require(kept.first)
        #expect(kept.count == 1 && call.endpoint == "/oauth2/\(endpoint)")
        #expect(call.check == "client-unknown" && call.error == "invalid_client")
        #expect(call.clientID == "other" && call.thumbprint == TestReactor.otherThumbprint)
        #expect(!call.isRegistered && call.peer.port == 1)
    }

    @Test func `pages for users too`() throws {
        let line = reactor.connect(nil)
        line.send("GET /oauth2/authorize?client_id=nobody HTTP/1.1\r\nHost: a\r\n\r\n")
        let call = try #require(kept.first)
        #expect(call.endpoint == "/oauth2/authorize" && call.check == "client-unknown")
        #expect(call.thumbprint == nil)
    }

    @Test func `a registered certificate is told as such, and another client's is not`() throws {
        let line = reactor.connect()
        line.send(Sent.post("/oauth2/token", Sent.form + "&scope=write"))
        line.send(Sent.post("/oauth2/token", "grant_type=client_credentials&client_id=other"))
        #expect(kept.map(\.isRegistered) == [false, true])
        #expect(kept.map(\.check) == ["client-unknown", "scope"])
    }

    @Test func `what succeeds is not kept`() throws {
        let line = reactor.connect()
        line.send(Sent.token)
        #expect(line.statuses == [200] && kept.isEmpty)
    }

    @Test func `what a request names is cut, and what names nothing is without a name`() throws {
        let line = reactor.connect()
        let long = String(repeating: "%C3%A4", count: 200)
        line.send(Sent.post("/oauth2/token", "grant_type=client_credentials&client_id=\(long)"))
        line.send(Sent.post("/oauth2/token", "grant_type=client_credentials"))
        let names = kept.map(\.clientID)
        #expect(names.count == 2 && names[0] == nil)
        #expect((names[1]?.utf8.count ?? 0) <= 3 * 128)
    }

    @Test func `no secret of a request is kept`() throws {
        let line = reactor.connect()
        let secrets =
            "client_secret=s3cret&password=s3cret&code=s3cret&refresh_token=s3cret"
            + "&username=s3cret&token=s3cret&code_verifier=s3cret&client_assertion=s3cret"
        for path in ["token", "introspect", "revoke", "par"] {
            line.send(Sent.post("/oauth2/\(path)", "grant_type=password&client_id=app&" + secrets))
        }
        #expect(!kept.isEmpty)
        for call in kept { #expect(!"\(call)".contains("s3cret")) }
    }
}
