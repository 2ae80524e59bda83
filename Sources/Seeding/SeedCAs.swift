// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// The two CAs of a seed: a root, and an intermediate below it that signs all other certificates.
struct SeedCAs: Sendable {
    /// The root's certificate in DER.
    let root: [UInt8]
    /// The intermediate's certificate in DER.
    let intermediate: [UInt8]
    /// The intermediate as an issuer.
    let issuer: CertificateTemplate.Party
    /// The intermediate's private key.
    let issuerKey: DerivedKey

    /// The CAs of these parameters, with their keys.
    init(
        _ parameters: SeedParameters,
        rootKey: DerivedKey,
        intermediateKey: DerivedKey
    ) throws {
        let number = parameters.seed.number
        let rootIssuer = CertificateTemplate.Party(
            name: "Load target root CA, seed \(number)",
            subjectPublicKeyInfo: rootKey.subjectPublicKeyInfo
        )
        issuer = CertificateTemplate.Party(
            name: "Load target CA, seed \(number)",
            subjectPublicKeyInfo: intermediateKey.subjectPublicKeyInfo
        )
        issuerKey = intermediateKey
        let signer = try RSASigner(pkcs8: rootKey.pkcs8)
        func certificate(
            _ subject: CertificateTemplate.Party,
            _ index: Int,
            pathLength: UInt8?
        ) throws -> [UInt8] {
            try CertificateTemplate(
                serial: parameters.seed.bytes(.caSerial, index, count: 16),
                subject: subject,
                issuer: rootIssuer,
                validity: parameters.validity,
                purpose: .ca(pathLength: pathLength)
            ).signed(by: signer)
        }
        root = try certificate(rootIssuer, 0, pathLength: nil)
        intermediate = try certificate(issuer, 1, pathLength: 0)
    }
}
