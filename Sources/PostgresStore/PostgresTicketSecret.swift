// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Tables

/// The secret of session tickets in PostgreSQL: a wrapped secret, which is made once for all nodes.
struct PostgresTicketSecret: TicketSecret {
    private static let name = "tickets"
    private static let count = 32

    let database: any SQLDatabase
    let keyFile: StoreKeyFile

    func bytes() throws -> [UInt8]? {
        let stored: [UInt8]? = try database.value(
            "SELECT material FROM wrapped_secret WHERE name = ?",
            [Self.name]
        )
        return try stored.map { try keyFile.unwrap($0, of: Self.name) }
    }

    /// Of two transactions that insert at once the later one waits for the other's end, and then
    /// reads what that has written.
    func ensured() throws -> [UInt8] {
        if let secret = try bytes() { return secret }
        let made = try RandomBytes.make(Self.count)
        let wrapped = try PresentKey(database, keyFile).wrap(made, of: Self.name)
        try database.execute(
            """
            INSERT INTO wrapped_secret (name, material) VALUES (?, ?)
            ON CONFLICT (name) DO NOTHING
            """,
            [Self.name, wrapped]
        )
        return try bytes() ?? made
    }
}
