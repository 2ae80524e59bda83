// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import OAuth
internal import Registration
internal import Storage
internal import Text

/// The registrations of a seed in its store, by the same rules as every other registration.
struct SeedRegistration: Sendable {
    /// The name of the trust set with the seed's CAs.
    static let trustSetName = "load-target"
    private static let scopes = ["read", "write"]

    private let parameters: SeedParameters
    private let now: Int64
    /// Keys in which nothing was found, by the digests of their public halves.
    ///
    /// Checking an RSA key takes milliseconds, and many clients have the same.
    private var soundKeys: Set<Digest256> = []

    /// Registrations at `now`, in seconds since 1970.
    init(_ parameters: SeedParameters, at now: Int64) {
        (self.parameters, self.now) = (parameters, now)
    }

    /// The record of one client; throws where the rules refuse it.
    mutating func record(of client: SeedClient) throws -> ClientRecord {
        var change = ClientChange()
        let grants: [Grant] =
            parameters.users > 0 ? [.clientCredentials, .password] : [.clientCredentials]
        change.grantTypes = grants.map(\.rawValue)
        change.scopes = Self.scopes
        change.secret = client.secret
        switch client.method {
        case .pki:
            change.method = ClientAuthenticationMethod.tls.rawValue
            change.trustSet = Self.trustSetName
            change.subject = try SubjectRegistration(
                .distinguishedName,
                "CN=\(client.clientID)"
            )
        case .selfSigned, .mix:
            change.method = ClientAuthenticationMethod.selfSignedTLS.rawValue
            let accepted = try CertificateRegistration.client(
                client.certificate,
                now: now,
                soundKeys: soundKeys
            )
            change.certificates = [accepted.record]
            if client.isKeyShared {
                soundKeys.insert(Digest256.of(client.key.subjectPublicKeyInfo))
            }
        }
        var record = try ClientRegistration.new(change, clientID: client.clientID, at: now).client
        record.tokensValidFrom = tokensValidFrom
        return record
    }

    /// The trust set of clients of `tls_client_auth`.
    ///
    /// The intermediate is in it too, for tools that send no chain.
    func trustSet(_ cas: SeedCAs) throws -> TrustSetRecord {
        var change = TrustSetChange()
        change.caCertificates = [cas.root, cas.intermediate]
        return try TrustSetRegistration.new(Self.trustSetName, change, at: now).set
    }

    /// The user with this number, from 0 on; the password is the name.
    func user(_ index: Int) throws -> UserRecord {
        let name = SeedClient.numbered("user-", index)
        var user = try UserRegistration.new(name, password: name, cost: .least, at: now)
        user.tokensValidFrom = tokensValidFrom
        return user
    }

    /// From the first day of the certificates on, so that a clock may be turned back so far.
    private var tokensValidFrom: Int64 { min(now, parameters.notBefore) }

    /// The keys that sign and seal tokens.
    func tokenKeys() throws -> [KeyRecord] {
        let seed = parameters.seed
        let bytes = try seed.bytes(.signingKey, count: DerivedKey.p256Bytes)
        let signing = try SigningKey(pkcs8: DerivedKey.p256(bytes).pkcs8)
        let sealing = try seed.bytes(.sealingKey, count: AuthenticatedCipher.keyCount)
        let sealingID = try seed.bytes(.sealingKey, 1, count: 14)
        return [
            key(try signing.thumbprint(), KeyRecord.signing, try signing.pkcs8()),
            key(Hexadecimal.text(sealingID), KeyRecord.sealing, sealing),
        ]
    }

    /// In use from the first day of the certificates on, so that a clock may be turned back so far.
    private func key(_ id: String, _ kind: String, _ material: [UInt8]) -> KeyRecord {
        KeyRecord(
            keyID: id,
            kind: kind,
            material: material,
            createdAt: min(now, parameters.notBefore),
            activeFrom: min(now, parameters.notBefore)
        )
    }
}
