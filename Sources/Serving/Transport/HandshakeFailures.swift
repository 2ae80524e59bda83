// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import Reactor
internal import TLS
internal import Telemetry

extension HandshakeFailure {
    /// The label of what TLS says; here, because Telemetry does not know TLS.
    init(_ kind: TLSFailure.Kind) {
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

extension ReactorService {
    /// Counts a failure and logs it, unless there were many in this second.
    ///
    /// That a peer went away is what probes of ports and load balancers look like: for debugging.
    func note(_ failure: HandshakeFailure, _ reason: String, _ connection: Connection) {
        count(failure, connection)
        let level: Logger.Level = failure == .closed ? .debug : .info
        guard log.logLevel <= level, handshakeLines.admits(now: reactor.now) else { return }
        log.log(
            level: level,
            "TLS handshake failed",
            metadata: [
                "kind": "\(failure.rawValue)", "reason": "\(reason)",
                "peer": "\(connection.peer)",
                "listener": "\(settings.names[connection.listener])",
            ]
        )
    }

    /// Ends a connection that broke after our flight; an alert may stand before the reset.
    func endBroken(_ connection: Connection) {
        do throws(TLSFailure) {
            connection.tls.socketIsReadable()
            _ = try connection.tls.handshake()
            note(.closed, "the connection broke", connection)
        } catch {
            note(HandshakeFailure(error.kind), error.reason, connection)
        }
        end(connection)
    }

    /// Counts a failure that has a line of its own.
    func count(_ failure: HandshakeFailure, _ connection: Connection) {
        counters.listeners[connection.listener].failures[failure.index].add(1)
    }
}
