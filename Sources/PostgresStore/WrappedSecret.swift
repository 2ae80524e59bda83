// SPDX-License-Identifier: Apache-2.0
internal import Tables

/// A secret of the store in its table `wrapped_secret`, by its name.
struct WrappedSecret {
    let name: String
    let database: any SQLDatabase
    let keyFile: StoreKeyFile

    /// The row's secret, opened; nil where there is no row.
    func read() throws -> [UInt8]? {
        let stored: [UInt8]? = try database.value(
            "SELECT material FROM wrapped_secret WHERE name = ?",
            [name]
        )
        return try stored.map { try keyFile.open($0, of: name) }
    }

    /// Writes the row, under the key of the store's other secrets: another one would close it to
    /// every other node.
    ///
    /// A row that is there stays, unless it is `replaced`.
    func write(_ secret: [UInt8], replaced isReplaced: Bool) throws {
        let wrapped = try PresentKey(database, keyFile).wrap(secret, of: name)
        let action = isReplaced ? "UPDATE SET material = excluded.material" : "NOTHING"
        try database.execute(
            """
            INSERT INTO wrapped_secret (name, material) VALUES (?, ?)
            ON CONFLICT (name) DO \(action)
            """,
            [name, wrapped]
        )
    }
}
