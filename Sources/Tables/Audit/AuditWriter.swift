// SPDX-License-Identifier: Apache-2.0
package import Storage
package import Text

/// The audit's rows of one transaction, and the head behind them.
///
/// Nothing is read before the first row. Confined to the transaction's thread.
package final class AuditWriter {
    private let database: any SQLDatabase
    private let key: any AuditKey
    private let author: Author
    private let time: Int64
    /// Nil before the first row.
    private var chain: (seal: AuditSeal, head: AuditHead)?
    /// Whether the chain goes on under another key, which has its name only after the commit.
    package private(set) var isRenewed = false

    /// The audit of one transaction of `author`, whose chain is under `key`.
    package init(
        _ database: any SQLDatabase,
        _ key: any AuditKey,
        _ author: Author,
        at time: Int64
    ) {
        (self.database, self.key, self.author, self.time) = (database, key, author, time)
    }

    /// Writes the change down behind the newest row.
    func record(_ change: AuditChange) throws {
        var (seal, head) = if let chain { chain } else { try begin() }
        let entry = change.entry(sequence: head.mark.sequence + 1, time: time, author: author)
        let code = try seal.code(of: entry, after: head.mark.code)
        try AuditTable.insert(AuditRow(entry, code: code), database)
        head.mark = AuditMark(sequence: entry.sequence, code: code)
        chain = (seal, head)
    }

    /// Writes down that the store's secrets are wrapped under another key.
    package func recordRewrap(_ facts: [String: JSONValue]) throws {
        try record(AuditChange(ofStore: "secrets", .change, facts))
    }

    /// Has the chain go on under a new key, with a row that says so.
    ///
    /// Neither the old key nor the old head need be there. `facts` say more of the reason.
    package func renew(_ facts: [String: JSONValue] = [:]) throws {
        let newest: (Int64, [UInt8])? = try database.first(
            "SELECT sequence, mac FROM audit ORDER BY sequence DESC LIMIT 1"
        ) { (try $0[0], try $0[1]) }
        let mark = newest.map { AuditMark(sequence: $0.0, code: $0.1) } ?? AuditHead.start.mark
        // An earlier renewal's key first, whose place this one's takes.
        try key.settle(AuditTable.head(database))
        guard let seal = try key.makeRenewed() else { throw keyMissing() }
        isRenewed = true
        chain = (seal, AuditHead(first: mark.sequence + 1, mark: mark))
        try record(AuditChange(ofStore: "chain", .renew, facts))
    }

    /// Writes the head; nothing where nothing was recorded.
    package func finish() throws {
        guard let (seal, head) = chain else { return }
        try AuditTable.write(head, seal, database)
    }

    /// Fails closed: behind a head that is not ours, a new row would make a chain of the rows that
    /// somebody has removed or changed.
    private func begin() throws -> (seal: AuditSeal, head: AuditHead) {
        guard let (head, code) = try AuditTable.head(database, isLocked: true) else {
            throw StoreError(.unaudited, "nothing was changed: the head of the audit is missing")
        }
        // Where it cannot be done now, the key counts under the name that it has.
        try? key.settle((head, code))
        guard let seal = try key.seal(of: (head, code)) else { throw keyMissing() }
        guard try seal.code(of: head) == code else {
            throw StoreError(
                .unaudited,
                "nothing was changed: the head of the audit was not written under \(key.place)",
                of: key.file.map { .file($0) } ?? .sharedStore
            )
        }
        return (seal, head)
    }

    private func keyMissing() -> StoreError {
        StoreError(
            .unaudited,
            "nothing was changed: the key of the audit, \(key.place), is missing",
            of: key.file.map { .file($0) } ?? .sharedStore
        )
    }
}

extension StoreTransaction {
    /// Writes a change down; a record that was added or removed has one state alone.
    func record(
        from before: AuditFacts?,
        to after: AuditFacts?,
        asked: AuditAction = .change
    ) throws {
        try audit?.record(AuditChange(from: before, to: after, asked: asked, .ofCertificates))
    }

    /// The second from which on tokens of a thing count that is registered with this id now:
    /// `moment`, or the one after the removal of another thing that had the id.
    ///
    /// Times are in whole seconds, and removed by a clock that may be ahead: without this, the new
    /// thing would take over tokens of the old one.
    func validFrom(_ moment: Int64, _ kind: Change.Kind, _ id: String) throws -> Int64 {
        guard let removal = try AuditTable.last(database, kind, id) else { return moment }
        let old = removal.before.flatMap { JSONValue($0.utf8Span.span) }?["tokens_valid_from"]
        let start = TokenValidity.start(after: old?.seconds ?? 0, endedAt: removal.time)
        return max(moment, start)
    }

    /// The readable part of a record that is changed or removed: one that is damaged must not stand
    /// in the way of its removal.
    func readable(
        _ kind: Change.Kind,
        _ id: String,
        _ facts: () throws -> AuditFacts?
    ) throws -> AuditFacts? {
        do {
            return try facts()
        } catch {
            guard parts.storeError(error).kind == .corrupt else { throw error }
            return AuditFacts(unreadable: kind, id)
        }
    }

    package func audit(_ query: AuditQuery) throws(StoreError) -> [AuditEntry] {
        try attempt { try AuditTable.entries($0, query) }
    }

    package func auditRows(after sequence: Int64, limit: Int) throws(StoreError) -> [AuditRow] {
        try attempt { try AuditTable.rows($0, after: sequence, limit: limit) }
    }

    package func auditHead() throws(StoreError) -> (head: AuditHead, code: [UInt8])? {
        try attempt { try AuditTable.head($0) }
    }

    package func auditSeal() throws(StoreError) -> AuditSeal? {
        try parts.auditKey.seal(of: auditHead())
    }

    package func record(_ impersonation: Impersonation) throws(StoreError) {
        try attempt { _ in try audit?.record(AuditChange(impersonation)) }
    }

    package func renewAudit() throws(StoreError) {
        try attempt { _ in try audit?.renew() }
    }
}
