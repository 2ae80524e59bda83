// SPDX-License-Identifier: Apache-2.0
internal import Storage

/// Records as fields: what stands in a snapshot's frames.
///
/// CA certificates of clients are written once and referred to by their thumbprints, since a
/// million clients may have the same.
struct RecordWriter {
    /// The kinds of entries, as they are written.
    enum Kind: UInt8 {
        case client = 1
        case noClient, user, noUser, trustSets, keys, revoked, caCertificate, position, secret
        case issuers
    }

    /// The CA certificates that the file has already.
    private var written: Set<[UInt8]> = []

    /// Appends `record`, and before it the CA certificates that it refers to.
    mutating func append(_ record: SnapshotRecord, to bytes: inout [UInt8]) {
        switch record {
        case .client(let client):
            for certificate in client.caCertificates
            where written.insert(certificate.thumbprint).inserted {
                Self.append(.caCertificate, Self.fields(certificate), to: &bytes)
            }
            Self.append(.client, Self.fields(client), to: &bytes)
        case .noClient(let id): Self.append(.noClient, Array(id.utf8), to: &bytes)
        case .user(let user): Self.append(.user, Self.fields(user), to: &bytes)
        case .noUser(let name): Self.append(.noUser, Array(name.utf8), to: &bytes)
        case .trustSets(let sets):
            var writer = FieldWriter()
            for set in sets { writer.add(1, Self.fields(set)) }
            Self.append(.trustSets, writer.bytes, to: &bytes)
        case .issuers(let issuers):
            var writer = FieldWriter()
            for issuer in issuers { writer.add(1, Self.fields(issuer)) }
            Self.append(.issuers, writer.bytes, to: &bytes)
        case .keys(let keys):
            var writer = FieldWriter()
            for key in keys { writer.add(1, Self.fields(key)) }
            Self.append(.keys, writer.bytes, to: &bytes)
        case .secret(let name, let secret):
            var writer = FieldWriter()
            writer.add(1, name)
            writer.add(2, secret)
            Self.append(.secret, writer.bytes, to: &bytes)
        case .revoked(let token):
            var writer = FieldWriter()
            writer.add(1, token.id)
            writer.add(2, token.until)
            Self.append(.revoked, writer.bytes, to: &bytes)
        }
    }

    /// Appends the end of a state, which everything before it is part of.
    static func appendEnd(epoch: UInt64, to bytes: inout [UInt8]) {
        var value: [UInt8] = []
        FieldWriter.append(epoch, to: &value)
        append(.position, value, to: &bytes)
    }

    private static func append(_ kind: Kind, _ value: [UInt8], to bytes: inout [UInt8]) {
        FieldWriter.append(kind.rawValue, value, to: &bytes)
    }

    private static func fields(_ client: ClientRecord) -> [UInt8] {
        var writer = FieldWriter()
        writer.add(1, client.clientID)
        writer.add(2, client.name)
        writer.add(3, client.secretHash)
        writer.add(4, client.authenticationMethod)
        writer.add(5, client.grantTypes)
        writer.add(6, client.scopes)
        writer.add(7, client.redirectURIs)
        writer.add(8, client.subjectKind)
        writer.add(9, client.subjectValue)
        writer.add(10, client.boundAccessTokens)
        writer.add(11, client.jwks)
        writer.add(12, client.jwksURI)
        writer.add(13, client.fetchedJWKS)
        writer.add(14, client.trustSet)
        writer.add(15, client.sharedSecret)
        writer.add(16, client.assertionAlgorithm)
        writer.add(17, client.audiences)
        writer.add(18, client.tokenFormat)
        writer.add(19, client.tokenLifetime.map(Int64.init))
        writer.add(20, Int64(client.reuseWindow))
        writer.add(21, client.mayIntrospect)
        writer.add(22, client.refreshRotation)
        writer.add(23, client.refreshLifetime.map(Int64.init))
        writer.add(24, client.refreshIdle.map(Int64.init))
        writer.add(25, client.requiresPushedRequests)
        writer.add(26, client.tokenSigningAlgorithm)
        writer.add(27, client.staticClaims)
        writer.add(28, client.labels)
        writer.add(29, client.enabled)
        writer.add(30, client.createdAt)
        writer.add(31, client.updatedAt)
        writer.add(32, client.tokensValidFrom)
        for certificate in client.certificates {
            writer.add(33, fields(certificate, isWhole: false))
        }
        for certificate in client.caCertificates {
            writer.add(34, fields(certificate, isWhole: false))
        }
        writer.add(35, client.version)
        writer.add(36, client.rate)
        writer.add(37, client.ownAudiences)
        writer.add(38, client.exchangeMode)
        writer.add(39, client.exchangesBoundTokens)
        writer.add(40, client.spiffeID)
        return writer.bytes
    }

