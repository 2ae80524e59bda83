// SPDX-License-Identifier: Apache-2.0
package import Logging
internal import OAuth
package import Reactor
package import Registration
package import Storage

/// Switches clients off and on again: in memory first, in force at once, then in the store.
///
/// Fails closed: a client that could not be disabled in the store stays off in memory, and the
/// write is retried; until then a restart would bring the client back.
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

    /// The client's activity on this node since its start; nil where nothing was noted.
    func activity(of clientID: String) -> ClientActivity? { switchedOff.activity(of: clientID) }

    /// A switch in force in memory, to be written to the store.
    struct Begun: Sendable {
        fileprivate let clientID: String
        fileprivate let author: Author
        fileprivate let wasOff: Bool
        fileprivate let number: Int
        fileprivate let isServed: Bool
    }

    /// Switches the client off from its next request on, and then in the store.
    func disable(_ clientID: String, by author: Author = .firstAdministrator) -> WriteResult {
        write(disabling(clientID, by: author))
    }

    /// Switches the client off from its next request on; in memory alone, and never blocks.
    func disabling(_ clientID: String, by author: Author = .firstAdministrator) -> Begun {
        let wasOff = switchedOff.covers(clientID)
        let (number, isServed) = switchedOff.switchOff(clientID, by: author)
        return Begun(
            clientID: clientID,
            author: author,
            wasOff: wasOff,
            number: number,
            isServed: isServed
        )
    }

    /// Writes a switch to the store; blocks.
    func write(_ begun: Begun) -> WriteResult {
        let (clientID, number) = (begun.clientID, begun.number)
        do throws(StoreError) {
            try store.setEnabled(
                false,
                client: clientID,
                by: begun.author,
                at: clock.seconds
            )
            switchedOff.noteWritten(clientID, number)
            confirm(clientID)
            logNotice("client disabled over the administrative listener", clientID)
            return .durable
        } catch {
            guard error.kind != .notFound else {
                switchedOff.forget(clientID, began: number)
                return .noClient
            }
            // A store that cannot be written can mostly be read.
            let record = try? store.client(clientID)
            guard begun.isServed || record != nil,
                switchedOff.noteUnwritten(clientID, number, record)
            else {
                // An earlier switch stays in force, whatever the result of this one.
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
    /// Not an emergency: the store is written first, and nothing changes where that fails, unless
    /// the store has the client enabled already.
    func enable(_ clientID: String, by author: Author = .firstAdministrator) -> WriteResult {
        write(enabling(clientID, by: author))
    }

    /// Prepares to enable the client, for `write`; a switch that begins later stays in force.
    func enabling(_ clientID: String, by author: Author = .firstAdministrator) -> Enabling {
        Enabling(clientID: clientID, author: author, before: switchedOff.moment(of: clientID))
    }

    /// A client that is to be switched on again.
    struct Enabling: Sendable {
        fileprivate let clientID: String
        fileprivate let author: Author
        fileprivate let before: SwitchedOffClients.Moment
    }

    /// Switches a client on again in the store, and then in memory; blocks.
    func write(_ enabling: Enabling) -> WriteResult {
        let clientID = enabling.clientID
        do throws(StoreError) {
            try store.setEnabled(
                true,
                client: clientID,
                by: enabling.author,
                at: clock.seconds
            )
        } catch {
            guard error.kind != .notFound else { return .noClient }
            guard (try? store.client(clientID))?.enabled == true else { return .refused(error) }
        }
        switchedOff.switchOn(clientID, since: enabling.before)
        logNotice("client enabled over the administrative listener", clientID)
        return .durable
    }

    /// Takes note of a record that was written and says whether its client is enabled: in force at
    /// once, as a switch is.
    ///
    /// `begun` is from before the write: a switch that has begun or ended since stays as it is.
    func noteWritten(_ client: ClientRecord, since begun: Enabling) {
        if client.enabled {
            switchedOff.switchOn(client.clientID, since: begun.before)
        } else {
            switchedOff.noteDisabled(client.clientID, by: begun.author, since: begun.before)
            confirm(client.clientID)
        }
    }

    /// Looks whether a command has enabled the client between the write of a switch and its note;
    /// where the store does not answer, `retry` looks again.
    private func confirm(_ clientID: String) {
        guard let number = switchedOff.number(of: clientID) else { return }
        do throws(StoreError) {
            switchedOff.confirm(clientID, number, try store.client(clientID))
        } catch {}
    }

    /// Whether a switch is in force in memory alone.
    var hasUnwritten: Bool { !switchedOff.unwritten.isEmpty }

    /// Whether there is anything for `retry` to do.
    var isUnsettled: Bool { hasUnwritten || !switchedOff.unconfirmed.isEmpty }

    /// Retries the writes that have failed, and the reads after writes; whether writes are left.
    func retry() -> Bool {
        for clientID in switchedOff.unconfirmed { confirm(clientID) }
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
                by: one.author,
                at: now
            )
            guard isDisabled else {
                // A command may have changed the client since, and enabled it deliberately.
                let record = try store.client(one.clientID)
                return switchedOff.settle(one.clientID, one.number, record)
            }
        } else {
            try store.setEnabled(false, client: one.clientID, by: one.author, at: now)
        }
        switchedOff.noteWritten(one.clientID, one.number)
        confirm(one.clientID)
        logNotice("client disabled durably now", one.clientID)
    }

    /// Logs the switches that end with the process.
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
