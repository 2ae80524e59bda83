// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Tables

/// The secret of session tickets in PostgreSQL: a wrapped secret, which is made once for all nodes.
struct PostgresTicketSecret: TicketSecret {
    private static let count = 32

    private let secret: WrappedSecret

    init(database: any SQLDatabase, keyFile: StoreKeyFile) {
        secret = WrappedSecret(name: "tickets", database: database, keyFile: keyFile)
    }

    func bytes() throws -> [UInt8]? { try secret.read() }

    /// Of two transactions that insert at once the later one waits for the other's end, and then
    /// reads what that has written.
    func ensured() throws -> [UInt8] {
        if let known = try bytes() { return known }
        let made = try RandomBytes.make(Self.count)
        try secret.write(made, replaced: false)
        return try bytes() ?? made
    }
}
