// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import Reactor
internal import Telemetry

/// Throttled lines about failed handshakes: beyond the budget they are counted, and logged as one.
struct HandshakeFailureLog {
    /// The throttle of the lines, shared by the reactors: any peer can make handshakes fail.
    let budget = LineBudget(perSecond: 10)
    private let log: Logger

    init(_ log: Logger) {
        self.log = log
    }

    /// Logs how many lines were withheld in a second that is over.
    func logWithheld(now: UInt64) {
        let count = budget.takeWithheld(now: now)
        if count > 0 { log.info("more TLS handshakes failed", metadata: ["count": "\(count)"]) }
    }
}
