// SPDX-License-Identifier: Apache-2.0
internal import OAuth
package import Storage

/// Trusted issuers in a store, one transaction a call.
extension IssuerRegistration {
    /// Writes a new issuer; throws for clients that are not registered.
    package func insert(
        into store: some RegistrationStore,
        by author: Author,
        at now: Int64
    ) throws {
        try store.write(by: author, at: now) { writer in
            try IssuerReferences.require(issuer, instead: nil, in: writer)
            try writer.insert(issuer)
        }
    }

    /// Changes the issuer of this name; throws everything that is wrong, and writes nothing then.
    package static func change(
        _ name: String,
        by change: IssuerChange,
        in store: some RegistrationStore,
        by author: Author,
        at now: Int64
    ) throws -> IssuerRegistration {
        try check(name: name)
        return try store.write(by: author, at: now) { writer in
            guard let old = try writer.issuer(name) else { throw StoreError.noIssuer(name) }
            let made = try changed(old, by: change)
            try IssuerReferences.require(made.issuer, instead: old, in: writer)
            let written = try writer.update(made.issuer)
            return IssuerRegistration(issuer: written, warnings: made.warnings)
        }
    }

    /// Warnings of clients that are named and lack the grant; blocks.
    package func warnings(in store: some RegistrationStore) throws(StoreError)
        -> [RegistrationWarning]
    {
        var found = warnings
        for clientID in issuer.clients {
            guard let client = try store.client(clientID), !client.uses(.jwtBearer),
                !client.uses(.tokenExchange)
            else { continue }
            found.append(Self.lacksGrant(clientID))
        }
        return found
    }

    /// The warning of a client that may present the issuer's JWTs, and has no grant for that.
    package static func lacksGrant(_ clientID: String) -> RegistrationWarning {
        RegistrationWarning(
            .issuerClients,
            "The client \(PrintableText.escaped(clientID)) is not registered for the grant"
                + " \(Grant.jwtBearer.word) or \(Grant.tokenExchange.word)."
        )
    }
}

/// The clients that issuers refer to.
package enum IssuerReferences {
    /// Throws for clients that `issuer` names, `old` does not, and that are not registered.
    package static func require(
        _ issuer: IssuerRecord,
        instead old: IssuerRecord?,
        in reader: any RegistrationReader
    ) throws {
        let missing = try new(issuer, instead: old).filter { try reader.client($0) == nil }
        try RegistrationError.refuse(missing.map { .noIssuerClient($0) })
    }

    /// The clients that `issuer` names, and `old` does not.
    package static func new(_ issuer: IssuerRecord, instead old: IssuerRecord?) -> [String] {
        issuer.clients.filter { old?.clients.contains($0) != true }
    }
}
