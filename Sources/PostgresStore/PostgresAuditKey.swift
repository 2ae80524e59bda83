// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Storage
internal import Tables

/// The key of the audit's chain in PostgreSQL: a wrapped secret, which a renewal replaces in its
/// own transaction.
struct PostgresAuditKey: AuditKey {
    private static let keyBytes = 32

    private let secret: WrappedSecret
    private let storeError: (any Error) -> StoreError

    init(
        database: any SQLDatabase,
        keyFile: StoreKeyFile,
        storeError: @escaping (any Error) -> StoreError
    ) {
        secret = WrappedSecret(name: "audit", database: database, keyFile: keyFile)
        self.storeError = storeError
    }

    var place: String { "wrapped_secret in the database" }
    var file: String? { nil }

    func seal(of head: (head: AuditHead, code: [UInt8])?) throws(StoreError) -> AuditSeal? {
        do {
            return try secret.read().map(Self.seal)
        } catch {
            throw storeError(error)
        }
    }

    func makeRenewed() throws(StoreError) -> AuditSeal? {
        do {
            let key = try RandomBytes.make(Self.keyBytes)
            try secret.write(key, replaced: true)
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
