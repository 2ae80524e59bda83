// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

struct UsersTests {
    @Test(arguments: StoreKind.all)
    func `users come back as they were registered, by name`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(user("bob"))
        try store.insert(user("admin"))
        #expect(try store.user("admin") == user("admin"))
        #expect(try store.users() == [user("admin"), user("bob")])
        #expect(try store.user("Admin") == nil)
    }

    @Test(arguments: StoreKind.all)
    func `a name or a subject is given once`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let store = try home.open()
        try store.insert(user("admin"))
        var other = user("other")
        other.subject = "user:admin"
        #expect(storeError { try store.insert(user("admin")) }?.kind == .alreadyExists)
        #expect(storeError { try store.insert(other) }?.kind == .alreadyExists)
        #expect(try store.users() == [user("admin")])
    }

    @Test(arguments: StoreKind.all)
    func `two spellings of a name are one name`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(user("\u{e9}va"))
        #expect(storeError { try store.insert(user("e\u{301}va")) }?.kind == .alreadyExists)
        try store.insert(user("eva"))
        try store.insert(user("\u{c9}va"))
        try store.insert(user("Karl"))
        #expect(storeError { try store.insert(user("\u{212a}arl")) }?.kind == .alreadyExists)
        #expect(try store.users().count == 4)
    }

    @Test(arguments: StoreKind.all)
    func `password and state of a user change`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(user("admin"))
        try store.setPasswordHash("$argon2id$new", user: "admin")
        try store.setEnabled(false, user: "admin")
        var expected = user("admin")
        expected.passwordHash = "$argon2id$new"
        expected.enabled = false
        // Both end what was issued before (the writes are of second 1000).
        (expected.tokensValidFrom, expected.version) = (1_002, 3)
        #expect(try store.user("admin") == expected)
        try store.removeUser("admin")
        #expect(try store.users() == [])
    }

    @Test(arguments: StoreKind.all)
    func `a name that is registered again takes over no token of the one before`(
        kind: StoreKind
    ) throws {
        let store = try kind.open()
        var first = user("admin")
        (first.createdAt, first.tokensValidFrom) = (1_000, 1_000)
        try store.insert(first, by: .server, at: 1_000)
        #expect(try store.user("admin")?.tokensValidFrom == 1_000)
        try store.removeUser("admin", by: .server, at: 1_000)
        // In the same second, and by a clock that is behind.
        for (time, start) in [(1_000, 1_001), (990, 1_002)] as [(Int64, Int64)] {
            var next = user("admin")
            (next.createdAt, next.tokensValidFrom) = (time, time)
            try store.insert(next, by: .server, at: time)
            // One second further each time: tokens of the one before may begin in the next.
            #expect(try store.user("admin")?.tokensValidFrom == start)
            try store.removeUser("admin", by: .server, at: 1_000)
        }
        // Later, and another name.
        for (name, time) in [("admin", 1_010), ("other", 1_000)] as [(String, Int64)] {
            var next = user(name)
            (next.createdAt, next.tokensValidFrom) = (time, time)
            try store.insert(next, by: .server, at: time)
            #expect(try store.user(name)?.tokensValidFrom == time)
        }
    }

    @Test(arguments: StoreKind.all)
    func `what was issued for a user ends, and does not come back`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(user("admin"))
        try store.insert(user("bob"))
        func valid() throws -> Int64? { try store.user("admin")?.tokensValidFrom }
        #expect(try valid() == 0)
        try store.setEnabled(false, user: "admin", by: .server, at: 2_000)
        #expect(try valid() == 2_001)
        try store.setEnabled(true, user: "admin", by: .server, at: 3_000)
        #expect(try valid() == 2_001)
        try store.setPasswordHash("new", user: "admin", by: .server, at: 4_000)
        #expect(try valid() == 4_001)
        #expect(try store.endTokens(user: "admin", by: .server, at: 5_000) == 5_001)
        // A clock that was set back takes nothing back, and ends what was issued since.
        #expect(try store.endTokens(user: "admin", by: .server, at: 1_000) == 5_002)
        #expect(try store.user("admin")?.version == 6)
        #expect(try store.user("bob") == user("bob"))
    }

    @Test(arguments: StoreKind.all)
    func `an unknown user is neither changed nor removed`(kind: StoreKind) throws {
        let store = try kind.open()
        let errorKinds = [
            storeError { try store.setPasswordHash("x", user: "admin") },
            storeError { try store.setEnabled(false, user: "admin") },
            storeError { try store.removeUser("admin") },
            storeError { try store.endTokens(user: "admin", by: .server, at: 1) },
        ]
        #expect(errorKinds.map { $0?.kind } == Array(repeating: .notFound, count: 4))
    }
}
