// SPDX-License-Identifier: Apache-2.0
import Storage
import Testing

@testable import SQLiteStore

struct UsersTests {
    let directory: TemporaryDirectory
    let store: Store

    init() throws {
        directory = try TemporaryDirectory()
        store = try directory.open()
    }

    @Test func `users come back as they were registered, by name`() throws {
        try store.insert(user("bob"))
        try store.insert(user("admin"))
        #expect(try store.user("admin") == user("admin"))
        #expect(try store.users() == [user("admin"), user("bob")])
        #expect(try store.user("Admin") == nil)
    }

    @Test func `a name or a subject is given once`() throws {
        try store.insert(user("admin"))
        var other = user("other")
        other.subject = "user:admin"
        #expect(refusal { try store.insert(user("admin")) }?.reason == .alreadyExists)
        #expect(refusal { try store.insert(other) }?.reason == .alreadyExists)
        #expect(try store.users() == [user("admin")])
    }

    @Test func `password and state of a user change`() throws {
        try store.insert(user("admin"))
        try store.setPasswordHash("$argon2id$new", user: "admin")
        try store.setEnabled(false, user: "admin")
        var expected = user("admin")
        expected.passwordHash = "$argon2id$new"
        expected.enabled = false
        #expect(try store.user("admin") == expected)
        try store.removeUser("admin")
        #expect(try store.users() == [])
    }

    @Test func `an unknown user is neither changed nor removed`() throws {
        let refusals = [
            refusal { try store.setPasswordHash("x", user: "admin") },
            refusal { try store.setEnabled(false, user: "admin") },
            refusal { try store.removeUser("admin") },
        ]
        #expect(refusals.map { $0?.reason } == Array(repeating: .notFound, count: 3))
    }
}
