// SPDX-License-Identifier: Apache-2.0
/// Users and trust sets, one transaction a call.
extension RegistrationStore {
    /// Registers `user`; `.alreadyExists` if the name, in any spelling, or the subject is taken.
    ///
    /// Linear in the users.
    package func insert(
        _ user: UserRecord,
        by author: Author,
        at time: Int64
    ) throws(StoreError) {
        try enter(by: author, at: time) { writer throws(StoreError) in
            try writer.insertUnique(user)
        }
    }

    /// Replaces the password hash of the user, and ends what was issued with the old one.
    package func setPasswordHash(
        _ hash: String,
        user name: String,
        by author: Author,
        at time: Int64
    ) throws(StoreError) {
        try enter(by: author, at: time) { writer throws(StoreError) in
            guard var user = try writer.user(name) else { throw .noUser(name) }
            user.passwordHash = hash
            user.endTokens(at: time)
            _ = try writer.update(user, asked: .changePassword)
        }
    }

    /// Enables or disables the user; disabling ends what was issued, also for the time after.
    package func setEnabled(
        _ enabled: Bool,
        user name: String,
        by author: Author,
        at time: Int64
    ) throws(StoreError) {
        try enter(by: author, at: time) { writer throws(StoreError) in
            guard var user = try writer.user(name) else { throw .noUser(name) }
            user.enabled = enabled
            if !enabled { user.endTokens(at: time) }
            _ = try writer.update(user, asked: enabled ? .enable : .disable)
        }
    }

    /// Ends everything that was issued for the user until `time`; returns the second from which on
    /// what is issued counts.
    @discardableResult
    package func endTokens(
        user name: String,
        by author: Author,
        at time: Int64
    ) throws(StoreError) -> Int64 {
        try enter(by: author, at: time) { writer throws(StoreError) in
            guard var user = try writer.user(name) else { throw .noUser(name) }
            user.endTokens(at: time)
            return try writer.update(user, asked: .endTokens).tokensValidFrom
        }
    }

    /// Removes the user.
    package func removeUser(
        _ name: String,
        by author: Author,
        at time: Int64
    ) throws(StoreError) {
        try enter(by: author, at: time) { writer throws(StoreError) in
            try writer.removeUser(name)
        }
    }

    /// Makes a trust set; `.alreadyExists` if the name is taken.
    package func insert(
        _ set: TrustSetRecord,
        by author: Author,
        at time: Int64
    ) throws(StoreError) {
        try enter(by: author, at: time) { writer throws(StoreError) in try writer.insert(set) }
    }

    /// Reads, changes and writes back one trust set in one transaction; returns what was written.
    ///
    /// Throws `.notFound`, what `change` throws, or why the result cannot be written; the set is
    /// unchanged then. Its name and the time of its making cannot change.
    @discardableResult
    package func updateTrustSet(
        _ name: String,
        by author: Author,
        at time: Int64,
        _ change: (inout TrustSetRecord) throws -> Void
    ) throws -> TrustSetRecord {
        try write(by: author, at: time) { writer in
            guard let old = try writer.trustSet(name) else { throw StoreError.noTrustSet(name) }
            var new = old
            try change(&new)
            (new.name, new.version, new.created) = (name, old.version, old.created)
            return try writer.update(new)
        }
    }

    /// Removes the trust set; `.inUse` while clients are registered with it.
    package func removeTrustSet(
        _ name: String,
        by author: Author,
        at time: Int64
    ) throws(StoreError) {
        try enter(by: author, at: time) { writer throws(StoreError) in
            try writer.removeTrustSet(name)
        }
    }
}

extension RegistrationWriter {
    /// Replaces the user of this name, for a change of any sort; returns it with its new version.
    package func update(_ user: UserRecord) throws(StoreError) -> UserRecord {
        try update(user, asked: .change)
    }

    /// Registers `user`; `.alreadyExists` if the name, in any spelling, or the subject is taken.
    ///
    /// Linear in the users.
    package func insertUnique(_ user: UserRecord) throws(StoreError) {
        // Users are found by the equality of strings, in which `é` has two spellings; the
        // database compares bytes.
        guard try !users().contains(where: { $0.name == user.name }) else {
            throw StoreError(.alreadyExists, "there is already a user \(user.name)", of: .user)
        }
        try insert(user)
    }
}
