// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Storage
import StorageTesting
import Testing

/// Waiting for a change: it ends with one, with a nudge, or with the time.
struct WaitingTests {
    private let clock = ContinuousClock()

    private func position(_ store: any CompleteStore) throws -> ChangePosition {
        try store.read { try $0.position() }
    }

    /// Whether there was a change, and how long it took.
    private func wait(
        _ store: any CompleteStore,
        _ position: ChangePosition,
        _ milliseconds: Int
    ) throws -> (isChange: Bool, time: Duration) {
        let start = clock.now
        let isChange = try store.waitForChange(after: position, milliseconds: milliseconds)
        return (isChange, clock.now - start)
    }

    @Test(arguments: StoreKind.all)
    func `without a change it ends with the time`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(client("c1"))
        let now = try position(store)
        let taken = try wait(store, now, 250)
        #expect(taken.isChange == false)
        #expect(taken.time >= .milliseconds(240))
        #expect(try !store.waitForChange(after: now, milliseconds: 0))
    }

    @Test(arguments: StoreKind.all)
    func `a change that is there already ends it at once`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let (store, other) = (try home.open(), try home.open())
        let before = try position(store)
        try other.insert(client("c1"))
        let taken = try wait(store, before, 60_000)
        #expect(taken.isChange == true)
        #expect(taken.time < .seconds(20))
        #expect(try store.waitForChange(after: before, milliseconds: 0))
        // Asked after the newest one, there is none; so also after it was reported.
        #expect(try !store.waitForChange(after: position(store), milliseconds: 0))
    }

    @Test(arguments: StoreKind.all)
    func `somebody else's commit ends it, and so does one by the same store`(
        kind: StoreKind
    ) throws {
        let home = try kind.makeHome()
        let (store, other) = (try home.open(), try home.open())
        for (number, writer) in [other, store].enumerated() {
            let before = try position(store)
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(100)) {
                try? writer.insert(client("c\(number)"))
            }
            let taken = try wait(store, before, 60_000)
            #expect(taken.isChange == true)
            #expect(taken.time < .seconds(30))
        }
    }

    @Test(arguments: StoreKind.all)
    func `what no registry depends on does not end it`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let (store, other) = (try home.open(), try home.open())
        try store.insert(client("c1", certificates: [certificate(1)]))
        let before = try position(store)
        try other.recordRegisteredUses([
            RegisteredCertificateUse(
                client: "c1",
                thumbprint: certificate(1).thumbprint,
                firstSeen: 1,
                lastSeen: 1
            )
        ])
        #expect(try !store.waitForChange(after: before, milliseconds: 250))
    }

    @Test(arguments: StoreKind.all)
    func `a nudge ends it, and is no change`(kind: StoreKind) throws {
        let store = try kind.open()
        let now = try position(store)
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(100)) { store.nudge() }
        let taken = try wait(store, now, 60_000)
        #expect(taken.isChange == false)
        #expect(taken.time < .seconds(30))
    }

    @Test(arguments: StoreKind.all)
    func `a nudge that comes before the wait ends it, once`(kind: StoreKind) throws {
        let store = try kind.open()
        let now = try position(store)
        store.nudge()
        let first = try wait(store, now, 60_000)
        #expect(first.isChange == false)
        #expect(first.time < .seconds(30))
        let second = try wait(store, now, 250)
        #expect(second.isChange == false)
        #expect(second.time >= .milliseconds(240))
    }
}
