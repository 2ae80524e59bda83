// SPDX-License-Identifier: Apache-2.0
package import Storage

/// Clients' registrations in a store, one transaction a call.
extension ClientRegistration {
    /// Writes a new client; no other may have its name, by which people call it.
    package func insert(
        into store: some RegistrationStore,
        by author: Author,
        at now: Int64
    ) throws(StoreError) {
        try store.insert(client, uniqueName: true, by: author, at: now)
    }

    /// Changes the client that people call `name`; throws everything that is wrong, and writes
    /// nothing then.
    @discardableResult
    package static func change(
        _ name: String,
        by change: ClientChange,
        in store: some RegistrationStore,
        by author: Author,
        at now: Int64
    ) throws -> ClientRegistration {
        let clientID = try store.clientID(for: name)
        return try self.change(clientID: clientID, by: change, in: store, by: author, at: now)
    }

    /// Changes the client with this `client_id`, unless `check` throws for what it is now; throws
    /// everything that is wrong, and writes nothing then.
    @discardableResult
    package static func change(
        clientID: String,
        by change: ClientChange,
        in store: some RegistrationStore,
        by author: Author,
        at now: Int64,
        check: (ClientRecord) throws -> Void = { _ in }
    ) throws -> ClientRegistration {
        try store.write(by: author, at: now) { writer in
            guard let old = try writer.client(clientID) else {
                throw StoreError.noClient(clientID)
            }
            try check(old)
            let made = try changed(old, by: change, at: now)
            if let enabled = change.saysOnlyEnabled {
                // Works on every record, whatever the store would refuse to write by now.
                try writer.setEnabled(enabled, client: clientID)
                return made
            }
            let written = try writer.update(made.client, insteadOf: old)
            return ClientRegistration(
                client: written,
                secret: made.secret,
                warnings: made.warnings
            )
        }
    }
}

extension ClientChange {
    /// Whether the client may authenticate, where nothing else was said.
    fileprivate var saysOnlyEnabled: Bool? {
        var rest = self
        rest.isEnabled = nil
        return rest.isEmpty ? isEnabled : nil
    }
}
