// SPDX-License-Identifier: Apache-2.0
package import Storage

/// Trust sets in a store, one transaction a call.
extension TrustSetRegistration {
    /// Writes a new trust set.
    package func insert(
        into store: some RegistrationStore,
        by author: Author,
        at now: Int64
    ) throws(StoreError) {
        try store.insert(set, by: author, at: now)
    }

    /// Changes the trust set of this name; throws everything that is wrong, and writes nothing
    /// then.
    ///
    /// With the sources of revocation lists that it had before.
    package static func change(
        _ name: String,
        by change: TrustSetChange,
        in store: some RegistrationStore,
        by author: Author,
        at now: Int64
    ) throws -> (made: TrustSetRegistration, sourcesBefore: [String]) {
        try check(name: name)
        return try store.write(by: author, at: now) { writer in
            guard let old = try writer.trustSet(name) else { throw StoreError.noTrustSet(name) }
            let made = try changed(old, by: change, at: now)
            let written = try writer.update(made.set)
            return (TrustSetRegistration(set: written, warnings: made.warnings), old.sources)
        }
    }
}
