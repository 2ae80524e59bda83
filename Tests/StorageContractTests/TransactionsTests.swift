// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

struct TransactionsTests {
    private struct Refused: Error {}

    @Test(arguments: StoreKind.all)
    func `what a read sees is of one moment`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let (store, other) = (try home.open(), try home.open())
        try store.insert(client("c1"))
        try store.read { reader in
            let position = try reader.position()
            #expect(try reader.clientCount() == 1)
            try other.insert(client("c2"))
            try store.insert(user("admin"))
            #expect(try reader.clientCount() == 1 && reader.users() == [])
            #expect(try reader.client("c2") == nil)
            #expect(try reader.position() == position)
        }
        #expect(try store.read { try $0.clientCount() } == 2)
        #expect(try store.users() == [user("admin")])
    }

    @Test(arguments: StoreKind.all)
    func `a transaction reads what it has written, and others do not until its end`(
        kind: StoreKind
    ) throws {
        let home = try kind.makeHome()
        let (store, other) = (try home.open(), try home.open())
        try store.write(by: .server, at: 1_234) { writer in
            #expect(writer.time == 1_234)
            try writer.insert(client("c1"))
            #expect(try writer.client("c1") == client("c1"))
            #expect(try writer.clientCount() == 1)
            #expect(try other.client("c1") == nil && store.client("c1") == nil)
        }
        #expect(try other.client("c1") == client("c1"))
    }

    @Test(arguments: StoreKind.all)
    func `a body that throws leaves nothing, and its error comes out as it is`(
        kind: StoreKind
    ) throws {
        let store = try kind.open()
        try store.insert(client("c1"))
        let position = try store.read { try $0.position() }
        #expect(throws: Refused.self) {
            try store.write(by: .server, at: 1) { writer in
                try writer.insert(client("c2"))
                try writer.insert(user("admin"))
                try writer.insert(key("k1"))
                try writer.removeClient("c1")
                throw Refused()
            }
        }
        #expect(try store.client("c1") == client("c1"))
        #expect(try store.clientCount() == 1 && store.users() == [] && store.keys() == [])
        #expect(try store.changes(after: position) == .some(position: position, []))
        #expect(throws: Refused.self) { try store.read { _ in throw Refused() } }
        #expect(try store.read { try $0.clientCount() } == 1)
    }

    @Test(arguments: StoreKind.all)
    func `a write that the store refuses takes back those before it`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(client("c1"))
        let refused = storeError {
            try store.write(by: .server, at: 1) { writer in
                try writer.insert(user("admin"))
                try writer.insert(client("c1"))
            }
        }
        #expect(refused?.kind == .alreadyExists && refused?.subject == .client)
        #expect(try store.users() == [])
    }

    @Test(arguments: StoreKind.all)
    func `a transaction that writes nothing is no change`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(client("c1"))
        let position = try store.read { try $0.position() }
        try store.write(by: .server, at: 1) { _ = try $0.client("c1") }
        #expect(try store.changes(after: position) == .some(position: position, []))
    }

    @Test(arguments: StoreKind.all)
    func `a read goes on beside a long one`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert((0..<3).map { client("c\($0)") })
        var seen: [String] = []
        try store.forEachClient { record in
            // As `client list --json`, which shows what the scan leaves out.
            let whole = try store.client(record.clientID)
            if let whole { seen.append(whole.clientID) }
        }
        #expect(seen == ["c0", "c1", "c2"])
    }

    @Test(arguments: StoreKind.all)
    func `an author's word leads back to it, and an unknown one to none`(kind: StoreKind) {
        for author in [
            Author.server, .firstAdministrator, .administration(name: "ci:1"),
            .administration(name: ""),
            .console(user: "ann"), .command(user: "a b:c"), .command(user: ""),
        ] {
            #expect(Author(text: author.text) == author)
        }
        // A log of the time when there was one token.
        #expect(Author(text: "administration") == .administration(name: "first"))
        for unknown in ["command", "console", "", "server:", "servers", "Command:ann", ":ann"] {
            #expect(Author(text: unknown) == nil)
        }
    }
}
