// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
package import Storage

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
