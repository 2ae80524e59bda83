// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import Reactor
import Registration
import Storage
import StorageTesting
import Telemetry
import TestSupport
import Testing

@testable import Administration

/// The list of what ends.
final class ExpiringTests {
    private let asked: AskedListener

    init() throws {
        asked = try AskedListener()
    }

    private func list(_ query: String = "") throws -> [[String: Any]] {
        let answer = try asked.ask("GET", "/expiring\(query)")
        #expect(answer.status == 200)
        return try #require(try answer.json()["expiring"] as? [[String: Any]])
    }

    private func names(_ query: String = "") throws -> [String] {
        try list(query).compactMap { $0["name"] as? String }
    }

    private func certificate(_ number: UInt8, ends: Int64) -> CertificateRecord {
        var certificate = StorageTesting.certificate(number)
        certificate.notAfter = ends
        return certificate
    }

    /// A revocation list, a server certificate, and clients' certificates.
    private func fill() throws {
        asked.gauges.serverCertificates.withLock {
            $0 = [
                CertificateEnd(
                    name: "main",
                    notAfter: 4_000_000_000,
                    path: "/k/a.pem",
                    serverNames: ["a.example"]
                )
            ]
        }
        asked.gauges.revocationListEnds.withLock {
            $0 = [
                RevocationListEnd(
                    source: "/lists/a.crl",
                    issuer: "CN=Root",
                    nextUpdate: 2_000,
                    trustSets: ["internal"]
                )
            ]
        }
        try asked.store.insert([
            client("old", certificates: [certificate(1, ends: 1_000)]),
            client(
                "both",
                certificates: [
                    certificate(2, ends: 3_000), certificate(3, ends: 4_100_000_000),
                ]
            ),
        ])
    }

    @Test func `everything that ends stands in one list by its date, with what to do`() throws {
        try fill()
        let all = try list()
        #expect(
            all.compactMap { $0["kind"] as? String } == [
                "client_certificate", "revocation_list", "client_certificate",
                "server_certificate", "client_certificate",
            ]
        )
        #expect(all.allSatisfy { ($0["remedy"] as? String)?.isEmpty == false })
        #expect(all.compactMap { $0["ended"] as? Bool } == [true, true, true, false, false])
        #expect(all[0]["client_id"] as? String == "old" && all[0]["days_left"] as? Int == 0)
        #expect(all[1]["trust_sets"] as? [String] == ["internal"])
        #expect(all[3]["listeners"] as? [String] == ["main"])
        #expect(all[3]["server_names"] as? [String] == ["a.example"])
        #expect((all[3]["days_left"] as? Int).map { $0 > 0 } == true)
    }

    @Test func `a certificate with a successor is handled, and one without is not`() throws {
        try fill()
        let handled = try list("?kind=client_certificate").map { $0["handled"] as? Bool }
        #expect(handled == [false, true, false])
        var off = client("off", certificates: [certificate(9, ends: 900)])
        off.enabled = false
        try asked.store.insert(off)
        let first = try #require(try list().first)
        #expect(first["client_id"] as? String == "off" && first["handled"] as? Bool == true)
    }

    @Test func `a CA of several clients is handled only where all are off`() throws {
        var off = client("a-off")
        (off.enabled, off.caCertificates) = (false, [certificate(5, ends: 800)])
        try asked.store.insert(off)
        #expect(try list("?kind=client_ca").map { $0["handled"] as? Bool } == [true])
        var on = client("b-on")
        on.caCertificates = [certificate(5, ends: 800)]
        try asked.store.insert(on)
        let shared = try #require(try list("?kind=client_ca").first)
        #expect(shared["handled"] as? Bool == false && shared["clients"] as? Int == 2)
        #expect(shared["client_id"] as? String == "b-on" && shared["enabled"] as? Bool == true)
    }

    @Test func `the list is bounded by time, kind and number`() throws {
        try fill()
        let first = "CN=client 1"
        #expect(try names("?before=1970-01-01T00:30:00Z") == [first])
        #expect(try names("?after=2096-01-01T00:00:00Z").count == 2)
        #expect(try names("?kind=revocation_list") == ["CN=Root"])
        #expect(try names("?kind=key").isEmpty)
        let page = try asked.ask("GET", "/expiring?limit=1").json()
        #expect(page["more"] as? Bool == true)
        #expect((page["expiring"] as? [[String: Any]])?.count == 1)
        #expect(try asked.ask("GET", "/expiring?limit=5").json()["more"] as? Bool == false)
        let (forward, backward) = (try names(""), try names("?order=descending"))
        #expect(try names("?order=ascending") == forward && backward != forward)
        #expect(backward.first == forward.last && backward.count == forward.count)
        #expect(try names("?order=descending&limit=1") == [forward.last])
        for query in ["order=up", "limit=0", "limit=1001", "before=1", "kind=other", "q=a"] {
            #expect(try asked.ask("GET", "/expiring?\(query)").problem(400) != nil)
        }
    }

    @Test func `CAs and permissions of trust sets end, and keys that are replaced`() throws {
        let set = try JSONSerialization.data(
            withJSONObject: ["ca_certificates": [proxyCertificate]]
        )
        let text = String(decoding: set, as: UTF8.self)
        #expect(try asked.send("PUT", "/trust-sets/internal", text).status == 201)
        let CAs = try list("?kind=trust_set_ca")
        #expect(CAs.count == 1 && CAs[0]["trust_set"] as? String == "internal")
        #expect(CAs[0]["name"] as? String == "CN=proxy")
        #expect(try list("?kind=server_auth_permission").isEmpty)
        try asked.store.write(by: .server, at: 1) { writer in
            try writer.insert(key("k1", activeFrom: 1_000))
        }
        #expect(try list("?kind=key").isEmpty)
        var values = ServerFacts.Values()
        values.keySchedule = TokenKeySchedule(days: 30)
        asked.facts.values = values
        let keys = try list("?kind=key")
        #expect(keys.map { $0["ends"] as? Int } == [1_000 + 30 * 86_400])
        #expect(keys[0]["kid"] as? String == "k1" && keys[0]["handled"] as? Bool == true)
    }

    @Test func `settings come with their places`() throws {
        #expect(try asked.ask("GET", "/configuration").json()["settings"] as? [String] == [])
        var values = ServerFacts.Values()
        values.settings = [
            ServerFacts.Setting(
                key: "issuer",
                value: "https://id.example",
                source: .file,
                origin: "/etc/h.yaml:3",
                needsRestart: false,
                documentation: "The issuer."
            )
        ]
        asked.facts.values = values
        let shown = try asked.ask("GET", "/configuration").json()["settings"] as? [[String: Any]]
        let setting = try #require(shown?.first)
        #expect(setting["source"] as? String == "file")
        #expect(setting["value"] as? String == "https://id.example")
        #expect(setting["origin"] as? String == "/etc/h.yaml:3")
    }
}
