// SPDX-License-Identifier: Apache-2.0
/// Single reads, one transaction each.
extension RegistrationStore {
    /// As `read`, for a body that asks the store alone.
    func ask<Result>(
        _ body: (any RegistrationReader) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        do {
            return try read(body)
        } catch {
            throw StoreError(asThrown: error)
        }
    }

    /// The client with this identity, with the DER of its certificates, or nil.
    package func client(_ clientID: String) throws(StoreError) -> ClientRecord? {
        try ask { reader throws(StoreError) in try reader.client(clientID) }
    }

    /// The `client_id` of the client with this name or `client_id`.
    ///
    /// `.notFound` if there is none, `.ambiguous` if several clients have it.
    package func clientID(for nameOrID: String) throws(StoreError) -> String {
        let found = try ask { reader throws(StoreError) in
            try reader.clients(called: nameOrID, limit: 10)
        }
        guard let first = found.first else { throw .noClient(nameOrID) }
        guard found.count == 1 else {
            throw StoreError(
                .ambiguous,
                "several clients are called \(nameOrID): "
                    + found.map(\.clientID).joined(separator: ", "),
                of: .client
            )
        }
        return first.clientID
    }

    /// At most `limit` clients in the order of their `client_id`, from the first one after `last`.
    package func clients(after last: String?, limit: Int) throws(StoreError) -> [ClientSummary] {
        try ask { reader throws(StoreError) in try reader.clients(after: last, limit: limit) }
    }

    /// The clients that `query` is about, in the order of their `client_id`.
    package func clients(matching query: ClientQuery) throws(StoreError) -> [FoundClient] {
        try ask { reader throws(StoreError) in try reader.clients(matching: query) }
    }

    /// The certificates of clients that `query` asks for, in the order of their ends.
    package func endingCertificates(
        _ query: EndQuery
    ) throws(StoreError) -> [EndingCertificate] {
        try ask { reader throws(StoreError) in try reader.endingCertificates(query) }
    }

    /// The number of registered clients.
    package func clientCount() throws(StoreError) -> Int {
        try ask { reader throws(StoreError) in try reader.clientCount() }
    }

    /// Calls `body` for every client as `RegistrationReader.forEachClient` does.
    ///
    /// Returns the position to which they belong, for `changes(after:)`.
    @discardableResult
    package func forEachClient(
        _ body: (ClientRecord) throws -> Void
    ) throws -> ChangePosition {
        try read { reader in
            let position = try reader.position()
            try reader.forEachClient(body)
            return position
        }
    }

    /// The user of this name, or nil.
    package func user(_ name: String) throws(StoreError) -> UserRecord? {
        try ask { reader throws(StoreError) in try reader.user(name) }
    }

    /// Every user, by name.
    package func users() throws(StoreError) -> [UserRecord] {
        try ask { reader throws(StoreError) in try reader.users() }
    }

    /// The trust set of this name, or nil.
    package func trustSet(_ name: String) throws(StoreError) -> TrustSetRecord? {
        try ask { reader throws(StoreError) in try reader.trustSet(name) }
    }

    /// Every trust set, by name.
    package func trustSets() throws(StoreError) -> [TrustSetRecord] {
        try ask { reader throws(StoreError) in try reader.trustSets() }
    }

    /// The number of clients that are registered with the trust set.
    package func clientCount(trustSet name: String) throws(StoreError) -> Int {
        try ask { reader throws(StoreError) in try reader.clientCount(trustSet: name) }
    }

    /// Every key of the server, in the order in which they become active.
    package func keys() throws(StoreError) -> [KeyRecord] {
        try ask { reader throws(StoreError) in try reader.keys() }
    }

    /// When the client's registered certificates were used; none for those that never were.
    package func certificateUses(
        of clientID: String
    ) throws(StoreError) -> [RegisteredCertificateUse] {
        try ask { reader throws(StoreError) in try reader.certificateUses(of: clientID) }
    }

    /// When the SPIFFE IDs of a client of `spiffe_x509` were used, the last used first.
    package func spiffeIDUses(
        of clientID: String,
        limit: Int
    ) throws(StoreError) -> [SPIFFEIDUse] {
        try ask { reader throws(StoreError) in
            try reader.spiffeIDUses(of: clientID, limit: limit)
        }
    }

    /// The last certificate of a client of `tls_client_auth`; nil where none is recorded.
    package func lastUse(of clientID: String) throws(StoreError) -> TrustedCertificateUse? {
        try ask { reader throws(StoreError) in try reader.lastUse(of: clientID) }
    }
}
