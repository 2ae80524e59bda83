// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Text

/// One client of a load target, as its seed has it.
struct SeedClient: Sendable, Equatable {
    /// The `client_id`, such as `load-000001`.
    let clientID: String
    let method: SeedMethod
    /// The client secret; nil for a method that has none.
    let secret: String?
    let key: DerivedKey
    /// Whether other clients may have the same key.
    let isKeyShared: Bool
    /// The certificate in DER.
    let certificate: [UInt8]

    /// The `client_id` of the client with this number, from 0 on.
    static func clientID(_ index: Int) -> String { numbered("load-", index) }

    /// `prefix` and a number of six digits, or more where it needs them, from 1 on.
    static func numbered(_ prefix: String, _ index: Int) -> String {
        let digits = String(index + 1)
        return prefix + String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
    }
}

/// Everything of a seed that its clients have in common.
struct SeedMaterial: Sendable {
    let parameters: SeedParameters
    let cas: SeedCAs
    private let pool: [DerivedKey]

    /// Derives CAs, and the RSA keys that the first `clients` of the seed need.
    init(
        _ parameters: SeedParameters,
        clients: Int,
        progress: (SeedProgress) -> Void = { _ in }
    ) throws {
        let caKeys = try RSAKeyPool.keys(.caKey, of: parameters.seed, count: 2)
        cas = try SeedCAs(
            parameters,
            rootKey: caKeys[0],
            intermediateKey: caKeys[1]
        )
        let count = min(parameters.key.rsaCount(before: clients), RSAKeyPool.keysMax)
        pool = try RSAKeyPool.keys(.pooledKey, of: parameters.seed, count: count) { done in
            progress(SeedProgress(.keys, done: done, of: count))
        }
        self.parameters = parameters
    }

    func key(of index: Int) throws -> DerivedKey {
        let seed = parameters.seed
        switch parameters.key.kind(of: index) {
        case .rsa2048: return pool[parameters.key.placeInPool(of: index)]
        case .ed25519:
            return try .ed25519(seed.bytes(.clientKey, index, count: DerivedKey.ed25519Bytes))
        case .p256, .mix:
            return try .p256(seed.bytes(.clientKey, index, count: DerivedKey.p256Bytes))
        }
    }
}

/// Makes clients of a seed; one thread's own.
struct SeedClientMaker {
    private let material: SeedMaterial
    private let signer: RSASigner

    init(_ material: SeedMaterial) throws {
        self.material = material
        signer = try RSASigner(pkcs8: material.cas.issuerKey.pkcs8)
    }

    /// The client with this number, from 0 on.
    func client(_ index: Int) throws -> SeedClient {
        let parameters = material.parameters
        let (clientID, key) = (SeedClient.clientID(index), try material.key(of: index))
        let method = parameters.method.method(of: index)
        let certificate = try CertificateTemplate(
            serial: parameters.seed.bytes(.clientSerial, index, count: 16),
            subject: .init(name: clientID, subjectPublicKeyInfo: key.subjectPublicKeyInfo),
            issuer: material.cas.issuer,
            validity: parameters.validity,
            purpose: .client,
            alternativeNames: [.dns("\(clientID).test")]
        ).signed(by: signer)
        return SeedClient(
            clientID: clientID,
            method: method,
            // A client of tls_client_auth has no secret; the other one has it for software that
            // cannot be configured without.
            secret: method == .pki ? nil : try secret(index),
            key: key,
            isKeyShared: parameters.key.kind(of: index) == .rsa2048,
            certificate: certificate
        )
    }

    private func secret(_ index: Int) throws -> String {
        let bytes = try material.parameters.seed.bytes(.clientSecret, index, count: 32)
        return String(decoding: Base64URL.encode(bytes.span), as: UTF8.self)
    }
}
