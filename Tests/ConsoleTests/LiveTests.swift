// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Console

/// Numbers of the server as the console reads and draws them.
struct LiveTests {
    private func reading(_ requests: Int, start: Int = 1) throws -> MetricsReading {
        try #require(
            MetricsReading(
                "handfast_requests_total \(requests)\nhandfast_start_time_seconds \(start)\n"
            )
        )
    }

    @Test func `numbers are read with their labels`() throws {
        let reading = try #require(MetricsReading(OtherPagesTests.metrics))
        #expect(reading.sum("requests_total") == 120)
        #expect(reading.label("openssl", of: "build_info") == "OpenSSL \"3\"")
        #expect(reading.all("request_seconds_bucket").map(\.value) == [50, 100])
        #expect(reading.all("absent").isEmpty && reading.sum("absent") == 0)
    }

    @Test(arguments: [
        "", "# HELP only\n", "a", "a ", " 1", "a x", "a NaN", "a{ 1", "a{b} 1", "a{b=c} 1",
        "a{b=\"c} 1", "a{b=\"c\"}1", "a{b=\"\\x\"} 1", "a{b=\"1\",b=\"2\"} 1",
        "a{b=\"1\"c=\"2\"} 1",
        "a-b 1", "a 1 2", "ok 1\n<html>",
    ])
    func `what is no metric is not read`(text: String) {
        #expect(MetricsReading(text) == nil)
    }

    @Test func `percentiles lie within their buckets`() {
        func buckets(_ counts: [(String, Double)]) -> LatencyBuckets {
            LatencyBuckets(
                counts.map {
                    MetricsReading.Sample(name: "b", labels: ["le": $0.0], value: $0.1)
                }
            )
        }
        let all = buckets([("0.1", 50), ("0.2", 100), ("+Inf", 100)])
        #expect(all.percentile(0.5) == 0.1 && all.percentile(0.25) == 0.05)
        let upper = all.percentile(0.75) ?? 0
        #expect(upper > 0.149 && upper < 0.151)
        #expect(buckets([("0.1", 0), ("+Inf", 10)]).percentile(0.5) == .infinity)
        #expect(LatencyBuckets().percentile(0.5) == nil)
        #expect(all.since(all).percentile(0.5) == nil)
    }

    @Test func `samples are taken when it is time, and begin anew after a pause`() throws {
        let samples = LiveSamples()
        func look(_ requests: Int, start: Int = 1, at now: UInt64) throws -> Int {
            let reading = try reading(requests, start: start)
            return try samples.look(now: now) { () throws(ServerAPIError) in reading }.count
        }
        #expect(try look(1, at: 10_000) == 1)
        #expect(try look(2, at: 11_000) == 1)
        #expect(try look(3, at: 12_000) == 2)
        // Another server counts from the beginning.
        #expect(try look(1, start: 2, at: 14_000) == 1)
        #expect(try look(2, start: 2, at: 16_000) == 2)
        #expect(try look(3, start: 2, at: 46_000) == 1)
        for index in 0..<200 { _ = try look(index, start: 2, at: 50_000 + UInt64(index) * 2_000) }
        #expect(try look(1, start: 2, at: 50_000 + 199 * 2_000) == LiveSamples.countMax)
    }

    @Test func `a failure leaves the samples as they were`() throws {
        let samples = LiveSamples()
        let reading = try reading(1)
        _ = try samples.look(now: 1) { () throws(ServerAPIError) in reading }
        #expect(throws: ServerAPIError.unreadable) {
            _ = try samples.look(now: 5_000) { () throws(ServerAPIError) in throw .unreadable }
        }
        let after = try samples.look(now: 5_001) { () throws(ServerAPIError) in reading }
        #expect(after.count == 2)
    }

    @Test func `a chart says in words what it draws`() {
        let chart = LiveChart(
            id: "c",
            title: "<Requests>",
            latest: "1",
            curves: [.init("A", [0, 5, 10]), .init("B", [1])],
            format: LiveNumber.rate
        ).markup.text
        #expect(
            chart.contains("role=\"img\"") && chart.contains("aria-labelledby=\"c-title c-text\"")
        )
        #expect(chart.contains("A: now 10.0/s, between 0.0/s and 10.0/s in the time shown"))
        #expect(chart.contains("B: no curve yet") && !chart.contains("<Requests>"))
        #expect(chart.contains("points=\"223.4,58.0 231.7,30.0 240.0,2.0\""))
    }

    @Test func `numbers are written for people`() {
        #expect(LiveNumber.count(1_234_567) == "1\u{202F}234\u{202F}567")
        #expect(LiveNumber.count(123) == "123" && LiveNumber.count(.nan) == "–")
        #expect(LiveNumber.rate(12.34) == "12.3/s" && LiveNumber.rate(1_234) == "1\u{202F}234/s")
        #expect(
            LiveNumber.latency(0.00123) == "1.23 ms" && LiveNumber.latency(nil) == "no requests"
        )
        #expect(
            LiveNumber.text(0.04, decimals: 1) == "0.0"
                && LiveNumber.text(-2.5, decimals: 1) == "-2.5"
        )
        #expect(LiveNumber.memory(0) == "unknown")
    }
}
