// SPDX-License-Identifier: Apache-2.0
internal import OAuth
internal import Reactor
internal import TLS
internal import Telemetry

/// Metrics of each listener, and the latencies of requests.
///
/// The labels' values are the listeners' names and words of ours; only series that have counted
/// something are written, so that a page has no hundreds of zeros.
extension Metrics {
    private typealias Sample = (labels: [(String, String)], value: Int)

    func appendByListener(to out: inout [UInt8]) {
        Self.append(
            "listener_handshakes_total",
            .counter,
            "Finished handshakes, by listener.",
            samples { [([], $0.handshakes.current)] },
            to: &out
        )
        Self.append(
            "listener_requests_total",
            .counter,
            "Requests, by listener.",
            samples { [([], $0.requests.current)] },
            to: &out
        )
        Self.append(
            "listener_tokens_issued_total",
            .counter,
            "Access tokens issued, by listener, grant and method of client authentication.",
            samples(Self.tokens),
            to: &out
        )
        Self.append(
            "listener_refusals_total",
            .counter,
            "Requests answered with an OAuth error, by listener and the check that decided.",
            samples { counters in
                counters.refusals.withLock { $0 }.map { ([("check", $0.key)], $0.value) }
            },
            to: &out
        )
        Self.append(
            "handshake_failures_total",
            .counter,
            "Connections that ended before their handshake was finished, by listener and kind.",
            samples { counters in
                HandshakeFailure.allCases.map { failure in
                    let label = ("kind", failure.rawValue)
                    return ([label], counters.failures[failure.index].current)
                }
            },
            to: &out
        )
        appendHandshakes(to: &out)
    }

    private func appendHandshakes(to out: inout [UInt8]) {
        Self.append(
            "handshake_groups_total",
            .counter,
            "Finished handshakes with a key exchange, by listener and its group.",
            samples { counters in
                TLSGroup.allCases.map { group in
                    ([("group", group.rawValue)], counters.groups[group.position].current)
                }
            },
            to: &out
        )
        Self.append(
            "handshake_failures_by_progress_total",
            .counter,
            "The same connections, by listener and the part of the handshake that was under way.",
            samples { counters in
                HandshakeProgress.allCases.map { progress in
                    let label = ("progress", progress.rawValue)
                    return ([label], counters.progresses[progress.index].current)
                }
            },
            to: &out
        )
        Self.append(
            "handshake_alerts_total",
            .counter,
            "Alerts that ended handshakes, by listener, sender and alert.",
            samples { counters in
                AlertSender.allCases.flatMap { sender in
                    HandshakeAlert.allCases.map { alert in
                        let labels = [("sender", sender.rawValue), ("alert", alert.rawValue)]
                        let index = ListenerCounters.alertIndex(alert, from: sender)
                        return (labels, counters.alerts[index].current)
                    }
                }
            },
            to: &out
        )
    }

    private static func tokens(_ counters: ListenerCounters) -> [Sample] {
        Grant.allCases.flatMap { grant in
            ClientAuthenticationMethod.allCases.map { method in
                let index = ListenerCounters.tokenIndex(
                    grant: grant.position,
                    method: method.position
                )
                let labels = [("grant", grant.word), ("method", method.rawValue)]
                return (labels, counters.tokens[index].current)
            }
        }
    }

    /// The samples of each listener, summed over the reactors, in a stable order.
    private func samples(_ numbers: (ListenerCounters) -> [Sample]) -> [Sample] {
        listeners.enumerated().flatMap { index, name in
            var sums: [String: Sample] = [:]
            for reactor in counters where index < reactor.listeners.count {
                for (labels, value) in numbers(reactor.listeners[index]) where value > 0 {
                    let key = labels.map(\.1).joined(separator: " ")
                    let before = sums[key]?.value ?? 0
                    sums[key] = ([("listener", name)] + labels, before + value)
                }
            }
            return sums.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    func appendLatencies(to out: inout [UInt8]) {
        let series = "handfast_request_seconds"
        Self.appendHead(
            series,
            .histogram,
            "Time from a request's first byte to its answer, by endpoint.",
            to: &out
        )
        for endpoint in MeasuredEndpoint.allCases {
            let own = counters.map { $0.latencies[endpoint.index] }
            let label = ("endpoint", endpoint.rawValue)
            var within = 0
            for index in 0...LatencyHistogram.bounds.count {
                within += own.reduce(0) { $0 + $1.counts[index].current }
                let isLast = index == LatencyHistogram.bounds.count
                let bound = isLast ? "+Inf" : Self.seconds(LatencyHistogram.bounds[index])
                Self.appendSample(
                    "\(series)_bucket",
                    [label, ("le", bound)],
                    "\(within)",
                    to: &out
                )
            }
            let sum = own.reduce(0) { $0 + $1.sum.current }
            Self.appendSample("\(series)_sum", [label], Self.seconds(sum), to: &out)
            Self.appendSample("\(series)_count", [label], "\(within)", to: &out)
        }
    }

    /// Nanoseconds as seconds with a decimal point, without zeros at the end.
    static func seconds(_ nanoseconds: Int) -> String {
        let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        guard rest > 0 else { return "\(whole)" }
        let digits = "\(rest)"
        var fraction = String(repeating: "0", count: 9 - digits.count) + digits
        while fraction.last == "0" { fraction.removeLast() }
        return "\(whole).\(fraction)"
    }
}
