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

    /// Returns the newest key of `kind`; makes and adds one first if there is none.
    ///
    /// Two programs that call this at once end up with the same key. `make` runs inside the
    /// transaction and may throw; nothing is written then.
    package func ensureKey(
        kind: String,
        by author: Author,
        at time: Int64,
        _ make: () throws -> KeyRecord
    ) throws -> KeyRecord {
        // A read first: mostly the key exists, and no lock is needed.
        if let key = try keys().last(where: { $0.kind == kind }) { return key }
        return try write(by: author, at: time) { writer in
            if let key = try writer.keys().last(where: { $0.kind == kind }) { return key }
            let key = try make()
            try writer.insert(key)
            return key
        }
    }

    /// Adds `key` and ends the others of its kind that have no end yet, at `retiredAt`.
    ///
    /// In the same transaction, keys of the kind that end before `forgotten` are removed: those
    /// that ended long ago, or with `.max` all of them.
    package func rotate(
        to key: KeyRecord,
        retiringOthersAt retiredAt: Int64,
        removingEndedBefore forgotten: Int64,
        by author: Author,
        at time: Int64
    ) throws(StoreError) {
        try enter(by: author, at: time) { writer throws(StoreError) in
            for old in try writer.keys() where old.kind == key.kind {
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
