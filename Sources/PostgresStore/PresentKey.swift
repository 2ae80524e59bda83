// SPDX-License-Identifier: Apache-2.0
internal import Storage
internal import Tables

/// The wrapping of one transaction that writes: under the key that the rows of the store have,
/// whichever stands first in the file of this node.
///
/// One key wraps all rows, and one transaction changes it for all: a node whose file does not have
/// it yet writes no registration, since it could drop a secret that it cannot open.
struct PresentKey: KeyWrapping {
    private let file: StoreKeyFile
    /// Nil before the first secret.
    let key: StoreKeyFile.Key?

    /// The key that the rows have; `.unavailable` where `file` does not have it.
    ///
    /// In a transaction that writes after the head of the audit is locked, and by a statement of
    /// its own: one that has waited for the lock sees rows as they were before.
    init(_ database: any SQLDatabase, _ file: StoreKeyFile) throws {
        self.file = file
        let row = try database.first(
            """
            SELECT name, material FROM (
                SELECT 0 AS place, name, material FROM wrapped_secret UNION ALL
                SELECT 1, key_id, material FROM server_key
            ) AS secrets ORDER BY place, name LIMIT 1
            """
        ) { (name: try $0[0] as String, material: try $0[1] as [UInt8]) }
        key = try row.map { try file.key(of: $0.material, named: $0.name) }
    }

    func wrap(_ material: [UInt8], of name: String) throws -> [UInt8] {
        guard let key else { return try file.wrap(material, of: name) }
        return try StoreKeyFile.wrap(material, of: name, under: key)
    }

    func wrap(secret: String, of clientID: String) throws -> String {
        guard let key else { return try file.wrap(secret: secret, of: clientID) }
        return try StoreKeyFile.wrap(secret: secret, of: clientID, under: key)
    }

    func unwrap(_ stored: [UInt8], of name: String) throws -> [UInt8] {
        try file.unwrap(stored, of: name)
    }

    func unwrap(secret stored: String, of clientID: String) throws -> String {
        try file.unwrap(secret: stored, of: clientID)
    }
}
