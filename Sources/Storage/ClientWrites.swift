// SPDX-License-Identifier: Apache-2.0
/// Clients, one transaction a call.
extension RegistrationStore {
    /// As `write`, for a body that uses the store alone.
    func enter<Result>(
        by author: Author,
        at time: Int64,
        _ body: (any RegistrationWriter) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        do {
            return try write(by: author, at: time, body)
        } catch {
            throw StoreError(asThrown: error)
        }
    }

    /// Registers `client` with its certificates and CAs; `.alreadyExists` if it is there.
    ///
    /// With `uniqueName`, also if another client has its name, by which commands address it.
    package func insert(
        _ client: ClientRecord,
        uniqueName: Bool = false,
        by author: Author,
        at time: Int64
    ) throws(StoreError) {
        try enter(by: author, at: time) { writer throws(StoreError) in
            if uniqueName { try writer.insertUnique(client) } else { try writer.insert(client) }
        }
    }

    /// Registers all of `clients` in one transaction, or none of them.
    package func insert(
        _ clients: [ClientRecord],
        by author: Author,
        at time: Int64
    ) throws(StoreError) {
        try enter(by: author, at: time) { writer throws(StoreError) in
            for client in clients { try writer.insert(client) }
        }
    }

    /// Enables or disables the client, from its next request on.
    package func setEnabled(
        _ enabled: Bool,
        client clientID: String,
        by author: Author,
        at time: Int64
    ) throws(StoreError) {
        try enter(by: author, at: time) { writer throws(StoreError) in
            try writer.setEnabled(enabled, client: clientID)
        }
    }

    /// Disables the client if its record has this version still; whether it did.
    package func disable(
        _ clientID: String,
        ifVersion version: Int64,
        by author: Author,
        at time: Int64
    ) throws(StoreError) -> Bool {
        try enter(by: author, at: time) { writer throws(StoreError) in
            guard try writer.client(clientID)?.version == version else { return false }
            try writer.setEnabled(false, client: clientID)
            return true
        }
    }

    /// Ends everything that was issued to the client until `time`; returns the second from which on
    /// what is issued counts.
    @discardableResult
    package func endTokens(
        client clientID: String,
        by author: Author,
        at time: Int64
    ) throws(StoreError) -> Int64 {
        try enter(by: author, at: time) { writer throws(StoreError) in
            try writer.endTokens(before: time + 1, client: clientID)
            return try writer.client(clientID)?.tokensValidFrom ?? time + 1
        }
    }

    /// Removes the client and every record that belongs to it.
    package func removeClient(
        _ clientID: String,
        by author: Author,
        at time: Int64
    ) throws(StoreError) {
        try enter(by: author, at: time) { writer throws(StoreError) in
            try writer.removeClient(clientID)
        }
    }
}

extension RegistrationWriter {
    /// Registers `client`; `.alreadyExists` if it is there, or another one answers to its names.
    package func insertUnique(_ client: ClientRecord) throws(StoreError) {
        try insert(client)
        try requireUniqueName(client)
        try requireSPIFFETrust(client)
    }

    /// Replaces `old`; `.alreadyExists` if another client answers to its new name.
    package func update(
        _ client: ClientRecord,
        insteadOf old: ClientRecord
    ) throws(StoreError) -> ClientRecord {
        let written = try update(client)
        if written.name != old.name { try requireUniqueName(written) }
        if written.spiffeID != old.spiffeID || written.trustSet != old.trustSet {
            try requireSPIFFETrust(written)
        }
        return written
    }

    /// Throws where another client has the SPIFFE ID or pattern of `client`, and where its trust
    /// set is not for its method.
    ///
    /// Front ends say the same before, in their own words (`ReferenceRules`).
    package func requireSPIFFETrust(_ client: ClientRecord) throws(StoreError) {
        if let spiffeID = client.spiffeID {
            // Two: one of them may be `client` itself.
            let others = try clients(spiffeID: spiffeID, limit: 2)
            if let other = others.first(where: { $0.clientID != client.clientID }) {
                throw StoreError(
                    .alreadyExists,
                    "there is already a client for the SPIFFE ID \(spiffeID): its client_id is"
                        + " \(other.clientID), its name \(other.name)",
                    of: .client
                )
            }
        }
        guard let name = client.trustSet, let set = try trustSet(name) else { return }
        if let reason = set.reasonToRefuse(spiffeID: client.spiffeID) {
            throw StoreError(.invalid, reason, of: .client)
        }
    }

    /// `.alreadyExists` if another client answers to the name of `client`, or to its `client_id`.
    package func requireUniqueName(_ client: ClientRecord) throws(StoreError) {
        for taken in [client.name, client.clientID] {
            // Two: one of them may be `client` itself.
            let others = try clients(called: taken, limit: 2)
            guard let other = others.first(where: { $0.clientID != client.clientID }) else {
                continue
            }
            // The client_id of `client` may be a random one that was never shown, and ends here.
            throw StoreError(
                .alreadyExists,
                "there is already a client that answers to \(taken): its client_id is"
                    + " \(other.clientID), its name \(other.name)",
                of: .client
            )
        }
    }
}
