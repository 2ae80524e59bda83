// SPDX-License-Identifier: Apache-2.0
/// Keys of the server, one transaction a call.
extension RegistrationStore {
    /// Adds `key`; `.alreadyExists` if the `kid` is taken.
    package func insert(
        _ key: KeyRecord,
        by author: Author,
        at time: Int64
    ) throws(StoreError) {
        try enter(by: author, at: time) { writer throws(StoreError) in try writer.insert(key) }
    }

    /// Returns the newest key of `kind` that has not ended; makes and adds one first if there is
    /// none.
    ///
    /// Two programs that call this at once end up with the same key. `make` runs before the
    /// transaction, which its time would hold up, and may throw; nothing is written then.
    package func ensureKey(
        kind: String,
        by author: Author,
        at time: Int64,
        _ make: () throws -> KeyRecord
    ) throws -> KeyRecord {
        func newest(_ keys: [KeyRecord]) -> KeyRecord? {
            keys.last { $0.kind == kind && !$0.hasEnded(by: time) }
        }
        // A read first: mostly the key exists, and no lock is needed.
        if let key = newest(try keys()) { return key }
        let made = try make()
        return try write(by: author, at: time) { writer in
            if let key = newest(try writer.keys()) { return key }
            try writer.insert(made)
            return made
        }
    }

    /// The secret from which nodes derive their keys of session tickets; nil where there is none.
    package func ticketSecret() throws(StoreError) -> [UInt8]? {
        try ask { reader throws(StoreError) in try reader.ticketSecret() }
    }

    /// The secret from which nodes derive their keys of session tickets, made first where it is
    /// missing; nil in a store of one node.
    package func ensureTicketSecret(
        by author: Author,
        at time: Int64
    ) throws(StoreError) -> [UInt8]? {
        // A read first: mostly the secret exists, and no lock is needed.
        if let found = try ticketSecret() { return found }
        return try enter(by: author, at: time) { writer throws(StoreError) in
            try writer.makeTicketSecret()
        }
    }

    /// Adds `key` and ends the others of its kind that have no end yet, at `retiredAt`.
    ///
    /// In the same transaction, keys of the kind that end before `forgotten` are removed: those
    /// that ended long ago, or with `.max` all of them. Nothing is written where the keys, as they
    /// are in the transaction, do not satisfy `isWanted`.
    package func rotate(
        to key: KeyRecord,
        retiringOthersAt retiredAt: Int64,
        removingEndedBefore forgotten: Int64,
        by author: Author,
        at time: Int64,
        if isWanted: ([KeyRecord]) -> Bool = { _ in true }
    ) throws(StoreError) {
        try enter(by: author, at: time) { writer throws(StoreError) in
            let keys = try writer.keys()
            guard isWanted(keys) else { return }
            for old in keys where old.kind == key.kind {
                if (old.retiredAt ?? retiredAt) < forgotten {
                    try writer.removeKey(old.keyID)
                } else if old.retiredAt == nil {
                    try writer.setRetired(at: retiredAt, key: old.keyID)
                }
            }
            try writer.insert(key)
        }
    }
}
