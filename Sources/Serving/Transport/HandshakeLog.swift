// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import Reactor
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

extension HandshakeEnd {
    /// The end of a connection's handshake, where that has just failed.
    init(of connection: borrowing TLSConnection) {
        let (sent, received) = connection.alerts
        let progress: HandshakeProgress =
            switch connection.stage {
            case .nothing: .nothing
            case .hello: .hello
            case .answered: .answered
            case .certificate: .certificate
            case .proof: .proof
            case .finished: .finished
            }
        // A peer's alert is the cause, and ours would be an answer to it.
        if let alert = HandshakeAlert(number: received) {
            self.init(progress, alert: alert, from: .peer)
        } else {
            self.init(progress, alert: HandshakeAlert(number: sent))
        }
    }
}

/// Counts failed handshakes, keeps the latest, and logs them within the throttle.
struct HandshakeLog {
    private let counters: Counters
    private let lines: LineBudget
    private let clock: WallClock
    private let log: Logger

    init(_ start: ReactorStart) {
        counters = start.counters
        clock = start.clock
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
        let end = HandshakeEnd(of: connection.tls)
        note(failure, reason, connection, end)
        let level: Logger.Level = failure == .closed ? .debug : .info
        guard log.logLevel <= level, lines.admits(now: now) else { return }
        log.log(
            level: level,
            "TLS handshake failed",
            metadata: [
                "kind": "\(failure.rawValue)", "reason": "\(reason)",
                "alert": "\(end.alert?.rawValue ?? "none")", "progress": "\(end.progress.rawValue)",
                "peer": "\(connection.peer)", "listener": "\(listener)",
            ]
        )
    }

    /// Counts and keeps a failure that has a line of its own.
    func note(_ failure: HandshakeFailure, _ reason: String, _ connection: Connection) {
        note(failure, reason, connection, HandshakeEnd(of: connection.tls))
    }

    private func note(
        _ failure: HandshakeFailure,
        _ reason: String,
        _ connection: Connection,
        _ end: HandshakeEnd
    ) {
        let own = counters.listeners[connection.listener]
        own.failures[failure.index].add(1)
        own.progresses[end.progress.index].add(1)
        if let alert = end.alert {
            own.alerts[ListenerCounters.alertIndex(alert, from: end.alertSender)].add(1)
        }
        // Probes of ports and load balancers close without a word, again and again.
        guard failure != .closed || end.progress != .nothing else { return }
        counters.latestRefusals.record(
            FailedHandshake(
                time: clock.milliseconds,
                listener: connection.listener,
                peer: connection.client,
                failure: failure,
                reason: reason,
                end: end
            )
        )
    }
}
