// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Reactor
internal import Text

/// The numbers of the server as they are now, with their curves of the last minutes.
enum LivePage {
    static var pages: [ConsolePage] {
        let samples = LiveSamples()
        return [
            .get("/live") { request throws(ServerAPIError) in
                .page(page(LiveNumbers(try look(samples, request))))
            },
            // An open page asks by itself: no person is there because of that.
            .get("/live/numbers", isUse: false) { request throws(ServerAPIError) in
                let numbers = LiveNumbers(try look(samples, request)).markup
                return .json(content(numbers))
            },
        ]
    }

    private static func look(
        _ samples: LiveSamples,
        _ request: ConsoleRequest
    ) throws(ServerAPIError) -> [LiveSample] {
        try samples.look(now: Clock.milliseconds) { () throws(ServerAPIError) in
            guard let metrics = MetricsReading(try request.api.text(ServerPath("metrics"))) else {
                throw .unreadable
            }
            return metrics
        }
    }

    private static func content(_ markup: HTML) -> [UInt8] {
        var content: [UInt8] = []
        JSONText.append(.object(["markup": .string(markup.text)]), to: &content)
        return content
    }

    private static func page(_ numbers: LiveNumbers) -> Page {
        Page(
            "Live",
            in: .live,
            actions: "<a class=\"button second\" href=\"\(Section.live.address)\">Read again</a>",
            """
            <p class="soft">Numbers are read every two seconds while this page is open, and by \
            “Read again” without scripts. Curves show up to five minutes.</p>
            <div id="live" data-live="\(Address("live", "numbers"))">
            \(numbers.markup)
            </div>
            """
        )
    }
}

/// The numbers of a page, out of the samples.
struct LiveNumbers {
    private let samples: [LiveSample]

    /// Samples for percentiles: those of the last twenty seconds.
    private static let latencySamples = 10

    init(_ samples: [LiveSample]) { self.samples = samples }

    /// Charts, and all numbers in tables.
    var markup: HTML {
        guard let last = samples.last else { return "" }
        return """
            <div class="charts">
            \(charts(last))</div>
            <h2 id="numbers">Numbers</h2>
            \(Table("Numbers of this moment", Self.columns, rows(last)).markup)
            <h2 id="latency">Latency of requests</h2>
            \(Table("Latency of the last twenty seconds", Self.latencyColumns, [latencyRow]).markup)
            <h2 id="nodes">Nodes</h2>
            \(Table("Nodes", Self.nodeColumns, [node(last)]).markup)
            """
    }

    private static let columns = [
        Table.Column("What"), Table.Column("Now", isNumeric: true),
        Table.Column("Since the start", isNumeric: true),
    ]
    private static let latencyColumns =
        [Table.Column("Window")]
        + ["50 %", "95 %", "99 %"].map { Table.Column($0, isNumeric: true) }
    private static let nodeColumns = [
        Table.Column("Node"), Table.Column("Started"), Table.Column("Version"),
        Table.Column("Connections", isNumeric: true), Table.Column("Memory", isNumeric: true),
    ]

    // MARK: values

    /// The rate between each two samples.
    private func rates(_ counter: (LiveSample) -> Double) -> [Double] {
        zip(samples, samples.dropFirst()).map { before, after in
            let seconds = Double(after.at - before.at) / 1_000
            return seconds > 0 ? max(0, counter(after) - counter(before)) / seconds : 0
        }
    }

    private func rate(_ counter: (LiveSample) -> Double) -> String {
        rates(counter).last.map { LiveNumber.rate($0) } ?? "–"
    }

    /// The latencies of the last samples; of all requests where there is one sample alone.
    private func latencies(upTo end: Int) -> LatencyBuckets {
        guard samples.count > 1, end > 0 else { return samples.last?.latencies ?? LatencyBuckets() }
        let start = max(0, end - Self.latencySamples)
        return samples[end].latencies.since(samples[start].latencies)
    }

