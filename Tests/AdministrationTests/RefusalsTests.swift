// SPDX-License-Identifier: Apache-2.0
import Cryptography
import HTTP
import Network
import OAuth
import Reactor
import Telemetry
import Testing
import Text

@testable import Administration

/// Refusals as administrators read them: of all reactors, filtered, bounded.
struct RefusalsTests {
    private let counters = [Counters(refusalsMax: 5), Counters(refusalsMax: 5)]

    private var refusals: Refusals { Refusals(counters: counters, listeners: ["main"]) }

    private func record(
        _ time: Int64,
        reactor: Int,
        client: String? = "app",
        check: String = "secret-wrong",
        certificate: [UInt8]? = nil,
        isRegistered: Bool = false
    ) {
        let call = RefusedCall(
            time: time,
            listener: 0,
            peer: PeerAddress(.version4(0xc000_0201), port: 4711),
            clientID: client,
            endpoint: "/oauth2/token",
            check: check,
            error: "invalid_client",
            description: "client authentication failed",
            thumbprint: certificate.map { Digest256.of($0) },
            isRegistered: isRegistered
        )
        counters[reactor].latestRefusals.record(call) { certificate }
    }

    private func fail(_ time: Int64, reactor: Int, _ failure: HandshakeFailure = .alert) {
        counters[reactor].latestRefusals.record(
            FailedHandshake(
                time: time,
                listener: 0,
                peer: PeerAddress(.version6(1), port: 9),
                failure: failure,
                reason: "tlsv1 alert unknown ca",
                end: HandshakeEnd(.answered, alert: .unknownCA, from: .peer)
            )
        )
    }

    private func answer(_ query: String = "") throws(ProblemDetails) -> JSONValue {
        let values = try QueryValues(Array(query.utf8), RefusalQuery.parameters)
        return refusals.page(RefusalQuery(values))
    }

    private func page(_ query: String = "") throws -> [JSONValue] {
        guard case .array(let entries)? = try answer(query)["refusals"] else { return [] }
        return entries
    }

    private func times(_ query: String = "") throws -> [String?] {
        try page(query).map { $0["time"]?.text.map { String($0.suffix(5).prefix(4)) } }
    }

    @Test func `reactors are merged in the order of time, newest first`() throws {
        for (time, reactor) in [(1, 0), (2, 1), (4, 0), (5, 1)] {
            record(Int64(time), reactor: reactor)
        }
        fail(3, reactor: 1)
        #expect(try times() == [".005", ".004", ".003", ".002", ".001"].map { String($0) })
        #expect(try times("limit=2").count == 2)
        #expect(try answer("limit=2")["more"] == .boolean(true))
        #expect(try answer("limit=5")["more"] == .boolean(false))
    }

    @Test func `client and check say which`() throws {
        record(1, reactor: 0, client: "one")
        record(2, reactor: 1, client: "two", check: "scope")
        record(3, reactor: 0, client: nil)
        fail(4, reactor: 0)
        fail(5, reactor: 0, .proxyHeader)
        #expect(try times("client=one") == [".001"])
        // A parameter without a value is none, as in a form.
        #expect(try times("client=&check=&limit=").count == 5)
        #expect(try times("check=scope") == [".002"])
        #expect(try times("check=tls-handshake") == [".004"])
        #expect(try times("check=proxy-header") == [".005"])
        #expect(try times("client=one&check=scope") == [])
    }

    @Test(arguments: [
        ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=a", "limit"), ("limit=-1", "limit"),
        ("check=nothing", "check"), ("check=Scope", "check"), ("limit=1&limit=2", "limit"),
        ("%", nil), ("other=1", "other"),
    ])
    func `a query that cannot be answered is 400, and says why`(
        query: String,
        parameter: String?
    ) throws {
        do throws(ProblemDetails) {
            _ = try answer(query)
            Issue.record("it is answered")
        } catch {
            #expect(error.status == 400 && error.findings.map(\.member) == [parameter])
            #expect(error.findings.allSatisfy { !$0.problem.isEmpty && !$0.remedy.isEmpty })
        }
    }

    @Test func `a request tells its peer, its client and why`() throws {
        record(1, reactor: 0)
        let entry = try #require(try page().first)
        #expect(entry["kind"]?.text == "request")
        #expect(entry["peer"]?.text == "192.0.2.1" && entry["port"] == .integer(4711))
        #expect(entry["client_id"]?.text == "app" && entry["listener"]?.text == "main")
        #expect(entry["check"]?.text == "secret-wrong")
        #expect(entry["endpoint"]?.text == "/oauth2/token")
        #expect(entry["thumbprint"] == nil && entry["registered"] == nil)
    }

