// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
package import Storage
package import Text

extension AuthenticationExplanation {
    /// Explains what is registered in `store` now for the client called `name`, if any; blocks.
    ///
    /// Revocation lists of its trust set are read anew. The machine's public CAs are read when they
    /// are first asked for.
    package init(
        of name: String,
        in store: any RegistrationStore,
        presenting presented: HandshakeCertificates,
        now: Int64
    ) throws(StoreError) {
        let record = try Self.record(name, in: store)
        var set: TrustSet?
        if let trustSet = record?.trustSet, let found = try store.trustSet(trustSet) {
            set = TrustSet(reading: found, sent: presented.others, now: now)
        }
        let known = LazyPublicCAs()
        self.init(
            record,
            named: name,
            under: set,
            presenting: presented.leaf,
            with: presented.others,
            now: now,
            publicCA: { known.read.reason($0) }
        )
    }

    /// Explains what would become of the client of `document`, read as that of a new client, if it
    /// were registered in `store`; blocks, and writes nothing.
    ///
    /// Throws a `RegistrationError` with everything that is wrong with the document, a trust set
    /// that is not there included.
    package init(
        ofUnregistered document: JSONValue,
        in store: any RegistrationStore,
        presenting presented: HandshakeCertificates,
        now: Int64
    ) throws {
        let clientID = document[RegistrationField.clientID.rawValue]?.text
        let (record, found) = try store.read { reader in
            let made = try ClientDocument.new(
                document,
                clientID: clientID ?? Self.idToCome,
                secrets: .whereNeeded,
                at: now
            ) { try reader.certificate($0) }
            return (made.client, try Self.trustSet(of: made.client, reader))
        }
        let known = LazyPublicCAs()
        self.init(
            record,
            named: record.clientID,
            under: found.map { TrustSet(reading: $0, sent: presented.others, now: now) },
            presenting: presented.leaf,
            with: presented.others,
            now: now,
            publicCA: { known.read.reason($0) }
        )
        guard clientID == nil else { return }
        report.clientID = nil
        if record.name == Self.idToCome { report.clientName = nil }
    }

    /// Stands in commands for the id that a registration will make.
    private static let idToCome = "CLIENT_ID"

    private static func trustSet(
        of record: ClientRecord,
        _ reader: any RegistrationReader
    ) throws -> TrustSetRecord? {
        guard let name = record.trustSet else { return nil }
        if let set = try reader.trustSet(name) { return set }
        throw RegistrationError(
            .invalid(
                .trustSet,
                "There is no trust set \(PrintableText.escaped(name)).",
                remedy: "Make it first, or name another."
            )
        )
    }

    /// Nil where there is none, which is a result like others; an ambiguous name is an error.
    private static func record(
        _ name: String,
        in store: any RegistrationStore
    ) throws(StoreError) -> ClientRecord? {
        do throws(StoreError) {
            return try store.client(try store.clientID(for: name))
        } catch {
            guard error.kind == .notFound else { throw error }
            return nil
        }
    }
}

extension AuthenticationExplanation.TrustSet {
    /// The set, with its lists read anew.
    fileprivate init(reading set: TrustSetRecord, sent: [Certificate], now: Int64) {
        let lists = RevocationReading(
            set,
            sent: sent,
            now: now,
            read: RevocationListSource.lists
        )
        self.init(
            set,
            revocation: lists.revocation,
            unreadable: lists.failures,
            notCounting: lists.notCounting
        )
    }
}

private final class LazyPublicCAs {
    private(set) lazy var read = KnownPublicCAs.machine()
}
