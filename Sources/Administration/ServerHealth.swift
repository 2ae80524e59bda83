// SPDX-License-Identifier: Apache-2.0
internal import HTTP
package import Logging
internal import Reactor
internal import Synchronization
package import Telemetry

/// The health of the server, as the administrative listener and the probe's tell it without a
/// credential.
package struct ServerHealth: Sendable {
    private let gauges: Gauges
    private let pulses: ReactorPulses
    private let sharesStore: Bool
    private let log: Logger

    /// The health of a server with these gauges and reactors; `sharesStore` where others write to
    /// its store too.
    package init(_ gauges: Gauges, _ pulses: ReactorPulses, sharesStore: Bool, log: Logger) {
        self.gauges = gauges
        self.pulses = pulses
        self.sharesStore = sharesStore
        self.log = log
    }

    private var isDraining: Bool { gauges.isDraining.load(ordering: .relaxed) }

    /// Whether the process is to be left alone: 200 while it serves, 503 while it drains, and while
    /// a reactor does not turn its loop.
    var liveness: Response {
        let state =
            isDraining ? "draining" : pulses.stuck(now: Clock.milliseconds) > 0 ? "stuck" : "ok"
        return Self.response(state == "ok", Array(#"{"status":"\#(state)"}"#.utf8))
    }

    /// Whether balancers should send requests here, as on the token endpoint's listeners.
    var readiness: Response {
        let readiness = ServerReadiness(
            isDraining: isDraining,
            sharesStore ? gauges.storeState : nil
        )
        return Self.response(readiness.isReady, readiness.json)
    }

    private static func response(_ isGood: Bool, _ content: [UInt8]) -> Response {
        var response = Response(status: isGood ? 200 : 503, content)
        if !isGood { response.addRetryAfter(1) }
        return response
    }

    /// Looks after the reactors; whether all turn their loops.
    package func areReactorsTurning() -> Bool {
        let now = Clock.milliseconds
        tick(now: now)
        return pulses.stuck(now: now) == 0
    }

    /// Looks after the reactors; called once a second by each thread that answers.
    ///
    /// Not during a drain, in which reactors end one after the other: one that has ended takes no
    /// pulse and is not stuck.
    func tick(now: UInt64) {
        guard !isDraining else { return }
        for change in pulses.beat(now: now) {
            let metadata: Logger.Metadata = ["reactor": "\(change.reactor)"]
            if change.isStuck {
                log.error("a reactor does not turn its loop", metadata: metadata)
            } else {
                log.notice("a reactor turns its loop again", metadata: metadata)
            }
        }
    }
}
