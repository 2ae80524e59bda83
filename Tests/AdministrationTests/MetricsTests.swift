// SPDX-License-Identifier: Apache-2.0
import OAuth
import Reactor
import Registration
import Telemetry
import Testing

@testable import Administration

struct MetricsTests {
    private let counters = [Counters(), Counters()]
    private let gauges = Gauges()

    private func lines(version: String = "1.2", openssl: String = "OpenSSL 3") -> [String] {
        let metrics = Metrics(
            counters: counters,
            listeners: ["main"],
            gauges: gauges,
            switchedOff: SwitchedOffClients(),
            checksWaiting: { 7 },
            linesDropped: { 3 },
            startedAt: 1_700_000_000,
            version: version,
            openssl: openssl
        )
        let text = String(decoding: metrics.text(), as: UTF8.self)
        #expect(text.hasSuffix("\n") && !text.contains("\n\n"))
        return text.split(separator: "\n").map(String.init)
    }

    @Test func `every series has its description and its type before it, once`() {
        var described: Set<String> = []
        var name = ""
        for line in lines() {
            let words = line.split(separator: " ").map(String.init)
            if line.hasPrefix("# HELP ") {
                name = words[2]
                #expect(name.hasPrefix("handfast_") && words.count > 3)
                #expect(described.insert(name).inserted)
            } else if line.hasPrefix("# TYPE ") {
                let isCounter = name.hasSuffix("_total")
                let isHistogram = name == "handfast_request_seconds"
                let type = isHistogram ? "histogram" : isCounter ? "counter" : "gauge"
                #expect(line == "# TYPE \(name) \(type)")
            } else {
                let series = String(line.prefix { $0 != " " && $0 != "{" })
                let parts = ["", "_bucket", "_sum", "_count"].map { name + $0 }
                #expect(parts.contains(series))
            }
        }
        #expect(described.count >= 20)
    }

    @Test func `what listeners count is told by their names and by words of ours`() {
        #expect(!lines().contains { $0.hasPrefix("handfast_listener_tokens_issued_total{") })
        let index = ListenerCounters.tokenIndex(
            grant: Grant.password.position,
            method: ClientAuthenticationMethod.secretPost.position
        )
        for counters in counters { counters.listeners[0].tokens[index].add(1) }
        counters[0].listeners[0].refusals.withLock { $0["scope"] = 2 }
        counters[1].listeners[0].refusals.withLock { $0["scope"] = 1 }
        counters[1].listeners[0].failures[HandshakeFailure.notTLS.index].add(4)
        counters[0].latencies[0].record(nanoseconds: 300_000)
        counters[1].latencies[0].record(nanoseconds: 20_000_000_000)
        let all = lines()
        for line in [
            #"listener_tokens_issued_total{listener="main",grant="password","#
                + #"method="client_secret_post"} 2"#,
            #"listener_refusals_total{listener="main",check="scope"} 3"#,
            #"handshake_failures_total{listener="main",kind="not_tls"} 4"#,
            #"request_seconds_bucket{endpoint="token",le="0.00025"} 0"#,
            #"request_seconds_bucket{endpoint="token",le="0.0005"} 1"#,
            #"request_seconds_bucket{endpoint="token",le="10"} 1"#,
            #"request_seconds_bucket{endpoint="token",le="+Inf"} 2"#,
            #"request_seconds_sum{endpoint="token"} 20.0003"#,
            #"request_seconds_count{endpoint="token"} 2"#,
            #"request_seconds_count{endpoint="other"} 0"#,
        ] {
            #expect(all.contains("handfast_" + line), "\(line)")
        }
    }

    @Test func `numbers of reactors are summed`() {
        counters[0].tokens.add(3)
        counters[1].tokens.add(4)
        counters[0].connections.add(2)
        counters[1].refusals.add(9)
        let all = lines()
        #expect(all.contains("handfast_tokens_issued_total 7"))
        #expect(all.contains("handfast_connections_open 2"))
        #expect(all.contains("handfast_refusals_total 9"))
        #expect(all.contains("handfast_handshakes_total 0"))
        #expect(all.contains("handfast_start_time_seconds 1700000000"))
    }

