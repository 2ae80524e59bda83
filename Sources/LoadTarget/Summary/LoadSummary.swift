// SPDX-License-Identifier: Apache-2.0
package import Text

/// The bill of a load: counts, service times, CPU for each kind of operation, and which side was
/// the bottleneck.
package struct LoadSummary: Sendable {
    /// The side that could not do more.
    package enum Bottleneck: String, Sendable {
        case target
        case generator
    }

    let totals: LoadTotals
    let seconds: Double
    /// p50, p90, p99 and p99.9 in microseconds; nil where nothing was answered.
    let serviceTimes: [Double]?
    /// CPU of one operation in microseconds; nil where there was none.
    let fullHandshake: Double?
    let resumedHandshake: Double?
    /// All other CPU of the process, for each request on a kept connection.
    let keptRequest: Double?
    /// The second with the most CPU time; nil before the first has ended.
    let busiest: BusiestSecond?

    /// Above this share of the processors that the reactors can use, the target is the bottleneck:
    /// the rest goes to the kernel's work for the generator.
    private static let fullShare = 0.9
    /// Below this share nothing was loaded, and nothing is said.
    private static let idleShare = 0.05

    /// The side that could not do more, by the busiest second; nil where there was no load.
    package var bottleneck: Bottleneck? {
        guard let busiest, busiest.share >= Self.idleShare else { return nil }
        return busiest.share >= Self.fullShare ? .target : .generator
    }

    private static let names = ["p50", "p90", "p99", "p99_9"]

    /// The bill as an object; members are null where nothing was measured.
    package var json: JSONValue {
        guard case .object(var members) = totals.json else { return .null }
        members["seconds"] = Self.number(seconds)
        var times: [String: JSONValue] = [:]
        for (index, name) in Self.names.enumerated() {
            times[name] = serviceTimes.map { Self.number($0[index]) } ?? .null
        }
        members["service_time_us"] = .object(times)
        members["cpu_us"] = .object([
            "handshake_full": fullHandshake.map(Self.number) ?? .null,
            "handshake_resumed": resumedHandshake.map(Self.number) ?? .null,
            "request_kept_alive": keptRequest.map(Self.number) ?? .null,
        ])
        members["busiest_second"] =
            busiest.map {
                .object([
                    "tokens": .integer(Int64($0.tokens)),
                    "cpu_share": Self.number($0.share),
                ])
            } ?? .null
        members["bottleneck"] = bottleneck.map { .string($0.rawValue) } ?? .null
        return .object(members)
    }

    /// The bill for people, line by line.
    package var lines: [String] {
        func count(_ counter: LoadCounter) -> Int { totals[counter] }
        var lines = [
            "\(count(.tokens)) tokens and \(count(.refusals)) refusals"
                + " in \(Self.text(seconds)) s",
            "\(count(.handshakesFull)) full handshakes, \(count(.handshakesResumed)) resumed,"
                + " \(count(.requestsKeptAlive)) requests on kept connections",
        ]
        let faults = FaultKind.allCases.filter { totals[$0] > 0 }
            .map { "\($0.name) \(totals[$0])" }
        if !faults.isEmpty { lines.append("faults: " + faults.joined(separator: ", ")) }
        if let serviceTimes {
            let times = zip(["p50", "p90", "p99", "p99.9"], serviceTimes)
                .map { "\($0) \(Self.text($1))" }
            lines.append("service time in µs: " + times.joined(separator: ", "))
        }
        let costs = [
            ("full handshake", fullHandshake), ("resumed handshake", resumedHandshake),
            ("request on a kept connection", keptRequest),
        ].compactMap { name, cost in cost.map { "\(name) \(Self.text($0))" } }
        if !costs.isEmpty { lines.append("CPU in µs: " + costs.joined(separator: ", ")) }
        switch bottleneck {
        case .target: lines.append("the target was the bottleneck: its reactors had no time left")
        case .generator: lines.append("the target had time left: the generator was the bottleneck")
        case nil: break
        }
        return lines
    }

    private static func number(_ value: Double) -> JSONValue {
        .number(text(value))
    }

    /// With two decimals.
    private static func text(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}

/// The second of a load with the most CPU time.
package struct BusiestSecond: Sendable {
    /// Tokens that were issued in it.
    let tokens: Int
    /// CPU time of the process, as a share of the processors that its reactors can use.
    let share: Double
}
