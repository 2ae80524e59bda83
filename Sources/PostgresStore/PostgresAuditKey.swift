// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Storage
internal import Tables

/// The key of the audit's chain in PostgreSQL: a wrapped secret, which a renewal replaces in its
/// own transaction.
struct PostgresAuditKey: AuditKey {
    private static let name = "audit"
    private static let keyBytes = 32

    let database: any SQLDatabase
    let keyFile: StoreKeyFile
    let storeError: (any Error) -> StoreError

    var place: String { "wrapped_secret in the database" }
    var file: String? { nil }

    func seal(of head: (head: AuditHead, code: [UInt8])?) throws(StoreError) -> AuditSeal? {
        do {
            let stored: [UInt8]? = try database.value(
                "SELECT material FROM wrapped_secret WHERE name = ?",
                [Self.name]
            )
            guard let stored else { return nil }
            return Self.seal(try keyFile.open(stored, of: Self.name))
        } catch {
            throw storeError(error)
        }
    }

    /// Under the key of the store's other secrets: another one would close the audit to every other
    /// node.
    func makeRenewed() throws(StoreError) -> AuditSeal? {
        do {
            let key = try RandomBytes.make(Self.keyBytes)
            let wrapped = try PresentKey(database, keyFile).wrap(key, of: Self.name)
            try database.execute(
                """
                INSERT INTO wrapped_secret (name, material) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET material = excluded.material
                """,
                [Self.name, wrapped]
            )
            return Self.seal(key)
        } catch {
            throw storeError(error)
        }
    }

    /// A committed renewal has its name already.
    func settle(_ head: (head: AuditHead, code: [UInt8])?) {}

    private static func seal(_ key: [UInt8]) -> AuditSeal {
        AuditSeal { try MessageAuthentication.code(over: $0, key: key, by: .hs256) }
    }
}