    private func percentiles(_ share: Double) -> [Double] {
        samples.indices.dropFirst().map { latencies(upTo: $0).percentile(share) ?? 0 }
    }

    // MARK: parts

    private func charts(_ last: LiveSample) -> [HTML] {
        (traffic + levels(last)).map(\.markup)
    }

    private var traffic: [LiveChart] {
        let handshakes = [
            LiveChart.Curve("Full", rates(\.fullHandshakes)),
            LiveChart.Curve("Resumed", rates(\.resumptions)),
        ]
        let refused = [
            LiveChart.Curve("Requests", rates(\.refusals)),
            LiveChart.Curve("Handshakes", rates(\.failedHandshakes)),
        ]
        return [
            chart("requests", "Requests", rate(\.requests), [.init("All", rates(\.requests))]),
            chart("tokens", "Tokens", rate(\.tokens), [.init("All", rates(\.tokens))]),
            chart("handshakes", "Handshakes", rate(\.handshakes), handshakes),
            chart("refused", "Refused", rate(\.refusals), refused),
        ]
    }

    private func levels(_ last: LiveSample) -> [LiveChart] {
        let latency = latencies(upTo: samples.count - 1).percentile(0.95)
        return [
            chart(
                "latencies",
                "Latency of 95 % of requests",
                LiveNumber.latency(latency),
                [.init("95 %", percentiles(0.95)), .init("50 %", percentiles(0.5))],
                LiveNumber.latency
            ),
            chart(
                "connections",
                "Connections",
                LiveNumber.count(last.connections),
                [.init("Open", samples.map(\.connections))],
                LiveNumber.count
            ),
            chart(
                "memory",
                "Memory",
                LiveNumber.memory(last.memoryBytes),
                [.init("Held", samples.map(\.memoryBytes))],
                LiveNumber.memory
            ),
        ]
    }

    private func chart(
        _ id: String,
        _ title: String,
        _ latest: String,
        _ curves: [LiveChart.Curve],
        _ format: @escaping (Double) -> String = LiveNumber.rate
    ) -> LiveChart {
        LiveChart(id: "chart-\(id)", title: title, latest: latest, curves: curves, format: format)
    }

    private func rows(_ last: LiveSample) -> [[HTML]] {
        func row(_ name: String, _ counter: (LiveSample) -> Double) -> [HTML] {
            ["\(name)", "\(rate(counter))", "\(LiveNumber.count(counter(last)))"]
        }
        func level(_ name: String, _ value: String) -> [HTML] { ["\(name)", "\(value)", "–"] }
        return [
            row("Requests", \.requests), row("Tokens issued", \.tokens),
            row("Full handshakes", \.fullHandshakes),
            row("Resumed handshakes", \.resumptions),
            row("Failed handshakes", \.failedHandshakes),
            row("Refusals", \.refusals),
            level("Connections open", LiveNumber.count(last.connections)),
            level("Clients registered", LiveNumber.count(last.clients)),
            level("Password checks that wait", LiveNumber.count(last.checksWaiting)),
            level("Memory", LiveNumber.memory(last.memoryBytes)),
        ]
    }

    private var latencyRow: [HTML] {
        let buckets = latencies(upTo: samples.count - 1)
        let window = samples.count > 1 ? "The last twenty seconds" : "Since the start"
        return ["\(window)"]
            + [0.5, 0.95, 0.99].map { "\(LiveNumber.latency(buckets.percentile($0)))" as HTML }
    }

    /// One for now: each server is a node of its own.
    private func node(_ last: LiveSample) -> [HTML] {
        [
            "This server", TimeMarkup.moment(Int64(last.startedAt)),
            "Handfast \(last.version), \(last.openssl)",
            "\(LiveNumber.count(last.connections))", "\(LiveNumber.memory(last.memoryBytes))",
        ]
    }
}
