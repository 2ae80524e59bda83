// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import Reactor
internal import Telemetry

/// Lines that others can cause without bound: beyond a budget they are counted, and told as one.
struct BudgetedLog {
    /// What reactors take lines of failed handshakes from.
    let handshakes = LineBudget(perSecond: BudgetedLog.handshakesPerSecond)
    private let changes = LineBudget(perSecond: RegistryChange.linesPerSecond)
    private let log: Logger

    /// Anybody can make handshakes fail.
    private static let handshakesPerSecond = 10

    init(_ log: Logger) {
        self.log = log
    }

    /// Says what commands have changed.
    func tell(_ update: RegistryBuilder.Update) {
        if update.isWhole { log.info("the registrations were read anew") }
        for change in update.changes {
            guard changes.admits(now: Clock.milliseconds) else { continue }
            log.info("registration changed", metadata: change.metadata)
        }
    }

    /// Says how many lines were too many.
    func tellOfTheRest() {
        let now = Clock.milliseconds
        let withheld = changes.takeWithheld(now: now)
        if withheld > 0 {
            log.info("more registrations changed", metadata: ["count": "\(withheld)"])
        }
        let failed = handshakes.takeWithheld(now: now)
        if failed > 0 { log.info("more TLS handshakes failed", metadata: ["count": "\(failed)"]) }
    }
}
