// SPDX-License-Identifier: Apache-2.0
package import Storage

extension FetchedKeySet {
    /// Keeps the set as that of the trusted issuer of this name; whether it is another one than
    /// before.
    ///
    /// Does nothing if the issuer was removed or has another URI by now. The time of the fetch is
    /// kept with it, since keys that could not be fetched for a day do not count.
    package func keep(
        forIssuer name: String,
        in store: some RegistrationStore,
        by author: Author,
        at now: Int64
    ) throws -> Bool {
        try store.write(by: author, at: now) { writer in
            try writer.keep(jwks, from: uri, issuer: name) ?? false
        }
    }
}
