// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Glibc
internal import Reactor
package import Storage
package import Tables
internal import Text

/// The keys under which secrets are wrapped in the database (AES-256-GCM): a file that nodes and
/// commands have and the database does not, so that a dump of that signs nothing and opens nothing.
///
/// One line of 64 hexadecimal digits. A row has the key's id, so that another key is told from a
/// row that was changed.
package struct StoreKeyFile: KeyWrapping {
    private struct Key: Sendable {
        let bytes: [UInt8]
        /// Tells keys apart in rows, and says nothing of the key.
        let id: [UInt8]
    }

    private static let keyBytes = AuthenticatedCipher.keyCount
    private static let idBytes = 8
    private static let idLabel = Array("handfast store key id 1".utf8)
    private static let textLabel = Array("handfast wrapped secret 1 ".utf8)

    /// The file's path, for messages.
    let path: String
    private let key: Key

    /// Reads the file at `path`; `.unavailable` where it is missing or unreadable, and `.invalid`
    /// where it holds anything but keys.
    package init(path: String) throws(StoreError) {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try DataFile.read(path, upTo: 4 * Self.keyBytes)
        } catch {
            throw StoreError(
                .unavailable,
                "the store's key file \(path) cannot be read (\(error.reason))",
                of: .storeKey
            )
        }
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        guard lines.count == 1, let key = Self.bytes(ofHexadecimal: lines[0]) else {
            throw StoreError(
                .invalid,
                "\(path) is no key file of a store, which has one line of \(2 * Self.keyBytes)"
                    + " hexadecimal digits",
                of: .storeKey
            )
        }
        self.path = path
        self.key = Key(bytes: key, id: try Self.identifier(key))
    }

    /// Makes a file with a new key at `path`, readable for its owner alone; `.alreadyExists` where
    /// there is one: a key that is overwritten takes every secret of its store with it.
    package static func make(at path: String) throws(StoreError) {
        let partial = "\(path).\(getpid()).partial"
        do {
            let key = try RandomBytes.make(keyBytes)
            DataFile.remove(partial)
            let file = try DataFile.create(partial)
            let line = Array((Hexadecimal.text(key) + "\n").utf8)
            try DataFile.append(line.span, to: file, partial)
            try DataFile.sync(file, partial)
            // Whole and durable under its name before anything is wrapped under it.
            try DataFile.publish(partial, as: path)
        } catch let error as SystemError {
            DataFile.remove(partial)
            let exists = DataFile.exists(path)
            throw StoreError(
                exists ? .alreadyExists : .unavailable,
                exists
                    ? "there is already a file \(path), which is never overwritten"
                    : "the key file \(path) cannot be made (\(error.reason))",
                of: .file(path)
            )
        } catch {
            throw StoreError(
                .inputOutput,
                "the key file \(path) cannot be made: \(error)",
                of: .file(path)
            )
        }
    }

    /// The material as it stands in a row: the key's id, a nonce, and the sealed bytes.
    package func wrap(_ material: [UInt8], of name: String) throws -> [UInt8] {
        let nonce = try RandomBytes.make(AuthenticatedCipher.nonceCount)
        var wrapped = key.id + nonce
        try AuthenticatedCipher(key: key.bytes).seal(
            material.span,
            nonce: nonce.span,
            associated: (Self.textLabel + Array(name.utf8)).span,
            to: &wrapped
        )
        return wrapped
    }

    package func unwrap(_ stored: [UInt8], of name: String) throws -> [UInt8] {
        let nonceEnd = Self.idBytes + AuthenticatedCipher.nonceCount
        guard stored.count > nonceEnd, stored.starts(with: key.id) else {
            throw StoreError(
                .unavailable,
                "the secret \(name) is wrapped under a key that \(path) does not have",
                of: .storeKey
            )
        }
        var material: [UInt8] = []
        let isOpened = try AuthenticatedCipher(key: key.bytes).open(
            Array(stored[nonceEnd...]).span,
            nonce: Array(stored[Self.idBytes..<nonceEnd]).span,
            associated: (Self.textLabel + Array(name.utf8)).span,
            into: &material
        )
        guard isOpened else {
            throw StoreError(.corrupt, "the secret \(name) was changed in the database", of: .key)
        }
        return material
    }

    /// A secret that follows from the key and opens nothing in the database.
    package func secret(for purpose: String) throws(StoreError) -> [UInt8] {
        do {
            return try KeyDerivation.hkdf(
                secret: key.bytes,
                salt: [],
                purpose: Array("handfast store key for \(purpose) 1".utf8),
                count: Self.keyBytes
            )
        } catch {
            throw StoreError(.inputOutput, "the store's key cannot be used: \(error)")
        }
    }

    /// In Base64, under the name `client:ID`.
    package func wrap(secret: String, of clientID: String) throws -> String {
        let wrapped = try wrap(Array(secret.utf8), of: "client:" + clientID)
        return String(decoding: Base64.encode(wrapped.span), as: UTF8.self)
    }

    package func unwrap(secret stored: String, of clientID: String) throws -> String {
        guard let wrapped = Base64.decode(stored.utf8Span.span) else {
            throw StoreError(.corrupt, "the secret of a client is not wrapped", of: .client)
        }
        let secret = try unwrap(wrapped, of: "client:" + clientID)
        guard let text = String(validating: secret, as: UTF8.self) else {
            throw StoreError(.corrupt, "the secret of a client is no text", of: .client)
        }
        return text
    }

    private static func identifier(_ key: [UInt8]) throws(StoreError) -> [UInt8] {
        do {
            return try KeyDerivation.hkdf(secret: key, salt: [], purpose: idLabel, count: idBytes)
        } catch {
            throw StoreError(.inputOutput, "the store's key cannot be used: \(error)")
        }
    }

    private static func bytes(ofHexadecimal line: ArraySlice<UInt8>) -> [UInt8]? {
        let digits = line.compactMap(Hexadecimal.value(of:))
        guard digits.count == 2 * keyBytes, line.count == digits.count else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}

