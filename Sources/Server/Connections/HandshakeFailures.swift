// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import Reactor
internal import TLS

/// Why a connection did not get past its handshake: the values of a metric's label.
enum HandshakeFailure: String, CaseIterable {
    /// No common TLS version.
    case version
    /// No common cipher suite, group or signature algorithm.
    case algorithms
    /// No common application protocol (ALPN).
    case applicationProtocol = "application_protocol"
    /// Bytes that are no TLS.
    case notTLS = "not_tls"
    /// The peer gave up with an alert: mostly because it does not trust our certificate.
    case alert
    /// No certificate, where one is needed.
    case certificateMissing = "certificate_missing"
    /// A certificate that cannot be taken, or a proof of its key that is wrong.
    case certificate
    /// Messages that break the protocol.
    case malformed
    /// The peer went away.
    case closed
    /// It took too long.
    case timeout
    /// It gave way to a newer one (`limits.half_open_handshakes`).
    case crowded
    /// A PROXY protocol header that is none.
    case proxyHeader = "proxy_header"

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

    /// Where it stands among all.
    var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
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