    @Test func `a handshake tells its alert and how far it came`() throws {
        fail(1, reactor: 0)
        let entry = try #require(try page().first)
        #expect(entry["kind"]?.text == "handshake" && entry["check"]?.text == "tls-handshake")
        #expect(entry["failure"]?.text == "alert" && entry["progress"]?.text == "answered")
        #expect(entry["alert"]?.text == "unknown_ca" && entry["alert_sender"]?.text == "peer")
        #expect(entry["peer"]?.text == "::1")
    }

    @Test func `bytes that are no certificate are shown as they came, without names`() throws {
        let check = "certificate-not-registered"
        record(1, reactor: 0, check: check, certificate: [0x30, 0x03, 1, 2, 3])
        record(2, reactor: 0, certificate: [0x30, 0x03, 1, 2, 4], isRegistered: true)
        let entries = try page()
        #expect(entries[1]["certificate"]?.text?.hasPrefix("-----BEGIN CERTIFICATE-----") == true)
        #expect(entries[1]["subject"] == nil && entries[1]["registered"] == .boolean(false))
        #expect(entries[0]["certificate"] == nil && entries[0]["registered"] == .boolean(true))
    }

    @Test func `checks of something else say nothing of a certificate that is not registered`()
        throws
    {
        for (index, check) in ["scope", "chain-refused", "form-duplicate"].enumerated() {
            let certificate = [0x30, 0x03, 1, 2, UInt8(index)]
            record(Int64(index), reactor: 0, check: check, certificate: certificate)
        }
        for entry in try page() {
            #expect(entry["registered"] == nil && entry["thumbprint"] != nil)
            #expect(entry["certificate"] != nil)
        }
        let list = try #require(RefusalList(Array(try answer().indentedText.utf8)))
        #expect(list.text.contains("x5t#S256") && !list.text.contains("registered there"))
        // The twins: the check of it, and one that is in order.
        record(4, reactor: 0, check: "certificate-not-registered", certificate: [0x30, 0x00])
        let wrong = try #require(RefusalList(Array(try answer("limit=1").indentedText.utf8)))
        #expect(wrong.text.contains(", not registered there"))
        record(5, reactor: 0, check: "scope", certificate: [0x30, 0x00], isRegistered: true)
        let right = try #require(RefusalList(Array(try answer("limit=1").indentedText.utf8)))
        #expect(right.text.contains(", registered there"))
    }

    @Test func `people read when, which check, whose, and no control character`() throws {
        record(1, reactor: 0, client: "a\u{1b}[31m")
        fail(2, reactor: 0)
        let content = Array(try answer().indentedText.utf8)
        let list = try #require(RefusalList(content))
        let lines = list.text.split(separator: "\n")
        #expect(lines.count == 4 && !list.text.contains("\u{1b}"))
        #expect(lines[0].contains("tls-handshake") && lines[0].contains("from [::1]:9"))
        #expect(lines[1].contains("alert unknown_ca of the peer"))
        #expect(lines[2].contains("secret-wrong") && lines[2].contains("from 192.0.2.1:4711"))
        #expect(RefusalList(Array("{}".utf8)) == nil)
        let none = try #require(RefusalList(Array(#"{"refusals":[],"more":false}"#.utf8)))
        #expect(none.text == "No refusals.")
    }

    @Test func `each check has its words once, and each failure has some`() {
        let checks = RefusalWords.checks
        #expect(Set(checks) == Set(Check.allCases) && checks.count == Check.allCases.count)
        let words =
            Check.allCases.map { RefusalWords($0) }
            + HandshakeFailure.allCases.map { RefusalWords($0) }
        #expect(words.allSatisfy { $0.meaning.hasSuffix(".") && $0.remedy.hasSuffix(".") })
    }

    @Test func `refusals are found by a certificate's thumbprint`() throws {
        record(1, reactor: 0, certificate: [0x30, 0x03, 1, 2, 3])
        record(2, reactor: 0, certificate: [0x30, 0x03, 1, 2, 4])
        fail(3, reactor: 0)
        let thumbprint = try #require(try page()[2]["thumbprint"]?.text)
        let found = try page("thumbprint=\(thumbprint)")
        #expect(found.count == 1 && found[0]["thumbprint"]?.text == thumbprint)
        #expect(found[0]["meaning"] != nil && found[0]["remedy"] != nil)
        #expect(try page("thumbprint=other").isEmpty)
    }
}
