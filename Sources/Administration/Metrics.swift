// SPDX-License-Identifier: Apache-2.0
internal import Reactor
package import Registration
package import Telemetry

/// The server's metrics in Prometheus's text format 0.0.4.
///
/// Labels are fixed when the program is built, or names of the configuration: no value of a client
/// is a label, so that clients cannot make the number of series grow.
package struct Metrics: Sendable {
    /// One for each reactor.
    let counters: [Counters]
    /// The listeners' names, in the order of their counters.
    let listeners: [String]
    let gauges: Gauges
    let switchedOff: SwitchedOffClients
    /// The number of password checks that wait.
    let checksWaiting: @Sendable () -> Int
    /// The number of log lines dropped so far.
    let linesDropped: @Sendable () -> Int
    /// Seconds since 1970.
    let startedAt: Int64
    /// Versions of the program and of OpenSSL.
    let version: String
    let openssl: String

    /// Metrics of all counters; each reading calls the two closures.
    package init(
        counters: [Counters],
        listeners: [String],
        gauges: Gauges,
        switchedOff: SwitchedOffClients,
        checksWaiting: @escaping @Sendable () -> Int,
        linesDropped: @escaping @Sendable () -> Int,
        startedAt: Int64,
        version: String,
        openssl: String
    ) {
        self.counters = counters
        self.listeners = listeners
        self.gauges = gauges
        self.switchedOff = switchedOff
        self.checksWaiting = checksWaiting
        self.linesDropped = linesDropped
        self.startedAt = startedAt
        self.version = version
        self.openssl = openssl
    }

    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    /// Every series, each with its description before it.
    func text() -> [UInt8] {
        var out: [UInt8] = []
        Self.append(
            "build_info",
            .gauge,
            "Always 1; the versions of the program and of OpenSSL.",
            [([("version", version), ("openssl", openssl)], 1)],
            to: &out
        )
        Self.append(
            "start_time_seconds",
            .gauge,
            "Start of the server, in seconds since 1970.",
            [([], Int(startedAt))],
            to: &out
        )
        appendTraffic(to: &out)
        appendByListener(to: &out)
        appendLatencies(to: &out)
        appendGauges(to: &out)
        appendBundles(to: &out)
        Self.append(
            "resident_memory_bytes",
            .gauge,
            "Memory that the process holds.",
            [([], ProcessSettings.residentBytes)],
            to: &out
        )
        appendGrants(to: &out)
        appendOperations(to: &out)
        Self.append(
            "server_certificate_not_after_seconds",
            .gauge,
            "End of each certificate of the server, in seconds since 1970.",
            gauges.serverCertificates.withLock { certificates in
                certificates.map { ([("name", $0.name)], Int($0.notAfter)) }
            },
            to: &out
        )
        return out
    }

    private func appendTraffic(to out: inout [UInt8]) {
        func sum(_ number: (Counters) -> Int) -> Int { counters.reduce(0) { $0 + number($1) } }
        let traffic: [(String, Kind, String, Int)] = [
            ("connections_open", .gauge, "Connections of clients.", sum { $0.connections.current }),
            ("handshakes_total", .counter, "Finished handshakes.", sum { $0.handshakes.current }),
            (
                "resumptions_total", .counter, "Finished handshakes that resumed a session.",
                sum { $0.resumptions.current }
            ),
            ("requests_total", .counter, "Requests.", sum { $0.requests.current }),
            ("tokens_issued_total", .counter, "Access tokens issued.", sum { $0.tokens.current }),
            (
                "refusals_total", .counter, "Requests answered with an OAuth error.",
                sum { $0.refusals.current }
            ),
        ]
        for (name, kind, help, value) in traffic {
            Self.append(name, kind, help, [([], value)], to: &out)
        }
    }

    private func appendBundles(to out: inout [UInt8]) {
        let numbers: [(String, String, Int)] = [
            (
                "spiffe_bundles", "Trust domains with a SPIFFE bundle.",
                gauges.spiffeBundles.current
            ),
            (
                "spiffe_bundles_stale",
                "Trust domains whose SPIFFE bundle is too old, or was never read.",
                gauges.spiffeBundlesStale.current
            ),
            (
                "spiffe_bundles_failing",
                "Trust domains whose SPIFFE bundle could not be had the last time, or goes back.",
                gauges.spiffeBundlesFailing.current
            ),
        ]
        for (name, help, value) in numbers {
            Self.append(name, .gauge, help, [([], value)], to: &out)
        }
    }

    private func appendGauges(to out: inout [UInt8]) {
        let numbers: [(String, Kind, String, Int)] = [
            ("clients", .gauge, "Registered clients.", gauges.clients.current),
            (
                "client_certificates_expired", .gauge,
                "Registered certificates of enabled clients that have ended.",
                gauges.certificatesExpired.current
            ),
            (
                "client_certificates_expiring", .gauge,
                "Registered certificates that end within certificates.expiry_warning_days.",
                gauges.certificatesExpiring.current
            ),
            (
                "revocation_lists", .gauge, "Revocation lists in use.",
                gauges.revocationLists.current
            ),
            (
                "revocation_lists_stale", .gauge,
                "Revocation lists whose next update is overdue.",
                gauges.revocationListsStale.current
            ),
            (
                "jwks_uri_failing", .gauge,
                "Clients whose keys could not be fetched from their jwks_uri.",
                gauges.keyFetchesFailing.current
            ),
            (
                "store_unread_seconds", .gauge,
                "For how long the store could not be read; 0 while it can.",
                gauges.storeUnreadSeconds.current
            ),
            (
                "switches_not_durable", .gauge,
                "Clients that are disabled in memory alone, because the store cannot be written.",
                switchedOff.unwritten.count
            ),
            ("worker_queue_length", .gauge, "Password checks that wait.", checksWaiting()),
            (
                "log_lines_dropped_total", .counter,
                "Lines that the log was too slow to take.", linesDropped()
            ),
        ]
        for (name, kind, help, value) in numbers {
            Self.append(name, kind, help, [([], value)], to: &out)
        }
    }

    private func appendGrants(to out: inout [UInt8]) {
        Self.append(
            "grant_writes_total",
            .counter,
            "Changes of codes, refresh tokens and revocations that were written.",
            [([], gauges.grantWrites.current)],
            to: &out
        )
        Self.append(
            "grant_transactions_total",
            .counter,
            "Transactions that wrote them, each with one sync of the disk.",
            [([], gauges.grantTransactions.current)],
            to: &out
        )
    }

    private func appendOperations(to out: inout [UInt8]) {
        let state = gauges.storeState
        Self.append(
            "operation_served",
            .gauge,
            "1 while an operation is not refused for want of the store; those that need a row of it"
                + " are while it is away.",
            ServedOperation.allCases.map { operation in
                let needsRow = operation.needsRow(assertionsNeedRow: state.assertionsNeedRow)
                let labels = [
                    ("operation", operation.rawValue), ("needs_row", needsRow ? "yes" : "no"),
                ]
                return (labels, state.isServed(operation) ? 1 : 0)
            },
            to: &out
        )
    }

    static func append(
        _ name: String,
        _ kind: Kind,
        _ help: String,
        _ samples: [(labels: [(String, String)], value: Int)],
        to out: inout [UInt8]
    ) {
        let series = "handfast_\(name)"
        appendHead(series, kind, help, to: &out)
        for (labels, value) in samples {
            appendSample(series, labels, "\(value)", to: &out)
        }
    }

    static func appendHead(
        _ series: String,
        _ kind: Kind,
        _ help: String,
        to out: inout [UInt8]
    ) {
        out += "# HELP \(series) \(help)\n# TYPE \(series) \(kind.rawValue)\n".utf8
    }

    static func appendSample(
        _ series: String,
        _ labels: [(String, String)],
        _ value: String,
        to out: inout [UInt8]
    ) {
        let pairs = labels.map { "\($0.0)=\"\(escaped($0.1))\"" }
        let braces = pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}"
        out += "\(series)\(braces) \(value)\n".utf8
    }

    /// A label's value: a backslash, a quotation mark or a line's end would end it.
    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { out, character in
            switch character {
            case "\\": out += "\\\\"
            case "\"": out += "\\\""
            case "\n": out += "\\n"
            default: out.append(character)
            }
        }
    }
}
