// SPDX-License-Identifier: Apache-2.0
/// The numbers of the server at one moment, of which charts are drawn.
struct LiveSample: Sendable, Equatable {
    /// Monotonic milliseconds of the console.
    let at: UInt64
    /// The start of the server, in seconds since 1970: another one's counters begin anew.
    let startedAt: Double
    let requests: Double
    let tokens: Double
    let refusals: Double
    let handshakes: Double
    let resumptions: Double
    let failedHandshakes: Double
    let connections: Double
    let memoryBytes: Double
    let clients: Double
    let checksWaiting: Double
    /// Requests of all endpoints that took as long as each bound or less.
    let latencies: LatencyBuckets
    let version: String
    let openssl: String

    /// Handshakes that resumed no session.
    var fullHandshakes: Double { handshakes - resumptions }

    /// The numbers of an answer at a moment.
    init(_ metrics: MetricsReading, at moment: UInt64) {
        at = moment
        startedAt = metrics.sum("start_time_seconds")
        requests = metrics.sum("requests_total")
        tokens = metrics.sum("tokens_issued_total")
        refusals = metrics.sum("refusals_total")
        handshakes = metrics.sum("handshakes_total")
        resumptions = metrics.sum("resumptions_total")
        failedHandshakes = metrics.sum("handshake_failures_total")
        connections = metrics.sum("connections_open")
        memoryBytes = metrics.sum("resident_memory_bytes")
        clients = metrics.sum("clients")
        checksWaiting = metrics.sum("worker_queue_length")
        latencies = LatencyBuckets(metrics.all("request_seconds_bucket"))
        version = metrics.label("version", of: "build_info") ?? ""
        openssl = metrics.label("openssl", of: "build_info") ?? ""
    }
}

/// How many requests took how long, cumulative as Prometheus has it.
struct LatencyBuckets: Sendable, Equatable {
    /// Upper bounds in seconds, ascending; infinity last.
    private(set) var bounds: [Double] = []
    private(set) var counts: [Double] = []

    /// No requests.
    init() {}

    /// The buckets of all endpoints together.
    init(_ samples: [MetricsReading.Sample]) {
        var sums: [Double: Double] = [:]
        for sample in samples {
            guard let text = sample.labels["le"] else { continue }
            let bound = text == "+Inf" ? Double.infinity : Double(text)
            if let bound { sums[bound, default: 0] += sample.value }
        }
        bounds = sums.keys.sorted()
        counts = bounds.map { sums[$0] ?? 0 }
    }

    /// The requests that came since `earlier`.
    func since(_ earlier: LatencyBuckets) -> LatencyBuckets {
        guard earlier.bounds == bounds else { return self }
        var difference = self
        difference.counts = zip(counts, earlier.counts).map { max(0, $0 - $1) }
        return difference
    }

    /// The seconds within which this share of the requests was answered, interpolated within its
    /// bucket; nil without requests, infinity beyond the last bound.
    func percentile(_ share: Double) -> Double? {
        guard let total = counts.last, total > 0 else { return nil }
        let wanted = total * share
        guard let index = counts.firstIndex(where: { $0 >= wanted }) else { return .infinity }
        guard bounds[index].isFinite else { return .infinity }
        let (lower, before) = index == 0 ? (0, 0) : (bounds[index - 1], counts[index - 1])
        let inside = counts[index] - before
        guard inside > 0 else { return bounds[index] }
        return lower + (bounds[index] - lower) * (wanted - before) / inside
    }
}
