// SPDX-License-Identifier: Apache-2.0
package import Storage
package import Text

/// Documents in a transaction: each is judged by what is registered, and written where it changes
/// something.
///
/// `check` is shown what is registered before anything else, and may throw: for a version that
/// somebody expects.
package struct DocumentWriting {
    private let writer: any RegistrationWriter
    private var lookup: CertificateLookup { { try writer.certificate($0) } }

    /// The outcome of a document.
    package struct Written<Made> {
        /// The registration now.
        package let made: Made
        /// Whether it was not there before.
        package let isNew: Bool
        /// Whether anything was written.
        package let isChanged: Bool
    }

    /// Writes by `writer`, within its transaction.
    package init(_ writer: any RegistrationWriter) {
        self.writer = writer
    }

    /// Registers a new client, under a random id unless the document has one.
    package func insertClient(_ document: JSONValue) throws -> ClientRegistration {
        let made = try ClientDocument.new(document, at: writer.time, lookup: lookup)
        try writer.insertUnique(made.client)
        return made
    }

    /// Makes the client of this id, or replaces it.
    package func putClient(
        _ document: JSONValue,
        clientID: String,
        check: (ClientRecord?) throws -> Void = { _ in }
    ) throws -> Written<ClientRegistration> {
        let old = try writer.client(clientID)
        try check(old)
        guard let old else {
            let made = try ClientDocument.new(
                document,
                clientID: clientID,
                at: writer.time,
                lookup: lookup
            )
            try writer.insertUnique(made.client)
            return Written(made: made, isNew: true, isChanged: true)
        }
        return try write(
            ClientDocument.replacing(old, by: document, at: writer.time, lookup: lookup),
            instead: old
        )
    }

    /// Changes the client of this id by a merge patch; throws `.notFound` where there is none.
    package func patchClient(
        _ patch: JSONValue,
        clientID: String,
        check: (ClientRecord?) throws -> Void = { _ in }
    ) throws -> Written<ClientRegistration> {
        let old = try writer.client(clientID)
        try check(old)
        guard let old else { throw StoreError.noClient(clientID) }
        return try write(
            ClientDocument.patching(old, with: patch, at: writer.time, lookup: lookup),
            instead: old
        )
    }

    /// Writes a client in the place of `old`, unless it is the same.
    package func write(
        _ made: ClientRegistration,
        instead old: ClientRecord
    ) throws -> Written<ClientRegistration> {
        guard made.changes(old) else {
            let same = ClientRegistration(client: old, secret: nil, warnings: made.warnings)
            return Written(made: same, isNew: false, isChanged: false)
        }
        let written = try writer.update(made.client, insteadOf: old)
        let new = ClientRegistration(
            client: written,
            secret: made.secret,
            warnings: made.warnings
        )
        return Written(made: new, isNew: false, isChanged: true)
    }

    /// Makes the trust set of this name, or replaces it.
    ///
    /// Blocks: reads files of revocation lists.
    package func putTrustSet(
        _ document: JSONValue,
        name: String,
        check: (TrustSetRecord?) throws -> Void = { _ in }
    ) throws -> Written<TrustSetRegistration> {
        let old = try writer.trustSet(name)
        try check(old)
        guard let old else {
            let made = try TrustSetDocument.new(
                document,
                name: name,
                at: writer.time,
                lookup: lookup
            )
            try writer.insert(made.set)
            return Written(made: made, isNew: true, isChanged: true)
        }
        return try write(
            TrustSetDocument.replacing(old, by: document, at: writer.time, lookup: lookup),
            instead: old
        )
    }

    /// Changes the trust set of this name by a merge patch; throws `.notFound` where there is none.
    package func patchTrustSet(
        _ patch: JSONValue,
        name: String,
        check: (TrustSetRecord?) throws -> Void = { _ in }
    ) throws -> Written<TrustSetRegistration> {
        let old = try writer.trustSet(name)
        try check(old)
        guard let old else { throw StoreError.noTrustSet(name) }
        return try write(
            TrustSetDocument.patching(old, with: patch, at: writer.time, lookup: lookup),
            instead: old
        )
    }

    private func write(
        _ made: TrustSetRegistration,
        instead old: TrustSetRecord
    ) throws -> Written<TrustSetRegistration> {
        guard made.changes(old) else {
            let same = TrustSetRegistration(set: old, warnings: made.warnings)
            return Written(made: same, isNew: false, isChanged: false)
        }
        let written = try writer.update(made.set)
        let new = TrustSetRegistration(set: written, warnings: made.warnings)
        return Written(made: new, isNew: false, isChanged: true)
    }

    /// Makes the user of this name, without a password, or replaces it.
    package func putUser(
        _ document: JSONValue,
        name: String,
        check: (UserRecord?) throws -> Void = { _ in }
    ) throws -> Written<UserRecord> {
        let old = try writer.user(name)
        try check(old)
        guard let old else {
            let made = try UserDocument.new(document, name: name, at: writer.time)
            try writer.insertUnique(made)
            return Written(made: made, isNew: true, isChanged: true)
        }
        return try write(UserDocument.replacing(old, by: document, at: writer.time), instead: old)
    }

    /// Changes the user of this name by a merge patch; throws `.notFound` where there is none.
    package func patchUser(
        _ patch: JSONValue,
        name: String,
        check: (UserRecord?) throws -> Void = { _ in }
    ) throws -> Written<UserRecord> {
        let old = try writer.user(name)
        try check(old)
        guard let old else { throw StoreError.noUser(name) }
        return try write(UserDocument.patching(old, with: patch, at: writer.time), instead: old)
    }

    private func write(_ made: UserRecord, instead old: UserRecord) throws -> Written<UserRecord> {
        guard made != old else { return Written(made: old, isNew: false, isChanged: false) }
        return Written(made: try writer.update(made), isNew: false, isChanged: true)
    }
}
