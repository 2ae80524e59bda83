// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import TLS
internal import Telemetry

extension HandshakeFailure {
    /// The metric's label of a TLS failure; here, because Telemetry does not know TLS.
    init(_ kind: TLSError.Kind) {
        self =
            switch kind {
            case .version: .version
            case .algorithms: .algorithms
            case .applicationProtocol: .applicationProtocol
            case .notTLS: .notTLS
            case .alert: .alert
            case .certificateMissing: .certificateMissing
            case .certificate: .certificate
            case .broken: .closed
            case .malformed: .malformed
            }
    }
}

/// Counts failed handshakes, and logs them within the throttle.
struct HandshakeLog {
    private let counters: Counters
    private let lines: LineBudget
    private let log: Logger

    init(_ start: ReactorStart) {
        counters = start.counters
        lines = start.handshakeLines
        log = start.log
    }

    /// Counts a failure, and logs it within the throttle; `listener` is the listener's name, and
    /// `now` is in monotonic milliseconds.
    ///
    /// A peer that went away is at level debug, because probes of ports and load balancers look
    /// like that.
    func record(
        _ failure: HandshakeFailure,
        _ reason: String,
        _ connection: Connection,
        listener: String,
        now: UInt64
    ) {
        count(failure, connection)
        let level: Logger.Level = failure == .closed ? .debug : .info
        guard log.logLevel <= level, lines.admits(now: now) else { return }
        log.log(
            level: level,
            "TLS handshake failed",
            metadata: [
                "kind": "\(failure.rawValue)", "reason": "\(reason)",
                "peer": "\(connection.peer)", "listener": "\(listener)",
            ]
        )
    }

    /// Counts a failure that has a line of its own.
    func count(_ failure: HandshakeFailure, _ connection: Connection) {
        counters.listeners[connection.listener].failures[failure.index].add(1)
    }
}
