// SPDX-License-Identifier: Apache-2.0
import HTTP
import Reactor
import Testing

@testable import Administration
@testable import Console

/// The pages besides those of clients, in front of a server that is played.
struct OtherPagesTests {
    private static let evil = #"\"><script>alert(1)</script>"#

    private static let refusals = #"""
        {"more": true, "refusals": [
          {"kind": "request", "time": "2026-12-01T10:00:00.123Z", "listener": "\#(evil)",
           "peer": "192.0.2.1", "port": 4711, "check": "certificate-not-registered",
           "client_id": "shop", "thumbprint": "t1", "registered": false, "subject": "\#(evil)",
           "issuer": "\#(evil)", "certificate": "-----BEGIN CERTIFICATE-----",
           "endpoint": "\#(evil)",
           "error": "invalid_client", "error_description": "\#(evil)", "meaning": "\#(evil)",
           "remedy": "\#(evil)", "reason": "\#(evil)", "detail": "\#(evil)"},
          {"kind": "handshake", "time": "\#(evil)", "listener": "main", "peer": "::1", "port": 9,
           "check": "tls-handshake", "alert": "unknown_ca", "alert_sender": "peer",
           "progress": "\#(evil)", "failure": "\#(evil)", "meaning": "The peer left.",
           "remedy": "Look."}
        ]}
        """#
    private static let expiring = #"""
        {"more": true, "expiring": [
          {"kind": "client_certificate", "name": "\#(evil)", "ends": 1000, "days_left": 0,
           "ended": true, "handled": false, "remedy": "\#(evil)", "client_id": "\#(evil)",
           "client_name": "\#(evil)", "clients": 3},
          {"kind": "server_certificate", "name": "main", "ends": 99999999999, "days_left": 9,
           "ended": false, "handled": false, "remedy": "Renew it.", "listeners": ["\#(evil)"],
           "server_names": ["\#(evil)"]},
          {"kind": "key", "name": "k1", "ends": 99999999999, "days_left": 9, "ended": false,
           "handled": true, "remedy": "Nothing.", "kid": "k1", "key_kind": "\#(evil)"},
          {"kind": "revocation_list", "name": "\#(evil)", "ends": 1000, "days_left": 0,
           "ended": true, "handled": false, "remedy": "\#(evil)", "trust_sets": ["\#(evil)"]}
        ]}
        """#
    private static let set = #"""
        {"name": "internal", "crl": ["\#(evil)"], "revocation": "hard", "created_at": 1,
         "allow_server_auth_until": "\#(evil)", "labels": {"\#(evil)": "\#(evil)"}, "clients": 30,
         "ca_certificates": {"keys": [{"x5c": ["AAAA"]}, {"x5c": ["\#(evil)"]}]},
         "crl_lists": [{"source": "\#(evil)", "reason": "\#(evil)", "counts": false},
          {"source": "/a.crl", "issuer": "\#(evil)", "entries": 3, "next_update": 99999999999,
           "counts": true}]}
        """#
    private static let clients = #"""
        {"clients": [{"client_id": "\#(evil)", "client_name": "\#(evil)", "enabled": false}]}
        """#
    private static let keys = #"""
        {"keys": [
          {"kid": "\#(evil)", "kind": "ES256", "state": "active", "created_at": 1,
           "active_from": 1},
          {"kid": "k2", "kind": "\#(evil)", "state": "\#(evil)", "created_at": 1, "active_from": 1}
        ]}
        """#
    private static let audit = #"""
        {"entries": [{"sequence": 7, "time": 1, "author": "\#(evil)", "kind": "\#(evil)",
          "id": "\#(evil)", "action": "\#(evil)", "before": {"\#(evil)": "\#(evil)"},
          "after": {"\#(evil)": "new"}}], "next": 7}
        """#
    private static let settings = #"""
        {"settings": [
          {"key": "tls.\#(evil)", "value": "\#(evil)", "source": "file", "origin": "\#(evil)",
           "needs_restart": true, "documentation": "\#(evil)"},
          {"key": "data", "value": "/srv/h", "source": "default", "origin": "default",
           "needs_restart": true, "documentation": "The directory."}
        ]}
        """#
    private static let report = #"""
        {"authenticated": false, "subject": "\#(evil)", "decided_by": "registered",
         "remedy": "\#(evil)",
         "checks": [{"check": "registered", "result": "failed", "detail": "\#(evil)"}]}
        """#
    static let metrics = #"""
        # HELP handfast_build_info Always 1.
        # TYPE handfast_build_info gauge
        handfast_build_info{version="<b>1",openssl="OpenSSL \"3\""} 1
        handfast_start_time_seconds 1700000000
        handfast_requests_total 120
        handfast_handshakes_total 20
        handfast_resumptions_total 5
        handfast_resident_memory_bytes 73400320
        handfast_request_seconds_bucket{endpoint="token",le="0.001"} 50
        handfast_request_seconds_bucket{endpoint="token",le="+Inf"} 100

