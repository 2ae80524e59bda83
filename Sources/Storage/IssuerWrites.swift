// SPDX-License-Identifier: Apache-2.0
/// Trusted issuers, one transaction a call.
extension RegistrationStore {
    /// The trusted issuer of this name, or nil.
    package func issuer(_ name: String) throws(StoreError) -> IssuerRecord? {
        try ask { reader throws(StoreError) in try reader.issuer(name) }
    }

    /// Every trusted issuer, by name.
    package func issuers() throws(StoreError) -> [IssuerRecord] {
        try ask { reader throws(StoreError) in try reader.issuers() }
    }

    /// Registers a trusted issuer; `.alreadyExists` if its name or its `iss` is taken, or a client
    /// or a user begins with its name.
    package func insert(
        _ issuer: IssuerRecord,
        by author: Author,
        at time: Int64
    ) throws(StoreError) {
        try enter(by: author, at: time) { writer throws(StoreError) in try writer.insert(issuer) }
    }

    /// Removes the trusted issuer.
    package func removeIssuer(
        _ name: String,
        by author: Author,
        at time: Int64
    ) throws(StoreError) {
        try enter(by: author, at: time) { writer throws(StoreError) in
            try writer.removeIssuer(name)
        }
    }
}