/// The key of the audit's chain in PostgreSQL: a wrapped secret, which a renewal replaces in its
/// own transaction.
struct PostgresAuditKey: AuditKey {
    private static let name = "audit"
    private static let keyBytes = 32

    let database: any SQLDatabase
    let wrapping: StoreKeyFile
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
            return Self.seal(try wrapping.unwrap(stored, of: Self.name))
        } catch {
            throw storeError(error)
        }
    }

    func makeRenewed() throws(StoreError) -> AuditSeal? {
        do {
            try Self.requireStoreKey(wrapping, database)
            let key = try RandomBytes.make(Self.keyBytes)
            try database.execute(
                """
                INSERT INTO wrapped_secret (name, material) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET material = excluded.material
                """,
                [Self.name, try wrapping.wrap(key, of: Self.name)]
            )
            return Self.seal(key)
        } catch {
            throw storeError(error)
        }
    }

    /// Throws where `wrapping` opens nothing else of the store: a new secret under it would be
    /// closed to every other node.
    static func requireStoreKey(_ wrapping: StoreKeyFile, _ database: any SQLDatabase) throws {
        let row = try database.first(
            """
            SELECT key_id, material FROM server_key UNION ALL
            SELECT name, material FROM wrapped_secret ORDER BY 1 LIMIT 1
            """
        ) { (name: try $0[0] as String, stored: try $0[1] as [UInt8]) }
        if let row { _ = try wrapping.unwrap(row.stored, of: row.name) }
    }

    /// A committed renewal has its name already.
    func settle(_ head: (head: AuditHead, code: [UInt8])?) {}

    private static func seal(_ key: [UInt8]) -> AuditSeal {
        AuditSeal { try MessageAuthentication.code(over: $0, key: key, by: .hs256) }
    }
}
