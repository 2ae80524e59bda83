// SPDX-License-Identifier: Apache-2.0
package import Storage
package import Text

/// The way in which a document says what is registered.
package enum DocumentForm: Sendable {
    /// The whole of it: makes it or replaces it.
    case whole
    /// A JSON Merge Patch (RFC 7396) of what is printed; `.notFound` where there is nothing.
    case patch
}

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
        try insert(made.client)
        return made
    }

    /// Makes, replaces or patches the client of this id.
    package func client(
        _ document: JSONValue,
        _ form: DocumentForm,
        clientID: String,
        check: (ClientRecord?) throws -> Void = { _ in }
    ) throws -> Written<ClientRegistration> {
        let old = try writer.client(clientID)
        try check(old)
        guard let old else {
            guard form == .whole else { throw StoreError.noClient(clientID) }
            let made = try ClientDocument.new(
                document,
                clientID: clientID,
                at: writer.time,
                lookup: lookup
            )
            try insert(made.client)
            return Written(made: made, isNew: true, isChanged: true)
        }
        let made =
            form == .whole
            ? try ClientDocument.replacing(old, by: document, at: writer.time, lookup: lookup)
            : try ClientDocument.patching(old, with: document, at: writer.time, lookup: lookup)
        return try write(made, instead: old)
    }

    private func insert(_ client: ClientRecord) throws {
        try requireReferences(client, instead: nil)
        try writer.insertUnique(client)
    }

    private func requireReferences(_ client: ClientRecord, instead old: ClientRecord?) throws {
        try RegistrationError.refuse(
            ReferenceRules.findings(client, instead: old, in: writer)
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
        try requireReferences(made.client, instead: old)
        let written = try writer.update(made.client, insteadOf: old)
        let new = ClientRegistration(
            client: written,
            secret: made.secret,
            warnings: made.warnings
        )
        return Written(made: new, isNew: false, isChanged: true)
    }

    /// Makes, replaces or patches the trust set of this name; `files` are those of the document.
    package func trustSet(
        _ document: JSONValue,
        _ form: DocumentForm,
        name: String,
        files: TrustSetFiles,
        check: (TrustSetRecord?) throws -> Void = { _ in }
    ) throws -> Written<TrustSetRegistration> {
        let old = try writer.trustSet(name)
        try check(old)
        guard let old else {
            guard form == .whole else { throw StoreError.noTrustSet(name) }
            let made = try TrustSetDocument.new(
                document,
                name: name,
                files: files,
                at: writer.time,
                lookup: lookup
            )
            try writer.insert(made.set)
            return Written(made: made, isNew: true, isChanged: true)
        }
        let change = form == .whole ? TrustSetDocument.replacing : TrustSetDocument.patching
        return try write(change(old, document, files, writer.time, lookup), instead: old)
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

    /// Makes, replaces or patches the trusted issuer of this name.
    package func issuer(
        _ document: JSONValue,
        _ form: DocumentForm,
        name: String,
        check: (IssuerRecord?) throws -> Void = { _ in }
    ) throws -> Written<IssuerRegistration> {
        let old = IssuerRecord.isName(name) ? try writer.issuer(name) : nil
        try check(old)
        guard let old else {
            guard form == .whole else { throw StoreError.noIssuer(name) }
            let made = try IssuerDocument.new(document, name: name, at: writer.time)
            try IssuerReferences.require(made.issuer, instead: nil, in: writer)
            try writer.insert(made.issuer)
            return Written(made: made, isNew: true, isChanged: true)
        }
        let change = form == .whole ? IssuerDocument.replacing : IssuerDocument.patching
        let made = try change(old, document, writer.time)
        guard made.changes(old) else {
            let same = IssuerRegistration(issuer: old, warnings: made.warnings)
            return Written(made: same, isNew: false, isChanged: false)
        }
        try IssuerReferences.require(made.issuer, instead: old, in: writer)
        let written = try writer.update(made.issuer)
        let new = IssuerRegistration(issuer: written, warnings: made.warnings)
        return Written(made: new, isNew: false, isChanged: true)
    }

    /// Makes the user of this name, without a password, or replaces or patches it.
    package func user(
        _ document: JSONValue,
        _ form: DocumentForm,
        name: String,
        check: (UserRecord?) throws -> Void = { _ in }
    ) throws -> Written<UserRecord> {
        let old = try writer.user(name)
        try check(old)
        guard let old else {
            guard form == .whole else { throw StoreError.noUser(name) }
            let made = try UserDocument.new(document, name: name, at: writer.time)
            if try writer.users().contains(where: { $0.name == made.name }) {
                throw RegistrationError(.takenUser(made.name))
            }
            try writer.insertUnique(made)
            return Written(made: made, isNew: true, isChanged: true)
        }
        let change = form == .whole ? UserDocument.replacing : UserDocument.patching
        return try write(change(old, document, writer.time), instead: old)
    }

    private func write(_ made: UserRecord, instead old: UserRecord) throws -> Written<UserRecord> {
        guard made != old else { return Written(made: old, isNew: false, isChanged: false) }
        return Written(made: try writer.update(made), isNew: false, isChanged: true)
    }
}
