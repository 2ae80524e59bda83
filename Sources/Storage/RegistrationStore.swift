// SPDX-License-Identifier: Apache-2.0
/// The store of registrations: clients, users, trust sets, and the keys of tokens.
///
/// Every call blocks: for workers and commands, never for a reactor or the main thread of a server.
/// Any number of programs may use the same store; each learns of the others' writes by `changes`.
package protocol RegistrationStore: Sendable {
    /// Runs `body` on the registrations of one moment.
    ///
    /// Throws what `body` throws, and `StoreError`. The reader ends with the call.
    func read<Result>(_ body: (any RegistrationReader) throws -> Result) throws -> Result

    /// Runs `body` in one transaction, which is durable when this returns.
    ///
    /// Throws what `body` throws, and `StoreError`; nothing is written then, unless the error's
    /// kind is `.commitUnknown`. The body may run again from its beginning, and must throw once a
    /// call of the writer has thrown. The writer ends with the call. `author` and `time`, in epoch
    /// seconds, are kept in the change log.
    func write<Result>(
        by author: Author,
        at time: Int64,
        _ body: (any RegistrationWriter) throws -> Result
    ) throws -> Result

    /// The changes after `position`, by any program.
    ///
    /// A read after this call is at least as new as the reported changes.
    func changes(after position: ChangePosition) throws(StoreError) -> Changes

    /// Waits until there is a change after `position`, for `milliseconds` at most.
    ///
    /// Whether there is one. A nudge ends the wait early.
    func waitForChange(
        after position: ChangePosition,
        milliseconds: Int
    ) throws(StoreError) -> Bool

    /// Ends the wait of another thread, or its next one at once if it does not wait now.
    func nudge()

    /// The reason why some secrets cannot be opened at the moment, and the remedy, in a sentence;
    /// nil where all can.
    ///
    /// When they can be again, `waitForChange` is true, and `changes` has everything read again.
    var unopened: String? { get }
}

extension RegistrationStore {
    /// Nil: nothing is wrapped.
    package var unopened: String? { nil }
}

/// The registrations of one moment.
package protocol RegistrationReader {
    /// The newest change that this moment knows.
    func position() throws(StoreError) -> ChangePosition

    /// The client with this identity, with the DER of its certificates, or nil.
    func client(_ clientID: String) throws(StoreError) -> ClientRecord?
    /// At most `limit` clients whose `client_id` or name is `name`.
    func clients(called name: String, limit: Int) throws(StoreError) -> [ClientSummary]
    /// At most `limit` clients in the order of their `client_id`, from the first one after `last`.
    ///
    /// By identity and not by number, so that going on works also when `last` was removed
    /// meanwhile.
    func clients(after last: String?, limit: Int) throws(StoreError) -> [ClientSummary]
    /// At most `limit` clients that are registered for this SPIFFE ID, or pattern of IDs.
    func clients(spiffeID: String, limit: Int) throws(StoreError) -> [ClientSummary]
    /// The clients that `query` is about, in the order of their `client_id`.
    func clients(matching query: ClientQuery) throws(StoreError) -> [FoundClient]
    /// The certificate of this thumbprint that some client has, as one of its own or as a CA's;
    /// its registration is nobody's, and has no time.
    func certificate(_ thumbprint: [UInt8]) throws(StoreError) -> CertificateRecord?
    /// The certificates that `query` asks for, in the order of their ends.
    func endingCertificates(_ query: EndQuery) throws(StoreError) -> [EndingCertificate]
    /// The number of registered clients.
    func clientCount() throws(StoreError) -> Int
    /// Hands every client to `body`, oldest first; throws what `body` throws, and stops then.
    ///
    /// Made for a million clients: registered certificates come with thumbprint and dates only
    /// (`der` and `subject` are empty); CA certificates are complete, and their bytes are shared
    /// between the clients that have them.
    func forEachClient(_ body: (ClientRecord) throws -> Void) throws

    /// The user of this name, or nil.
    func user(_ name: String) throws(StoreError) -> UserRecord?
    /// Every user, by name.
    func users() throws(StoreError) -> [UserRecord]

    /// The trust set of this name, or nil.
    func trustSet(_ name: String) throws(StoreError) -> TrustSetRecord?
    /// Every trust set, by name.
    func trustSets() throws(StoreError) -> [TrustSetRecord]
    /// The number of clients that are registered with the trust set.
    func clientCount(trustSet name: String) throws(StoreError) -> Int

    /// The trusted issuer of this name, or nil.
    func issuer(_ name: String) throws(StoreError) -> IssuerRecord?
    /// Every trusted issuer, by name.
    func issuers() throws(StoreError) -> [IssuerRecord]

    /// Every key of the server, in the order in which they become active.
    func keys() throws(StoreError) -> [KeyRecord]

    /// The secret from which nodes that share the store derive their keys of session tickets; nil
    /// where it is not made yet, and in a store of one node, which has no use for it.
    func ticketSecret() throws(StoreError) -> [UInt8]?

    /// When the client's registered certificates were used; none for those that never were.
    func certificateUses(of clientID: String) throws(StoreError) -> [RegisteredCertificateUse]
    /// The last certificate of a client of `tls_client_auth`; nil where none is recorded.
    func lastUse(of clientID: String) throws(StoreError) -> TrustedCertificateUse?
    /// When the SPIFFE IDs of a client of `spiffe_x509` were used, the last used first.
    func spiffeIDUses(of clientID: String, limit: Int) throws(StoreError) -> [SPIFFEIDUse]

    /// Every token for administrators, by name.
    func adminTokens() throws(StoreError) -> [AdminTokenRecord]
    /// The token with this SHA-256, or nil.
    func adminToken(digest: [UInt8]) throws(StoreError) -> AdminTokenRecord?

    /// The entries that `query` asks for.
    func audit(_ query: AuditQuery) throws(StoreError) -> [AuditEntry]
    /// At most `limit` rows behind the number `sequence`, oldest first.
    func auditRows(after sequence: Int64, limit: Int) throws(StoreError) -> [AuditRow]
    /// The head as it stands in the store, and its code; nil where it was taken away: it is there
    /// before the first row.
    func auditHead() throws(StoreError) -> (head: AuditHead, code: [UInt8])?
    /// The seal of this store's audit; nil where its key is missing.
    func auditSeal() throws(StoreError) -> AuditSeal?
}

