// SPDX-License-Identifier: Apache-2.0
import Foundation
import Logging
import OAuth
import Reactor
import SQLiteStore
import Storage
import StorageTesting
import Testing

@testable import Administration
@testable import Registration

/// The emergency switch on a store that can be written, and on one that another program keeps busy.
final class ClientSwitchTests: Sendable {
    private let folder: String
    private let store: any RegistrationStore
    private let switchedOff = SwitchedOffClients()
    private let clientSwitch: ClientSwitch
    private let clock = WallClock()
    private let registry: Registry

    init() throws {
        folder =
            FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent("handfast-switch-\(UInt64.random(in: 0 ... .max))").path
        store = try SQLiteDatabase.open(directory: folder, as: .server)
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        clientSwitch = ClientSwitch(store, switchedOff, clock: clock, log: log)
        var clients = ClientRegistry()
        for id in ["app", "other"] {
            let record = ClientRecord(
                clientID: id,
                name: id,
                authenticationMethod: "client_secret_basic",
                grantTypes: ["client_credentials"],
                enabled: true,
                createdAt: 1,
                updatedAt: 1
            )
            try store.insert(record)
            clients.insert(try ClientMapping.client(record))
        }
        registry = Registry(clients: clients, users: [:], generation: 1)
        switchedOff.use(registry)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Whether requests of the client are served.
    private func isServed(_ id: String = "app") -> Bool? {
        registry.clients.client(Array(id.utf8).span)?.isEnabled
    }

    /// Whether a restart would serve the client.
    private func isEnabledInTheStore() throws -> Bool? { try store.client("app")?.enabled }

    /// Calls `body` while another connection has a write transaction open; each write that `body`
    /// tries waits for the busy timeout and fails.
    private func whileBusy(_ body: () throws -> Void) throws {
        let other = try SQLiteDatabase.open(directory: folder, as: .tool)
        try other.write(by: .server, at: 1) { _ in try body() }
    }

    private func isDurable(_ result: ClientSwitch.WriteResult) -> Bool {
        if case .durable = result { true } else { false }
    }

    private func isNotDurable(_ result: ClientSwitch.WriteResult) -> Bool {
        if case .notDurable(let error) = result { error.kind == .busy } else { false }
    }

    private func isRefused(_ result: ClientSwitch.WriteResult) -> Bool {
        if case .refused(let error) = result { error.kind == .busy } else { false }
    }

    private func isUnknown(_ result: ClientSwitch.WriteResult) -> Bool {
        if case .noClient = result { true } else { false }
    }

    @Test func `disabled twice it is off, and enabled once it is on`() throws {
        for _ in 0..<2 {
            #expect(isDurable(clientSwitch.disable("app")))
            #expect(isServed() == false && clientSwitch.isOff("app"))
            #expect(try isEnabledInTheStore() == false)
        }
        #expect(isDurable(clientSwitch.enable("app")))
        #expect(isServed() == true && !clientSwitch.isOff("app"))
        #expect(try isEnabledInTheStore() == true)
        #expect(!clientSwitch.retry())
    }

    @Test func `a switch has the time of the clock that was handed in`() throws {
        func changedAt() throws -> Int64 { try #require(try store.client("app")).updatedAt }
        func isNow(_ seconds: Int64) -> Bool {
            (clock.seconds - 60...clock.seconds).contains(seconds)
        }
        clock.turn(seconds: 31_536_000)
        #expect(isDurable(clientSwitch.disable("app")))
        #expect(try isNow(changedAt()))
        clock.turn(seconds: 86_400)
        #expect(try !isNow(changedAt()))
        #expect(isDurable(clientSwitch.enable("app")))
        #expect(try isNow(changedAt()))
        // Written later, it has the time at which it was written.
        try whileBusy { #expect(isNotDurable(clientSwitch.disable("app"))) }
        clock.turn(seconds: -2 * 31_536_000)
        #expect(!clientSwitch.retry())
        #expect(try isEnabledInTheStore() == false)
        #expect(try isNow(changedAt()))
    }

    @Test func `others stay on, and a client that is not there is neither off nor on`() throws {
        #expect(isDurable(clientSwitch.disable("app")))
        #expect(isServed("other") == true && !clientSwitch.isOff("other"))
        #expect(isUnknown(clientSwitch.disable("nobody")))
        #expect(isUnknown(clientSwitch.enable("nobody")))
        #expect(!clientSwitch.isOff("nobody"))
        #expect(isServed() == false)
    }

    @Test func `disabled twice while the store is busy it is off, and written once`() throws {
        try whileBusy {
            for _ in 0..<2 {
                #expect(isNotDurable(clientSwitch.disable("app")))
                #expect(isServed() == false && clientSwitch.isOff("app"))
            }
            #expect(clientSwitch.retry())
            let isEnabled = try isEnabledInTheStore()
            #expect(isEnabled == true)
        }
        #expect(switchedOff.unwritten.map(\.clientID) == ["app"])
        #expect(!clientSwitch.retry())
        #expect(try isEnabledInTheStore() == false)
        #expect(isServed() == false && switchedOff.unwritten.isEmpty)
        #expect(isDurable(clientSwitch.enable("app")))
        #expect(isServed() == true)
        #expect(try isEnabledInTheStore() == true)
    }

    @Test func `disabled twice while the store is busy, enabling once takes both back`() throws {
        try whileBusy {
            for _ in 0..<2 { #expect(isNotDurable(clientSwitch.disable("app"))) }
            // The store never had it as disabled.
            #expect(isDurable(clientSwitch.enable("app")))
            #expect(isServed() == true && !clientSwitch.isOff("app"))
        }
        #expect(!clientSwitch.retry())
        #expect(try isEnabledInTheStore() == true)
    }

    @Test func `enabling that cannot be written changes nothing, and disabling counts`() throws {
        #expect(isDurable(clientSwitch.disable("app")))
        try whileBusy {
            #expect(isRefused(clientSwitch.enable("app")))
            #expect(isServed() == false && clientSwitch.isOff("app"))
            #expect(isNotDurable(clientSwitch.disable("app")))
        }
        // No enabling is written later.
        #expect(!clientSwitch.retry())
        #expect(isServed() == false)
        #expect(try isEnabledInTheStore() == false)
    }

    @Test func `switching on that was asked for first does not undo a later switch`() throws {
        #expect(isDurable(clientSwitch.disable("app")))
        let enabling = clientSwitch.enabling("app")
        let begun = clientSwitch.disabling("app")
        #expect(isDurable(clientSwitch.write(enabling)))
        // On in the store for a moment, and off for every request.
        #expect(try isEnabledInTheStore() == true)
        #expect(isServed() == false && clientSwitch.isOff("app"))
        #expect(isDurable(clientSwitch.write(begun)))
        #expect(try isEnabledInTheStore() == false)
        #expect(isServed() == false)
    }

    @Test func `a record that was written disabled counts at once`() throws {
        let begun = clientSwitch.enabling("app")
        try store.setEnabled(false, client: "app", at: 2)
        clientSwitch.noteWritten(try #require(try store.client("app")), since: begun)
        #expect(isServed() == false && clientSwitch.isOff("app") && isServed("other") == true)
        #expect(switchedOff.unwritten.isEmpty)
    }

    @Test func `a record that was written disabled does not undo what enabled it since`() throws {
        let begun = clientSwitch.enabling("app")
        try store.setEnabled(false, client: "app", at: 2)
        let written = try #require(try store.client("app"))
        #expect(isDurable(clientSwitch.enable("app")))
        clientSwitch.noteWritten(written, since: begun)
        #expect(isServed() == true && !clientSwitch.isOff("app"))
        #expect(try isEnabledInTheStore() == true)
        // Nor does the note of another one's record.
        let other = clientSwitch.enabling("other")
        #expect(isDurable(clientSwitch.enable("app")))
        try store.setEnabled(false, client: "other", at: 3)
        clientSwitch.noteWritten(try #require(try store.client("other")), since: other)
        #expect(isServed("other") == false && isServed() == true)
    }

    @Test func `a record that was written disabled leaves a later switch to be written`() throws {
        let begun = clientSwitch.enabling("app")
        let later = clientSwitch.disabling("app")
        var written = try #require(try store.client("app"))
        written.enabled = false
        clientSwitch.noteWritten(written, since: begun)
        #expect(clientSwitch.isOff("app") && switchedOff.unwritten.map(\.clientID) == ["app"])
        #expect(isDurable(clientSwitch.write(later)))
        #expect(switchedOff.unwritten.isEmpty && isServed() == false)
    }

    @Test func `a client that is not there is forgotten, however often it was asked for`() {
        let first = clientSwitch.disabling("nobody")
        let second = clientSwitch.disabling("nobody")
        #expect(isUnknown(clientSwitch.write(first)))
        #expect(clientSwitch.isOff("nobody"))
        #expect(isUnknown(clientSwitch.write(second)))
        #expect(!clientSwitch.isOff("nobody") && switchedOff.unwritten.isEmpty)
    }

    @Test func `a switch that waits does not undo what enabled the client since`() throws {
        try whileBusy { #expect(isNotDurable(clientSwitch.disable("app"))) }
        // As `handfast client enable` does: nothing but the time changes.
        try store.setEnabled(true, client: "app", at: 2)
        #expect(!clientSwitch.retry())
        #expect(try isEnabledInTheStore() == true)
        #expect(!clientSwitch.isOff("app"))
    }

    // MARK: commands between a write and its note

    /// Enables the client as `handfast client enable` does, and reads the change as the watcher.
    private func enableAndRead() {
        do {
            try store.setEnabled(true, client: "app", at: 3)
            switchedOff.settle(
                "app",
                switchedOff.number(of: "app"),
                try store.client("app")
            )
        } catch {
            Issue.record(error)
        }
    }

    /// A switch on a store that another program writes to; and that store.
    private func followed() -> (ClientSwitch, UnreadableStore) {
        let gate = UnreadableStore(store)
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return (ClientSwitch(gate, switchedOff, clock: clock, log: log), gate)
    }

    @Test func `a command that enables a client before its switch is noted counts`() throws {
        let (followed, gate) = followed()
        gate.follow { self.enableAndRead() }
        #expect(isDurable(followed.disable("app")))
        #expect(try isEnabledInTheStore() == true)
        #expect(isServed() == true && !followed.isOff("app") && !followed.isUnsettled)
        // Without such a command the client stays off, and nothing is left to be done.
        #expect(isDurable(followed.disable("app")))
        #expect(isServed() == false && followed.isOff("app") && !followed.isUnsettled)
    }

    @Test func `a command that enables a client before its record is noted counts`() throws {
        let begun = clientSwitch.enabling("app")
        try store.setEnabled(false, client: "app", at: 2)
        let written = try #require(try store.client("app"))
        enableAndRead()
        clientSwitch.noteWritten(written, since: begun)
        #expect(isServed() == true && !clientSwitch.isOff("app") && !clientSwitch.isUnsettled)
    }

    @Test func `where the store cannot be read after a switch, it is looked at later`() throws {
        let (followed, gate) = followed()
        gate.fail(.afterWrite)
        gate.follow { self.enableAndRead() }
        #expect(isDurable(followed.disable("app")))
        // Fails closed.
        #expect(isServed() == false && followed.isOff("app"))
        #expect(followed.isUnsettled && !followed.hasUnwritten)
        #expect(!followed.retry())
        #expect(isServed() == false && followed.isUnsettled)
        gate.fail(.never)
        #expect(!followed.retry())
        #expect(isServed() == true && !followed.isOff("app") && !followed.isUnsettled)
    }

    @Test func `a switch that begins during that look stays in force`() throws {
        let (number, _) = switchedOff.switchOff("app")
        switchedOff.noteWritten("app", number)
        let looked = try #require(switchedOff.number(of: "app"))
        _ = switchedOff.switchOff("app")
        switchedOff.confirm("app", looked, try store.client("app"))
        #expect(isServed() == false && clientSwitch.isOff("app"))
        #expect(switchedOff.unwritten.map(\.clientID) == ["app"])
    }
}
