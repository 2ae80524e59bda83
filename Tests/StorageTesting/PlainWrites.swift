// SPDX-License-Identifier: Apache-2.0
package import Storage

/// The writes of `RegistrationStore` for tests that do not care who writes, or when.
extension RegistrationStore {
    /// Registers a client.
    package func insert(
        _ client: ClientRecord,
        uniqueName: Bool = false
    ) throws(StoreError) {
        try insert(client, uniqueName: uniqueName, by: .server, at: 1_000)
    }

    /// Registers clients, all or none.
    package func insert(_ clients: [ClientRecord]) throws(StoreError) {
        try insert(clients, by: .server, at: 1_000)
    }

    /// Reads, changes and writes back one client in one transaction; returns what was written.
    ///
    /// With `uniqueName`, its name cannot become another client's.
    @discardableResult
    package func updateClient(
        _ clientID: String,
        at time: Int64,
        uniqueName: Bool = false,
        _ change: (inout ClientRecord) throws -> Void
    ) throws -> ClientRecord {
        try write(by: .server, at: time) { writer in
            guard let old = try writer.client(clientID) else {
                throw StoreError.noClient(clientID)
            }
            var new = old
            try change(&new)
            (new.clientID, new.version, new.updatedAt) = (clientID, old.version, time)
            let written = try writer.update(new)
            if uniqueName, new.name != old.name { try writer.requireUniqueName(new) }
            return written
        }
    }

    /// Lets a client authenticate, or not.
    package func setEnabled(
        _ enabled: Bool,
        client clientID: String,
        at time: Int64
    ) throws(StoreError) {
        try setEnabled(enabled, client: clientID, by: .server, at: time)
    }

    /// Forgets a client.
    package func removeClient(_ clientID: String) throws(StoreError) {
        try removeClient(clientID, by: .server, at: 1_000)
    }

    /// Registers a trusted issuer.
    package func insert(_ issuer: IssuerRecord) throws(StoreError) {
        try insert(issuer, by: .server, at: 1_000)
    }

    /// Registers a user.
    package func insert(_ user: UserRecord) throws(StoreError) {
        try insert(user, by: .server, at: 1_000)
    }

    /// Gives a user another password.
    package func setPasswordHash(_ hash: String, user name: String) throws(StoreError) {
        try setPasswordHash(hash, user: name, by: .server, at: 1_000)
    }

    /// Lets a user authenticate, or not.
    package func setEnabled(_ enabled: Bool, user name: String) throws(StoreError) {
        try setEnabled(enabled, user: name, by: .server, at: 1_000)
    }

    /// Forgets a user.
    package func removeUser(_ name: String) throws(StoreError) {
        try removeUser(name, by: .server, at: 1_000)
    }

    /// Makes a trust set.
    package func insert(_ set: TrustSetRecord) throws(StoreError) {
        try insert(set, by: .server, at: 1_000)
    }

    /// Changes a trust set.
    @discardableResult
    package func updateTrustSet(
        _ name: String,
        _ change: (inout TrustSetRecord) throws -> Void
    ) throws -> TrustSetRecord {
        try updateTrustSet(name, by: .server, at: 1_000, change)
    }

    /// Forgets a trust set.
    package func removeTrustSet(_ name: String) throws(StoreError) {
        try removeTrustSet(name, by: .server, at: 1_000)
    }

    /// Adds a key.
    package func insert(_ key: KeyRecord) throws(StoreError) {
        try insert(key, by: .server, at: 1_000)
    }

    /// Makes sure that there is a key.
    package func ensureKey(
        kind: String,
        _ make: () throws -> KeyRecord
    ) throws -> KeyRecord {
        try ensureKey(kind: kind, by: .server, at: 1_000, make)
    }

    /// Adds a key and ends the others.
    package func rotate(
        to key: KeyRecord,
        retiringOthersAt retiredAt: Int64,
        removingEndedBefore forgotten: Int64
    ) throws(StoreError) {
        try rotate(
            to: key,
            retiringOthersAt: retiredAt,
            removingEndedBefore: forgotten,
            by: .server,
            at: 1_000
        )
    }
}