    @Test func `gauges are told as they are now`() {
        gauges.clients.set(5)
        gauges.certificatesExpired.set(1)
        gauges.revocationListsStale.set(2)
        gauges.keyFetchesFailing.set(3)
        gauges.spiffeBundles.set(4)
        gauges.spiffeBundlesStale.set(2)
        gauges.spiffeBundlesFailing.set(1)
        gauges.storeUnreadSeconds.set(12)
        gauges.grantWrites.add(40)
        gauges.grantTransactions.add(2)
        let all = lines()
        #expect(all.contains("handfast_clients 5"))
        #expect(all.contains("handfast_client_certificates_expired 1"))
        #expect(all.contains("handfast_client_certificates_expiring 0"))
        #expect(all.contains("handfast_revocation_lists_stale 2"))
        #expect(all.contains("handfast_jwks_uri_failing 3"))
        #expect(all.contains("handfast_spiffe_bundles 4"))
        #expect(all.contains("handfast_spiffe_bundles_stale 2"))
        #expect(all.contains("handfast_spiffe_bundles_failing 1"))
        #expect(all.contains("handfast_store_unread_seconds 12"))
        // Twelve seconds away: what needs a row is refused, and nothing else.
        func served(_ operation: String, _ needsRow: String, _ value: Int) -> String {
            "handfast_operation_served{operation=\"\(operation)\",needs_row=\"\(needsRow)\"}"
                + " \(value)"
        }
        #expect(all.contains(served("client_credentials", "no", 1)))
        #expect(all.contains(served("refresh_token", "yes", 0)))
        #expect(all.contains(served("client_assertions", "yes", 0)))
        gauges.storeUnreadSecondsMax.set(11)
        #expect(lines().contains(served("client_credentials", "no", 0)))
        #expect(lines().contains(served("documents", "no", 1)))
        gauges.storeUnreadSeconds.set(0)
        #expect(lines().contains(served("refresh_token", "yes", 1)))
        #expect(all.contains("handfast_grant_writes_total 40"))
        #expect(all.contains("handfast_grant_transactions_total 2"))
        gauges.clients.set(4)
        #expect(lines().contains("handfast_clients 4"))
    }

    @Test func `each certificate of the server has a sample under one description`() {
        let series = "handfast_server_certificate_not_after_seconds"
        #expect(!lines().contains { $0.hasPrefix(series) })
        gauges.serverCertificates.withLock { certificates in
            let ends: [(String, Int64)] = [("ecdsa", 1_900_000_000), ("r\"sa", 1_800_000_000)]
            certificates = ends.map { CertificateEnd(name: $0, notAfter: $1) }
        }
        let all = lines()
        #expect(all.filter { $0.hasPrefix("# TYPE \(series) ") } == ["# TYPE \(series) gauge"])
        #expect(
            all.suffix(2) == [
                #"\#(series){name="ecdsa"} 1900000000"#, #"\#(series){name="r\"sa"} 1800000000"#,
            ]
        )
    }

    @Test func `a label's value cannot end its line`() {
        let info = lines(version: "1\"\n\\", openssl: "x").first { $0.contains("build_info{") }
        #expect(info == #"handfast_build_info{version="1\"\n\\",openssl="x"} 1"#)
    }

    @Test func `the queue of the workers and dropped lines are asked for at each reading`() {
        let all = lines()
        #expect(all.contains("handfast_worker_queue_length 7"))
        #expect(all.contains("handfast_log_lines_dropped_total 3"))
    }

    @Test func `seconds are written without loss and without zeros at their end`() {
        let texts = [
            (0, "0"), (1, "0.000000001"), (50_000, "0.00005"), (2_500_000_000, "2.5"),
            (10_000_000_000, "10"), (1_000_000_001, "1.000000001"),
        ]
        for (nanoseconds, text) in texts { #expect(Metrics.seconds(nanoseconds) == text) }
    }

    @Test func `each grant with each method has a place of its own`() {
        var taken: Set<Int> = []
        for grant in Grant.allCases {
            for method in ClientAuthenticationMethod.allCases {
                let index = ListenerCounters.tokenIndex(
                    grant: grant.position,
                    method: method.position
                )
                #expect((0..<64).contains(index) && taken.insert(index).inserted)
            }
        }
        for (position, method) in ClientAuthenticationMethod.allCases.enumerated() {
            #expect(method.position == position)
        }
    }
}
