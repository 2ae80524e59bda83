// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
public import OAuth
public import Storage

/// Maps records of the store to the trusted issuers of the registry.
///
/// Does not validate: a record that was accepted once is trusted as it is read, and one that cannot
/// be read is not trusted at all.
public enum IssuerMapping {
    /// The issuer of `record`; throws why it cannot be trusted.
    public static func issuer(_ record: IssuerRecord) throws -> TrustedIssuer {
        let algorithms = record.algorithms.compactMap(SignatureAlgorithm.init(rawValue:))
        guard !algorithms.isEmpty, algorithms.count == record.algorithms.count else {
            throw IssuerMappingError("an algorithm that is unknown")
        }
        let subjects = record.subjects.map(SubjectPattern.init)
        // Without it every subject would be accepted.
        if case .some(.none) = subjects {
            throw IssuerMappingError("its pattern of subjects cannot be read")
        }
        let lifetimeMax = min(Int64(record.maxLifetime), TrustedIssuer.lifetimeMax)
        let jwks = record.jwks ?? record.fetchedJWKS
        return TrustedIssuer(
            name: record.name,
            issuer: record.issuer,
            keys: try jwks.map { try JSONWebKeySet(Array($0.utf8).span) },
            hasRemoteKeys: record.jwksURI != nil,
            keysFetchedAt: record.fetchedAt,
            algorithms: algorithms,
            clients: record.clients,
            audience: record.audience,
            subjects: subjects.flatMap { $0 },
            tokenAudiences: record.tokenAudiences,
            scopes: record.scopes,
            lifetimeMax: lifetimeMax,
            // Fails closed: an older record may have been changed by hand.
            allowsReplay: record.allowsReplay
                && record.maxLifetime <= IssuerRecord.replayLifetimeMax,
            created: record.created
        )
    }
}

/// Why a stored issuer cannot be trusted.
private struct IssuerMappingError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