/// One transaction, which reads what it has written.
///
/// An inserted record has version 1, whatever it says; an update counts up, and is `.conflict`
/// where the record's version is not the stored one. Each change has its row in the audit, in the
/// same transaction; where that cannot be written, `.unaudited`, and nothing is.
package protocol RegistrationWriter: RegistrationReader {
    /// The time that the caller of `write` gave.
    var time: Int64 { get }

    /// Writes a row of the audit for the impersonation, which changes no record.
    func record(_ impersonation: Impersonation) throws(StoreError)

    /// Registers `client` with its certificates and CAs; `.alreadyExists` if it is there.
    func insert(_ client: ClientRecord) throws(StoreError)
    /// Replaces the client of this `client_id`; returns it with its new version.
    ///
    /// A JWK Set that was fetched is dropped with its `jwks_uri`.
    func update(_ client: ClientRecord) throws(StoreError) -> ClientRecord
    /// Enables or disables the client, and records the time; `.notFound` if it is not there.
    ///
    /// Works on every stored client, even if its record breaks a newer rule.
    func setEnabled(_ enabled: Bool, client clientID: String) throws(StoreError)
    /// Ends what was issued to the client before `time`, and never takes that back; `.notFound` if
    /// it is not there.
    ///
    /// Works on every stored client, as `setEnabled`.
    func endTokens(before time: Int64, client clientID: String) throws(StoreError)
    /// Removes the client and every record that belongs to it; `.notFound` if it is not there.
    func removeClient(_ clientID: String) throws(StoreError)

    /// Registers `user`; `.alreadyExists` if the name or the subject is taken.
    func insert(_ user: UserRecord) throws(StoreError)
    /// Replaces the user of this name; returns it with its new version.
    ///
    /// A change of nothing stands in the audit as the sort that was `asked` for.
    func update(_ user: UserRecord, asked: AuditAction) throws(StoreError) -> UserRecord
    /// Removes the user; `.notFound` if it is not there.
    func removeUser(_ name: String) throws(StoreError)

    /// Makes a trust set; `.alreadyExists` if the name is taken.
    func insert(_ set: TrustSetRecord) throws(StoreError)
    /// Replaces the trust set of this name but for the time of its making; returns it with its new
    /// version.
    func update(_ set: TrustSetRecord) throws(StoreError) -> TrustSetRecord
    /// Records that the source of the trust set's SPIFFE bundle had the same one at `time`.
    ///
    /// Changes no version, and has no row in the audit: nothing that is registered changes. Does
    /// nothing for a set without a bundle, and for a time before the recorded one.
    func confirmBundle(of name: String, at time: Int64) throws(StoreError)
    /// Removes the trust set; `.inUse` while clients are registered with it.
    func removeTrustSet(_ name: String) throws(StoreError)

    /// Registers a trusted issuer; `.alreadyExists` if its name or its `iss` is taken, or a client
    /// or a user begins with its name.
    func insert(_ issuer: IssuerRecord) throws(StoreError)
    /// Replaces the trusted issuer of this name but for the time of its making; returns it with its
    /// new version.
    ///
    /// A JWK Set that was fetched is dropped with its `jwks_uri`.
    func update(_ issuer: IssuerRecord) throws(StoreError) -> IssuerRecord
    /// Keeps the JWK Set that `uri` has at `time`; returns nil where the issuer was removed or has
    /// another URI by now, otherwise whether the set is another one than before.
    ///
    /// The time alone is no change of the registration: neither in the audit nor in the version.
    func keep(
        _ jwks: String,
        from uri: String,
        issuer name: String
    ) throws(StoreError) -> Bool?
    /// Removes the trusted issuer; `.notFound` if it is not there.
    func removeIssuer(_ name: String) throws(StoreError)

    /// Adds `key`; `.alreadyExists` if the `kid` is taken.
    func insert(_ key: KeyRecord) throws(StoreError)
    /// Sets the end of a key's use for signing or sealing; `.notFound` if it is not there.
    func setRetired(at time: Int64, key keyID: String) throws(StoreError)
    /// Removes the key; `.notFound` if it is not there.
    func removeKey(_ keyID: String) throws(StoreError)

    /// The secret of session tickets, made where it is missing; nil in a store of one node.
    ///
    /// Of several programs that make it at once one wins, and all get the winner's.
    func makeTicketSecret() throws(StoreError) -> [UInt8]?

    /// Adds `token`; `.alreadyExists` if the name is taken.
    func insert(_ token: AdminTokenRecord) throws(StoreError)
    /// Removes the token; `.notFound` if it is not there.
    func removeAdminToken(_ name: String) throws(StoreError)

    /// Has the audit go on under a new key from here, whatever became of the old one.
    ///
    /// The rows before stay, and cannot be checked any more.
    func renewAudit() throws(StoreError)
}