        """#

    private static let issuer = #"""
        {"name": "\#(evil)", "issuer": "\#(evil)", "jwks_uri": "\#(evil)", "fetched_at": 1,
         "fetched_jwks": {"keys": [{"kid": "\#(evil)", "kty": "\#(evil)"}]},
         "algorithms": ["\#(evil)"], "clients": ["\#(evil)"], "audience": "\#(evil)",
         "subjects": "\#(evil)", "token_audiences": ["\#(evil)"], "scopes": ["\#(evil)"],
         "max_lifetime": 300, "replay": "\#(evil)", "created_at": 1,
         "labels": {"\#(evil)": "\#(evil)"}}
        """#

    private static let server: @Sendable (AskedConsole.Asked) -> ReceivedAnswer = { asked in
        switch (asked.method, asked.path) {
        case ("GET", "/refusals"): ReceivedAnswer(200, refusals)
        case ("GET", "/expiring"): ReceivedAnswer(200, expiring)
        case ("GET", "/trust-sets"): ReceivedAnswer(200, "{\"trust_sets\": [\(set)]}")
        case ("GET", "/trust-sets/internal"): ReceivedAnswer(200, set)
        case ("GET", "/issuers"): ReceivedAnswer(200, "{\"issuers\": [\(issuer)]}")
        case ("GET", "/issuers/partner"): ReceivedAnswer(200, issuer)
        case ("GET", "/clients"): ReceivedAnswer(200, clients)
        case ("GET", "/keys"): ReceivedAnswer(200, keys)
        case ("POST", "/keys"): ReceivedAnswer(201, #"{"kid": "\#(evil)", "kind": "ES256"}"#)
        case ("GET", "/audit"): ReceivedAnswer(200, audit)
        case ("GET", "/configuration"): ReceivedAnswer(200, settings)
        case ("POST", "/verify"): ReceivedAnswer(200, report)
        case ("GET", "/metrics"): ReceivedAnswer(status: 200, content: Array(metrics.utf8))
        case ("POST", "/clients/shop/certificates"): ReceivedAnswer(201, #"{"keys": []}"#)
        default: ReceivedAnswer(404, #"{"detail": "\#(evil)"}"#)
        }
    }

    private static let targets = [
        "/refusals", "/refusals?client=%22%3E%3Cscript%3E&check=client-unknown&limit=100",
        "/refusals/verify?thumbprint=t1&client=shop", "/expiring",
        "/expiring?within=all&kind=key", "/trust-sets", "/trust-sets/internal", "/issuers",
        "/issuers/partner", "/keys",
        "/keys/rotate?kind=%22%3E%3Cscript%3E", "/audit",
        "/audit?kind=client&id=%22%3E%3Cscript%3E&before=9", "/configuration",
        "/audit?author=%22%3E%3Cscript%3E&since=%22%3E%3Cscript%3E&until=2026-01-31",
        "/configuration?q=tls&source=set", "/live",
    ]

    private func console() throws -> AskedConsole {
        try AskedConsole(answer: Self.server).opened()
    }

    @Test(arguments: targets)
    func `no text becomes markup, and a page has one heading and no style of its own`(
        target: String
    ) throws {
        let answer = try console().ask("GET", target)
        #expect(answer.status == 200)
        for part in ["<script", "<h1>", "<main ", "<html lang=\"en\">"] {
            #expect(answer.text.components(of: part) == 1, "\(part)")
        }
        #expect(answer.text.components(of: " style=") == 0)
        #expect(answer.text.components(of: "href=\"javascript:") == 0)
    }

    @Test func `filters go on to the server, and stand in the page`() throws {
        let console = try console()
        let page = try console.ask("GET", "/refusals?client=shop&check=secret-wrong&limit=25")
        let asked = try #require(console.questions.last)
        #expect(asked.query == ["client": "shop", "check": "secret-wrong", "limit": "25"])
        #expect(page.text.contains("value=\"shop\""))
        #expect(page.text.contains("<option value=\"secret-wrong\" selected>"))
        _ = try console.ask("GET", "/refusals?limit=9999")
        #expect(console.questions.last?.query["limit"] == "50")
        _ = try console.ask("GET", "/audit?kind=client&id=c1&before=9")
        #expect(console.questions.last?.query["before"] == "9")
    }

    @Test func `the audit is searched by what entries have, and its pages keep that`() throws {
        let console = try console()
        let search = "kind=user&author=command%3Aann&action=disable&since=2026-01-31"
        let page = try console.ask("GET", "/audit?\(search)&until=2026-02-01T12:00:00Z").text
        let asked = try #require(console.questions.last)
        #expect(asked.query["author"] == "command:ann" && asked.query["action"] == "disable")
        #expect(asked.query["since"] == "2026-01-31T00:00:00Z")
        #expect(asked.query["until"] == "2026-02-01T12:00:00Z" && asked.query["id"] == nil)
        let kept = search.split(separator: "&").joined(separator: "&amp;")
        #expect(page.contains("\(kept)&amp;until=2026-02-01T12%3A00%3A00Z&amp;before=7"))
        #expect(page.contains("value=\"command:ann\"") && page.contains("value=\"2026-01-31\""))
        #expect(page.contains("<option value=\"disable\" selected>Disable</option>"))
    }

    @Test func `a search of the audit that the server refuses says so at its field`() throws {
        let console = try AskedConsole { _ in
            ReceivedAnswer(
                400,
                #"""
                {"detail": "Bad.", "errors": [{"member": "since", "problem": "It is no time."},
                  {"member": "kind", "problem": "Give the kind, too."}]}
                """#
            )
        }.opened()
        let page = try console.ask("GET", "/audit?since=soon&id=c1")
        #expect(page.status == 400 && page.text.contains("Nothing was looked for"))
        #expect(page.text.contains("id=\"since-problem\">Give a day, such as 2027-01-31."))
        #expect(page.text.contains("id=\"kind-problem\">Give the kind, too."))
    }

    @Test func `a certificate that is not registered is two clicks away from being it`() throws {
        let page = try console().ask("GET", "/refusals").text
        #expect(page.contains("href=\"/clients/add?refused=t1\""))
        #expect(page.contains("href=\"/refusals/verify?thumbprint=t1&amp;client=shop\""))
        #expect(page.contains("href=\"/refusals/register?thumbprint=t1&amp;client=shop\""))
        let asked = try console().ask("GET", "/refusals/register?thumbprint=t1&client=shop").text
        #expect(asked.components(of: "action=\"/refusals/register\"") == 1)
        #expect(asked.contains("compare the thumbprint"))
        #expect(page.contains("unknown_ca"))
    }

    /// The list with one refusal that has a certificate.
    private func refusal(_ check: String, _ more: String) throws -> String {
        try AskedConsole { _ in
            ReceivedAnswer(
                200,
                #"""
                {"more": false, "refusals": [
                  {"kind": "request", "time": "2026-12-01T10:00:00.123Z", "listener": "main",
                   "peer": "192.0.2.1", "port": 4711, "check": "\#(check)", "thumbprint": "t1",
                   \#(more) "certificate": "-----BEGIN CERTIFICATE-----"}
                ]}
                """#
            )
        }.opened().ask("GET", "/refusals").text
    }

    @Test func `no certificate is offered for registration where that would not help`() throws {
        for check in ["scope", "chain-refused", "subject-mismatch"] {
            let page = try refusal(check, #""client_id": "shop","#)
            #expect(page.contains("Verify this one") && page.contains("<dd><code>t1</code></dd>"))
            #expect(!page.contains("Register") && !page.contains("for this client"))
        }
        let nameless = try refusal("form-duplicate", "")
        // Those of the search alone.
        #expect(!nameless.contains("Register"))
        #expect(nameless.components(of: "class=\"buttons\"") == 1)
        // The twins: a client that is not there yet, and one that lacks this certificate.
        let unknown = try refusal("client-unknown", #""client_id": "shop","#)
        #expect(unknown.contains("Register as a new client"))
        #expect(!unknown.contains("Register this one") && !unknown.contains("for this client"))
        let lacking = #""client_id": "shop", "registered": false,"#
        let page = try refusal("certificate-not-registered", lacking)
        #expect(page.contains("Register this one for shop"))
        #expect(page.contains("not for this client") && page.contains("Register as a new client"))
    }

    @Test func `a refused certificate stands in the form of a new client`() throws {
        let console = try console()
        let page = try console.ask("GET", "/clients/add?refused=t1")
        #expect(page.status == 200 && page.text.contains("-----BEGIN CERTIFICATE-----"))
        #expect(console.questions.last?.query == ["thumbprint": "t1", "limit": "1"])
    }

    @Test func `a refused certificate is registered for the client that presented it`() throws {
        let console = try console()
        let form = [("client", "shop"), ("thumbprint", "t1")]
        let answer = try console.send("/refusals/register", form)
        #expect(answer.status == 303 && answer.field("Location") == "/clients/shop")
        let sent = try #require(console.questions.last)
        #expect(sent.path == "/clients/shop/certificates")
        #expect(sent.content == "-----BEGIN CERTIFICATE-----")
        let other = try console.send(
            "/refusals/register",
            [("client", "nobody"), ("thumbprint", "t1")]
        )
        #expect(other.field("Location") == "/refusals?client=nobody")
        #expect(
            try console.ask("GET", "/refusals").text.contains("The certificate was not registered")
        )
    }

    @Test func `a certificate that is not among the refusals cannot be registered`() throws {
        let console = try AskedConsole(answer: { _ in
            ReceivedAnswer(200, #"{"refusals": [], "more": false}"#)
        }).opened()
        let form = [("client", "shop"), ("thumbprint", "t1")]
        #expect(try console.send("/refusals/register", form).status == 404)
        #expect(try console.ask("GET", "/refusals/verify?thumbprint=t1&client=a").status == 404)
        #expect(console.questions.allSatisfy { $0.method == "GET" })
        #expect(try console.ask("GET", "/refusals").text.contains("Nothing was refused"))
    }

    @Test func `ends are grouped by their urgency`() throws {
        let console = try console()
        let page = try console.ask("GET", "/expiring?within=30").text
        for id in ["ended", "later", "handled"] {
            #expect(page.components(of: "<h2 id=\"\(id)\"") == 1)
        }
        #expect(!page.contains("<h2 id=\"week\""))
        #expect(page.contains("and 2 more"))
        #expect(console.questions.last?.query["before"]?.hasSuffix("Z") == true)
        _ = try console.ask("GET", "/expiring?within=all")
        #expect(console.questions.last?.query["before"] == nil)
    }

    @Test func `what has ended long ago does not hide what is coming`() throws {
        let console = try AskedConsole { asked in
            func key(_ name: String, _ ends: Int64) -> String {
                #"{"kind": "key", "name": "\#(name)", "ends": \#(ends), "kid": "k"}"#
            }
            let isComing = asked.query["after"] != nil
            let ends = isComing ? key("comes", 99_999_999_999) : key("ended", 1_000)
            return ReceivedAnswer(200, #"{"more": \#(!isComing), "expiring": [\#(ends)]}"#)
        }.opened()
        let page = try console.ask("GET", "/expiring?within=30&kind=key").text
        #expect(page.contains("<bdi>ended</bdi>") && page.contains("<bdi>comes</bdi>"))
        #expect(page.contains("More has ended than is shown"))
        #expect(!page.contains("More ends in this time"))
        let asked = console.questions.map(\.query)
        #expect(asked.map { $0["limit"] } == ["50", "500"])
        #expect(asked.allSatisfy { $0["kind"] == "key" })
        // One second parts them, so that nothing is in both or in neither.
        #expect(asked[0]["before"] == asked[1]["after"] && asked[0]["after"] == nil)
        #expect(asked[1]["before"] != nil && asked.allSatisfy { $0["order"] == "ascending" })
    }

    @Test func `what ends is read from either side, and the address says from which`() throws {
        let console = try console()
        let page = try console.ask("GET", "/expiring?within=30&order=descending").text
        #expect(console.questions.allSatisfy { $0.query["order"] == "descending" })
        #expect(page.contains("<option value=\"descending\" selected>"))
        #expect(page.contains("the 50 that ended last") && page.contains(">Show all</a>"))
        _ = try console.ask("GET", "/expiring?order=sideways")
        #expect(console.questions.last?.query["order"] == "ascending")
    }

    @Test func `a key is made after a question, for a time that is a number`() throws {
        let console = try console()
        #expect(
            try console.ask("GET", "/keys/rotate?kind=ES256").text.contains("<form method=\"post\"")
        )
        #expect(console.questions.isEmpty)
        for bad in ["", "-1", "x", "1.5", "9999999"] {
            let answer = try console.send("/keys/rotate", [("kind", "ES256"), ("minutes", bad)])
            #expect(answer.status == 400)
        }
        #expect(console.questions.isEmpty)
        let answer = try console.send("/keys/rotate", [("kind", "A256GCM"), ("minutes", "10")])
        #expect(answer.field("Location") == "/keys")
        #expect(console.questions.last?.content == #"{"active_in":600,"kind":"A256GCM"}"#)
    }

    @Test func `the audit shows what became of each member`() throws {
        let page = try console().ask("GET", "/audit").text
        #expect(page.contains("id=\"entry-7\"") && page.contains("→"))
        #expect(page.contains("href=\"/audit?before=7\""))
    }

    @Test func `settings are found by text and place`() throws {
        let console = try console()
        #expect(try console.ask("GET", "/configuration").text.contains("/srv/h"))
        #expect(try !console.ask("GET", "/configuration?source=set").text.contains("/srv/h"))
        #expect(try console.ask("GET", "/configuration?q=SRV").text.contains("/srv/h"))
        let nothing = try console.ask("GET", "/configuration?q=absent").text
        #expect(nothing.contains("No setting is like that"))
    }

    @Test func `live numbers come as a page and as markup for it`() throws {
        let console = try console()
        let page = try console.ask("GET", "/live").text
        #expect(page.contains("70.0 MiB") && page.contains("id=\"live\""))
        #expect(page.components(of: "role=\"img\"") == 7 && page.components(of: "<desc ") == 7)
        let numbers = try console.ask("GET", "/live/numbers")
        #expect(numbers.contentType == .json && numbers.text.contains("\"markup\""))
        // Looks within two seconds see one sample.
        #expect(console.questions.count == 1)
    }

    @Test func `metrics that cannot be read are told`() throws {
        let console = try AskedConsole(answer: { _ in
            ReceivedAnswer(status: 200, content: Array("handfast_requests_total x\n".utf8))
        }).opened()
        #expect(try console.ask("GET", "/live").status == 502)
        #expect(try console.ask("GET", "/live/numbers").status == 502)
    }
}

extension String {
    /// How often a part stands in it.
    fileprivate func components(of part: String) -> Int {
        var (count, rest) = (0, self[...])
        while let range = rest.firstRange(of: part) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
