// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import Reactor
internal import Telemetry

/// Lines about changed registrations: beyond a budget they are counted, and logged as one.
struct RegistryChangeLog {
    private let budget = LineBudget(perSecond: RegistryChangeLog.linesPerSecond)
    private let log: Logger

    /// Throttles the lines of a bulk change; the rest of a second is counted in one line.
    private static let linesPerSecond = 20

    init(_ log: Logger) {
        self.log = log
    }

    /// Logs the changes of an update.
    func log(_ update: RegistryBuilder.Update) {
        if update.isWhole { log.info("all registrations were read again") }
        for change in update.changes {
            guard budget.admits(now: Clock.milliseconds) else { continue }
            log.info("registration changed", metadata: change.metadata)
        }
    }

    /// Logs how many lines were withheld in a second that is over.
    func logWithheld(now: UInt64) {
        let count = budget.takeWithheld(now: now)
        if count > 0 { log.info("more registrations changed", metadata: ["count": "\(count)"]) }
    }
}
