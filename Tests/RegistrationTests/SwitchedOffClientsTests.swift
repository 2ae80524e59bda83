// SPDX-License-Identifier: Apache-2.0
import OAuth
import Registration
import Storage
import Testing

/// The store's record of a client.
private func record(
    _ id: String = "app",
    enabled: Bool = true,
    version: Int64 = 1,
    scopes: [String] = []
) -> ClientRecord {
    ClientRecord(
        clientID: id,
        name: id,
        authenticationMethod: "client_secret_basic",
        grantTypes: ["client_credentials"],
        scopes: scopes,
        enabled: enabled,
        createdAt: 1,
        updatedAt: 1,
        version: version
    )
}

private func registry(_ records: [ClientRecord], _ generation: UInt64 = 1) throws -> Registry {
    var clients = ClientRegistry()
    for record in records { clients.insert(try ClientMapping.client(record)) }
    return Registry(clients: clients, users: [:], generation: generation)
}

private func isEnabled(_ id: String, _ registry: Registry) -> Bool? {
    registry.clients.client(Array(id.utf8).span)?.isEnabled
}

struct SwitchedOffClientsTests {
    private let switchedOff = SwitchedOffClients()

    @Test func `a switch works on the registry in use, and on the next ones`() throws {
        let first = try registry([record(), record("other")])
        switchedOff.use(first)
        let (_, isServed) = switchedOff.switchOff("app")
        #expect(isServed && switchedOff.covers("app"))
        #expect(isEnabled("app", first) == false && isEnabled("other", first) == true)
        let second = try registry([record(), record("other")], 2)
        #expect(isEnabled("app", second) == true)
        switchedOff.use(second)
        #expect(isEnabled("app", second) == false && isEnabled("other", second) == true)
        switchedOff.forget("app")
        #expect(isEnabled("app", second) == true && !switchedOff.covers("app"))
    }

    @Test func `a client that is not there yet is off when it comes`() throws {
        switchedOff.use(try registry([]))
        #expect(!switchedOff.switchOff("app").isServed)
        let next = try registry([record()])
        switchedOff.use(next)
        #expect(isEnabled("app", next) == false)
    }

    @Test func `what was read before the write does not end the switch, and what came after does`()
    {
        let (number, _) = switchedOff.switchOff("app")
        let before = switchedOff.number(of: "app")
        switchedOff.noteWritten("app", number)
        switchedOff.settle("app", before, record(enabled: true))
        #expect(switchedOff.covers("app"))
        switchedOff.settle("app", nil, record(enabled: true))
        #expect(switchedOff.covers("app"))
        // A command has enabled it since.
        switchedOff.settle("app", switchedOff.number(of: "app"), record(enabled: true))
        #expect(!switchedOff.covers("app"))
    }

    @Test func `a written switch ends with the record that says the same`() {
        let (number, _) = switchedOff.switchOff("app")
        switchedOff.noteWritten("app", number)
        #expect(switchedOff.unwritten.isEmpty)
        switchedOff.settle("app", switchedOff.number(of: "app"), record(enabled: false))
        #expect(!switchedOff.covers("app"))
    }

    @Test func `a switch that is not durable is kept until the store has it`() {
        let (number, _) = switchedOff.switchOff("app")
        #expect(switchedOff.noteUnwritten("app", number, record(version: 5)))
        #expect(switchedOff.unwritten.map(\.clientID) == ["app"])
        #expect(switchedOff.unwritten.first?.version == 5)
        // The same as before, and another change of the client: neither has enabled it.
        switchedOff.settle("app", number, record(version: 5))
        switchedOff.settle("app", number, record(version: 6, scopes: ["read"]))
        #expect(switchedOff.covers("app") && switchedOff.unwritten.first?.version == 6)
        switchedOff.noteWritten("app", number)
        #expect(switchedOff.unwritten.isEmpty && switchedOff.covers("app"))
    }

    @Test func `a command that enables or disables, and one that removes, end it`() {
        for after in [record(version: 9), record(enabled: false, version: 9), nil] {
            let (number, _) = switchedOff.switchOff("app")
            _ = switchedOff.noteUnwritten("app", number, record(version: 5))
            switchedOff.settle("app", number, after)
            #expect(!switchedOff.covers("app"))
        }
    }

    @Test func `without a record from before, the first one that is read is it`() {
        let (number, _) = switchedOff.switchOff("app")
        _ = switchedOff.noteUnwritten("app", number, nil)
        #expect(switchedOff.unwritten.first?.version == nil)
        switchedOff.settle("app", number, record(version: 5))
        #expect(switchedOff.covers("app"))
        switchedOff.settle("app", number, record(version: 6))
        #expect(!switchedOff.covers("app"))
    }

    @Test func `a second switch takes the place of the first`() {
        let (first, _) = switchedOff.switchOff("app")
        _ = switchedOff.noteUnwritten("app", first, record())
        let (second, _) = switchedOff.switchOff("app")
        switchedOff.noteWritten("app", first)
        #expect(switchedOff.unwritten.count == 1)
        switchedOff.noteWritten("app", second)
        #expect(switchedOff.unwritten.isEmpty)
    }

    @Test func `there is a bound`() {
        for number in 0...1000 {
            let id = "app\(number)"
            let (one, _) = switchedOff.switchOff(id)
            let isTaken = switchedOff.noteUnwritten(id, one, record(id))
            #expect(isTaken == (number < 1000))
            if !isTaken { switchedOff.forget(id) }
        }
        #expect(switchedOff.unwritten.count == 1000)
    }
}
