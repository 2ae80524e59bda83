// SPDX-License-Identifier: Apache-2.0
package import Logging
package import Reactor
package import Registration
package import Storage

/// Switches clients off and on again: in memory first, where it works at once, then in the store.
///
/// A client that the store could not be told of stays off, and the store is told as soon as it can
/// be; until then a restart would bring the client back.
package struct ClientSwitch: Sendable {
    /// The result of a switch.
    enum WriteResult {
        /// The switch is in force and durable.
        case durable
        /// The switch is in force in memory alone; the error says why.
        case notDurable(StoreError)
        /// There is no such client.
        case noClient
        /// The switch has failed, and nothing has changed; the error says why.
        case refused(StoreError)
    }

    private let store: any RegistrationStore
    private let switchedOff: SwitchedOffClients
    private let clock: WallClock
    private let log: Logger

    package init(
        _ store: any RegistrationStore,
        _ switchedOff: SwitchedOffClients,
        clock: WallClock,
        log: Logger
    ) {
        self.store = store
        self.switchedOff = switchedOff
        self.clock = clock
        self.log = log
    }

    /// Whether the client is off, whatever its record says.
    func isOff(_ clientID: String) -> Bool { switchedOff.covers(clientID) }

    /// A switch that works in memory, and is to be written.
    struct Begun: Sendable {
        fileprivate let clientID: String
        fileprivate let wasOff: Bool
        fileprivate let number: Int
        fileprivate let isServed: Bool
    }

    /// Switches the client off from its next request on, and then in the store.
    func disable(_ clientID: String) -> WriteResult { write(disabling(clientID)) }

    /// Switches the client off from its next request on; asks no store, and waits for nothing.
    func disabling(_ clientID: String) -> Begun {
        let wasOff = switchedOff.covers(clientID)
        let (number, isServed) = switchedOff.switchOff(clientID)
        return Begun(clientID: clientID, wasOff: wasOff, number: number, isServed: isServed)
    }

    /// Writes a switch to the store; blocks.
    func write(_ begun: Begun) -> WriteResult {
        let (clientID, number) = (begun.clientID, begun.number)
        do throws(StoreError) {
            try store.setEnabled(
                false,
                client: clientID,
                by: .administration,
                at: clock.seconds
            )
            switchedOff.noteWritten(clientID, number)
            logNotice("client disabled over the administrative listener", clientID)
            return .durable
        } catch {
            guard error.kind != .notFound else {
                switchedOff.forget(clientID, began: number)
                return .noClient
            }
            // Reading mostly works when writing does not.
            let record = try? store.client(clientID)
            guard begun.isServed || record != nil,
                switchedOff.noteUnwritten(clientID, number, record)
            else {
                // An earlier switch stays in force, whatever comes of this one.
                if !begun.wasOff { switchedOff.forget(clientID, began: number) }
                return .refused(error)
            }
            log.error(
                "client disabled in memory alone: a restart brings it back until this is written",
                metadata: ["client_id": "\(clientID)", "reason": "\(error.sentence)"]
            )
            return .notDurable(error)
        }
    }

    /// Switches the client on again.
    ///
    /// That is no emergency: where the store cannot be told, nothing changes, unless it says so
    /// already.
    func enable(_ clientID: String) -> WriteResult { write(enabling(clientID)) }

    /// Prepares to enable the client, for `write`; a switch that begins later stays in force.
    func enabling(_ clientID: String) -> Enabling {
        Enabling(clientID: clientID, began: switchedOff.began(clientID))
    }

    /// A client that is to be switched on again.
    struct Enabling: Sendable {
        fileprivate let clientID: String
        fileprivate let began: Int?
    }

    /// Switches a client on again in the store, and then in memory; blocks.
    func write(_ enabling: Enabling) -> WriteResult {
        let clientID = enabling.clientID
        do throws(StoreError) {
            try store.setEnabled(
                true,
                client: clientID,
                by: .administration,
                at: clock.seconds
            )
        } catch {
            guard error.kind != .notFound else { return .noClient }
            guard (try? store.client(clientID))?.enabled == true else { return .refused(error) }
        }
        switchedOff.forget(clientID, began: enabling.began)
        logNotice("client enabled over the administrative listener", clientID)
        return .durable
    }

    /// Writes what could not be written before; whether something is left.
    func retry() -> Bool {
        for one in switchedOff.unwritten {
            do throws(StoreError) {
                try write(one)
            } catch {
                guard error.kind != .notFound else {
                    switchedOff.forget(one.clientID)
                    continue
                }
                // The error is of the store as a whole, so that the other switches would fail too.
                return true
            }
        }
        return !switchedOff.unwritten.isEmpty
    }

    private func write(_ one: SwitchedOffClients.Unwritten) throws(StoreError) {
        let now = clock.seconds
        if let version = one.version {
            let isDisabled = try store.disable(
                one.clientID,
                ifVersion: version,
                by: .administration,
                at: now
            )
            guard isDisabled else {
                // A command has changed it since: if it enabled it, that counts.
                let record = try store.client(one.clientID)
                return switchedOff.settle(one.clientID, one.number, record)
            }
        } else {
            try store.setEnabled(false, client: one.clientID, by: .administration, at: now)
        }
        switchedOff.noteWritten(one.clientID, one.number)
        logNotice("client disabled durably now", one.clientID)
    }

    /// Says which switches end with the process.
    func warnOfLoss() {
        let lost = switchedOff.unwritten
        guard !lost.isEmpty else { return }
        log.error(
            "clients that were disabled in memory alone will be enabled after a restart",
            metadata: [
                "clients": "\(lost.count)",
                "first": "\(lost.prefix(8).map(\.clientID).joined(separator: " "))",
            ]
        )
    }

    private func logNotice(_ message: Logger.Message, _ clientID: String) {
        log.notice(message, metadata: ["client_id": "\(clientID)"])
    }
}