    private static func fields(
        _ certificate: CertificateRecord,
        isWhole: Bool = true
    ) -> [UInt8] {
        var writer = FieldWriter()
        writer.add(1, certificate.thumbprint)
        writer.add(2, certificate.notBefore)
        writer.add(3, certificate.notAfter)
        writer.add(4, certificate.createdAt)
        if isWhole {
            writer.add(5, certificate.der)
            writer.add(6, certificate.subject)
        }
        return writer.bytes
    }

    private static func fields(_ user: UserRecord) -> [UInt8] {
        var writer = FieldWriter()
        writer.add(1, user.name)
        writer.add(2, user.subject)
        writer.add(3, user.passwordHash)
        writer.add(4, user.labels)
        writer.add(5, user.enabled)
        writer.add(6, user.createdAt)
        writer.add(7, user.tokensValidFrom)
        writer.add(8, user.version)
        return writer.bytes
    }

    private static func fields(_ set: TrustSetRecord) -> [UInt8] {
        var writer = FieldWriter()
        writer.add(1, set.name)
        for certificate in set.caCertificates { writer.add(2, certificate) }
        writer.add(3, set.sources)
        writer.add(4, set.revocation)
        writer.add(5, set.serverAuthUntil)
        writer.add(6, set.labels)
        writer.add(7, set.created)
        writer.add(8, set.version)
        if let bundle = set.spiffe { writer.add(9, fields(bundle)) }
        return writer.bytes
    }

    private static func fields(_ bundle: SPIFFEBundleRecord) -> [UInt8] {
        var writer = FieldWriter()
        writer.add(1, bundle.trustDomain)
        writer.add(2, bundle.source)
        writer.add(3, Int64(bundle.maxStaleness))
        writer.add(4, bundle.sequence)
        writer.add(5, Int64(bundle.refreshSeconds))
        writer.add(6, bundle.checkedAt)
        return writer.bytes
    }

    private static func fields(_ issuer: IssuerRecord) -> [UInt8] {
        var writer = FieldWriter()
        writer.add(1, issuer.name)
        writer.add(2, issuer.issuer)
        writer.add(3, issuer.jwks)
        writer.add(4, issuer.jwksURI)
        writer.add(5, issuer.fetchedJWKS)
        writer.add(6, issuer.fetchedAt)
        writer.add(7, issuer.algorithms)
        writer.add(8, issuer.clients)
        writer.add(9, issuer.audience)
        writer.add(10, issuer.subjects)
        writer.add(11, issuer.tokenAudiences)
        writer.add(12, issuer.scopes)
        writer.add(13, Int64(issuer.maxLifetime))
        writer.add(14, issuer.allowsReplay)
        writer.add(15, issuer.labels)
        writer.add(16, issuer.created)
        writer.add(17, issuer.version)
        return writer.bytes
    }

    private static func fields(_ key: KeyRecord) -> [UInt8] {
        var writer = FieldWriter()
        writer.add(1, key.keyID)
        writer.add(2, key.kind)
        writer.add(3, key.material)
        writer.add(4, key.createdAt)
        writer.add(5, key.activeFrom)
        writer.add(6, key.retiredAt)
        return writer.bytes
    }
}
