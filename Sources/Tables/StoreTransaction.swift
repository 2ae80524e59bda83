// SPDX-License-Identifier: Apache-2.0
package import Storage

/// The registrations of one transaction, for reading or for writing too.
///
/// Ends with the call that made it, and is confined to its thread. The extensions have the
/// operations on each kind of record, in SQL that every store of ours understands.
package struct StoreTransaction {
    let database: any SQLDatabase
    /// The parts that are each store's own.
    let parts: any StoreParts
    /// The time that the caller of `write` gave; 0 in a transaction that only reads.
    package let time: Int64
    /// Takes each change down; nil in a transaction that only reads.
    let audit: AuditWriter?

    /// A transaction of `database`; without `audit` one that only reads.
    package init(
        _ database: any SQLDatabase,
        _ parts: any StoreParts,
        at time: Int64 = 0,
        _ audit: AuditWriter? = nil
    ) {
        (self.database, self.parts, self.time, self.audit) = (database, parts, time, audit)
    }

    /// Runs `body`, and translates the database's errors to the store's.
    func attempt<Value>(
        _ body: (any SQLDatabase) throws -> Value
    ) throws(StoreError) -> Value {
        do {
            return try body(database)
        } catch {
            throw parts.storeError(error)
        }
    }

    /// `.conflict` where a row with this key is there, since the update of its version met none.
    func requireChange(
        _ table: String,
        key column: String,
        _ id: String,
        absent: StoreError,
        conflict subject: StoreError.Subject
    ) throws {
        guard database.changes == 0 else { return }
        let found: Int? = try database.value("SELECT 1 FROM \(table) WHERE \(column) = ?", [id])
        throw found == nil ? absent : StoreError.conflict(subject, id)
    }
}

/// The parts of a transaction that are each store's own.
package protocol StoreParts {
    /// The `StoreError` of what the database threw; a `StoreError` stays itself.
    func storeError(_ error: any Error) -> StoreError
    /// The error for a row that the program cannot have written.
    func corrupt(_ finding: String) -> StoreError
    /// The number of the last entry of the change log; 0 before the first.
    func lastChange() throws -> Int64
    /// Hands every client to `body` as `RegistrationReader.forEachClient` does.
    func forEachClient(_ body: (ClientRecord) throws -> Void) throws
    /// The key of the audit.
    var auditKey: any AuditKey { get }
    /// Protects the material of keys in their rows.
    var wrapping: any KeyWrapping { get }
    /// The secret of session tickets; nil where nodes do not share the store.
    var ticketSecret: (any TicketSecret)? { get }
}

extension StoreTransaction: RegistrationWriter {
    package func position() throws(StoreError) -> ChangePosition {
        try attempt { _ in ChangePosition(try parts.lastChange()) }
    }

    package func forEachClient(_ body: (ClientRecord) throws -> Void) throws {
        try parts.forEachClient(body)
    }

    package func ticketSecret() throws(StoreError) -> [UInt8]? {
        try attempt { _ in try parts.ticketSecret?.bytes() }
    }

    package func makeTicketSecret() throws(StoreError) -> [UInt8]? {
        try attempt { _ in try parts.ticketSecret?.ensured() }
    }
}

/// The secret from which nodes that share a store derive their keys of session tickets.
package protocol TicketSecret {
    /// The secret; nil where it is not made yet.
    func bytes() throws -> [UInt8]?
    /// The secret, made where it is missing.
    func ensured() throws -> [UInt8]
}

/// The key of the audit's chain, wherever the store keeps it.
package protocol AuditKey {
    /// Its place, for messages.
    var place: String { get }
    /// The file that holds it; nil where none does.
    var file: String? { get }
    /// The seal under the key; nil where there is none.
    func seal(of head: (head: AuditHead, code: [UInt8])?) throws(StoreError) -> AuditSeal?
    /// Makes another key, and returns its seal; it counts from the commit of the transaction on.
    func makeRenewed() throws(StoreError) -> AuditSeal?
    /// Gives the key of a committed renewal its name, where the store does not do that by itself.
    func settle(_ head: (head: AuditHead, code: [UInt8])?) throws(StoreError)
}

/// Protects the material of keys in their rows.
package protocol KeyWrapping: Sendable {
    /// The material as it stands in the row of the key with this `kid`.
    func wrap(_ material: [UInt8], of keyID: String) throws -> [UInt8]
    /// The material again; throws where the row was wrapped under another key, or changed.
    func unwrap(_ stored: [UInt8], of keyID: String) throws -> [UInt8]
    /// The secret as it stands in the row of the client with this `client_id`.
    func wrap(secret: String, of clientID: String) throws -> String
    /// The secret again.
    func unwrap(secret stored: String, of clientID: String) throws -> String
}

/// Material that stands in its row as it is: for a file that only its owner can read.
package struct PlainKeys: KeyWrapping {
    /// No protection.
    package init() {}

    package func wrap(_ material: [UInt8], of keyID: String) -> [UInt8] { material }
    package func unwrap(_ stored: [UInt8], of keyID: String) -> [UInt8] { stored }
    package func wrap(secret: String, of clientID: String) -> String { secret }
    package func unwrap(secret stored: String, of clientID: String) -> String { stored }
}
