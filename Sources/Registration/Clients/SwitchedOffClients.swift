// SPDX-License-Identifier: Apache-2.0
package import OAuth
internal import Reactor
package import Storage

/// Clients that were switched off over the administrative listener, until the registry says so by
/// itself.
///
/// The switch must work while the store cannot be written, so it works on the clients in memory
/// first. The store's records count again afterwards: from the first one on that was read after
/// the write, or that a command has enabled since.
package final class SwitchedOffClients: Sendable {
    private struct Entry {
        /// The switch's number; records that were read before it are older than the switch.
        let number: Int
        /// The number with which it began, which writing it does not change.
        let began: Int
        /// The administrator of the last switch.
        let author: Author
        /// The stored record, if the switch could not be written; nil if it could not be read
        /// either.
        var record: ClientRecord?
        /// Whether the store has it.
        var isWritten = false
        /// Whether the store was asked for the record since it was written.
        var isConfirmed = false
    }

    private struct State {
        var registry: Registry?
        var entries: [String: Entry] = [:]
        var numbers = 0
        /// The numbers at which clients were switched on again, the latest of each.
        var switchedOn: [String: Int] = [:]
        /// The number up to which `switchedOn` was emptied.
        var forgottenUpTo = 0
    }

    /// A switch that is to be written.
    package struct Unwritten: Sendable {
        package let clientID: String
        package let number: Int
        /// The administrator who asked for it.
        package let author: Author
        /// The version of its record, as far as is known.
        package let version: Int64?
    }

    private let state = Lock(State())

    /// Each keeps a client's record, of some kilobytes.
    private static let unwrittenMax = 1000
    /// As many are kept while a write of a record may be under way: far more than come meanwhile.
    private static let switchedOnMax = 1000

    /// No client is off.
    package init() {}

    // MARK: the administrative listener's side

    /// Switches the client off for every request from now on; the number of this switch, and
    /// whether such a client is served.
    package func switchOff(
        _ clientID: String,
        by author: Author = .firstAdministrator
    ) -> (number: Int, isServed: Bool) {
        state.withLock { state in
            state.numbers += 1
            let before = state.entries[clientID]
            state.entries[clientID] = Entry(
                number: state.numbers,
                began: state.numbers,
                author: author,
                record: before?.record
            )
            let client = state.registry?.clients.client(Array(clientID.utf8).span)
            client?.isSwitchedOff = true
            return (state.numbers, client != nil)
        }
    }

    /// The client's activity since the server's start; nil where nothing was noted.
    package func activity(of clientID: String) -> ClientActivity? {
        state.withLock {
            $0.registry?.clients.client(Array(clientID.utf8).span)?.knownActivity
        }
    }

    /// Lets the registry's word count again.
    package func forget(_ clientID: String) {
        state.withLock { state in
            state.entries[clientID] = nil
            state.registry?.clients.client(Array(clientID.utf8).span)?.isSwitchedOff = false
        }
    }

    /// How a client's switch stands at one moment.
    package struct Moment: Sendable {
        /// The number with which the switch began; nil where the client is not off.
        package let began: Int?
        /// The number of the last switch of any client.
        fileprivate let number: Int
    }

    /// How the client's switch stands now.
    package func moment(of clientID: String) -> Moment {
        state.withLock { state in
            Moment(began: state.entries[clientID]?.began, number: state.numbers)
        }
    }

    /// Takes note that the store has the client enabled, by a write that began at `moment`: the
    /// registry's word counts again, unless another switch has begun since.
    package func switchOn(_ clientID: String, since moment: Moment) {
        state.withLock { state in
            if state.switchedOn.count >= Self.switchedOnMax {
                state.switchedOn.removeAll(keepingCapacity: true)
                state.forgottenUpTo = state.numbers
            }
            state.numbers += 1
            state.switchedOn[clientID] = state.numbers
            guard state.entries[clientID]?.began == moment.began else { return }
            state.entries[clientID] = nil
            state.registry?.clients.client(Array(clientID.utf8).span)?.isSwitchedOff = false
        }
    }

    /// Takes note that the store has the client disabled, by a write that began at `moment`: off at
    /// once, unless it was switched on or off since.
    ///
    /// Those may be of after the write; the record that the registry reads next decides then. So it
    /// does where that is not known any more.
    package func noteDisabled(_ clientID: String, by author: Author, since moment: Moment) {
        state.withLock { state in
            guard max(state.switchedOn[clientID] ?? 0, state.forgottenUpTo) <= moment.number,
                state.entries[clientID]?.began ?? 0 <= moment.number
            else { return }
            state.numbers += 1
            state.entries[clientID] = Entry(
                number: state.numbers,
                began: state.numbers,
                author: author,
                record: nil,
                isWritten: true
            )
            state.registry?.clients.client(Array(clientID.utf8).span)?.isSwitchedOff = true
        }
    }

    /// Lets the registry's word count again, unless another switch has begun since the one with
    /// this number.
    package func forget(_ clientID: String, began: Int?) {
        state.withLock { state in
            guard state.entries[clientID]?.began == began else { return }
            state.entries[clientID] = nil
            state.registry?.clients.client(Array(clientID.utf8).span)?.isSwitchedOff = false
        }
    }

    /// Notes that the store has the switch with this number.
    package func noteWritten(_ clientID: String, _ number: Int) {
        state.withLock { state in
            guard var entry = state.entries[clientID], entry.number == number else { return }
            // A record that was read while it was written may be of before.
            state.numbers += 1
            entry = Entry(
                number: state.numbers,
                began: entry.began,
                author: entry.author,
                record: nil,
                isWritten: true
            )
            state.entries[clientID] = entry
        }
    }

    /// Notes what the store has instead; false where there are too many such switches.
    package func noteUnwritten(_ clientID: String, _ number: Int, _ record: ClientRecord?) -> Bool {
        state.withLock { state in
            guard var entry = state.entries[clientID], entry.number == number else { return true }
            guard state.entries.values.count(where: { !$0.isWritten }) <= Self.unwrittenMax else {
                return false
            }
            entry.record = record
            state.entries[clientID] = entry
            return true
        }
    }

    /// The switches that the store does not have yet.
    package var unwritten: [Unwritten] {
        state.withLock { state in
            state.entries.compactMap { clientID, entry in
                guard !entry.isWritten else { return nil }
                return Unwritten(
                    clientID: clientID,
                    number: entry.number,
                    author: entry.author,
                    version: entry.record?.version
                )
            }
        }
    }

    /// The clients whose switches were written, and whose records were not read since.
    package var unconfirmed: [String] {
        state.withLock { state in
            state.entries.compactMap { $1.isWritten && !$1.isConfirmed ? $0 : nil }
        }
    }

    /// Takes note of what the store has after a switch was written, nil for nothing; read after
    /// `number` was asked for.
    ///
    /// A command may have enabled the client between the write and its note, and the change of that
    /// may have been read then, which is once. The registry's word counts again.
    package func confirm(_ clientID: String, _ number: Int, _ record: ClientRecord?) {
        state.withLock { state in
            guard var entry = state.entries[clientID], entry.number == number, entry.isWritten
            else { return }
            guard record?.enabled == true else {
                entry.isConfirmed = true
                state.entries[clientID] = entry
                return
            }
            state.entries[clientID] = nil
            state.registry?.clients.client(Array(clientID.utf8).span)?.isSwitchedOff = false
        }
    }

    /// Whether the client is off, whatever the store says.
    package func covers(_ clientID: String) -> Bool {
        state.withLock { $0.entries[clientID] != nil }
    }

    // MARK: the side of those who read the store

    /// The number to pass to `settle` with a record that is read after this call.
    package func number(of clientID: String) -> Int? {
        state.withLock { $0.entries[clientID]?.number }
    }

    /// The clients that are switched off.
    package var clientIDs: [String] {
        state.withLock { Array($0.entries.keys) }
    }

    /// Takes note of what the store has, nil for nothing; read after `number` was asked for.
    package func settle(_ clientID: String, _ number: Int?, _ record: ClientRecord?) {
        state.withLock { state in
            guard let number, var entry = state.entries[clientID], entry.number == number else {
                return
            }
            if !entry.isWritten, let record, record.enabled {
                guard let before = entry.record, Self.wasEnabled(before, record) else {
                    entry.record = record
                    state.entries[clientID] = entry
                    return
                }
            }
            state.entries[clientID] = nil
        }
    }

    /// Switches off what is to be off in a registry that is about to be handed out.
    package func use(_ registry: Registry) {
        state.withLock { state in
            state.registry = registry
            for clientID in state.entries.keys {
                registry.clients.client(Array(clientID.utf8).span)?.isSwitchedOff = true
            }
        }
    }

    /// Whether `handfast client enable` lies between the two: it changes nothing of a client that
    /// is enabled but the version and the time.
    private static func wasEnabled(_ before: ClientRecord, _ after: ClientRecord) -> Bool {
        var same = before
        (same.updatedAt, same.version) = (after.updatedAt, after.version)
        return before.enabled && after.version != before.version && same == after
    }
}
