// SPDX-License-Identifier: Apache-2.0
import Storage
import Testing

/// The secret from which nodes derive ticket keys.
struct TicketSecretTests {
    @Test(arguments: StoreKind.shared)
    func `every program has the same secret`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let (one, other) = (try home.open(), try home.open())
        let secret = try #require(try one.ensureTicketSecret(by: .server, at: 1_000))
        #expect(secret.count == 32)
        #expect(secret.contains { $0 != secret[0] })
        #expect(try other.ensureTicketSecret(by: .server, at: 2_000) == secret)
        #expect(try other.read { try $0.ticketSecret() } == secret)
        // No registration, so that the audit has no row of it.
        #expect(try one.audit(AuditQuery(limit: 10)).isEmpty)
    }

    @Test(arguments: StoreKind.ofOneMachine)
    func `a store of one node has none`(kind: StoreKind) throws {
        let store = try kind.open()
        #expect(try store.ensureTicketSecret(by: .server, at: 1_000) == nil)
        #expect(try store.read { try $0.ticketSecret() } == nil)
    }
}
