// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// The certificate that a load target shows to its clients, under the seed's CA, with its key.
struct SeedServerPair {
    /// Certificate and intermediate as PEM text.
    let certificatePEM: String
    /// The private key as PEM text.
    let keyPEM: String

    /// Names that reach a load target without a name service, and one that a test can resolve.
    private static let names: [SubjectAlternativeName] = [
        .dns("localhost"), .dns("*.localhost"), .dns("load-target.test"),
        .ip([127, 0, 0, 1]), .ip([UInt8](repeating: 0, count: 15) + [1]),
    ]

    /// The pair of a seed.
    init(_ parameters: SeedParameters, _ cas: SeedCAs) throws {
        let seed = parameters.seed
        let key = try DerivedKey.p256(seed.bytes(.serverKey, count: DerivedKey.p256Bytes))
        let certificate = try CertificateTemplate(
            serial: seed.bytes(.serverSerial, count: 16),
            subject: .init(
                name: "localhost",
                subjectPublicKeyInfo: key.subjectPublicKeyInfo
            ),
            issuer: cas.issuer,
            validity: parameters.validity,
            purpose: .server,
            alternativeNames: Self.names
        ).signed(by: RSASigner(pkcs8: cas.issuerKey.pkcs8))
        certificatePEM = PEM.certificate(certificate) + PEM.certificate(cas.intermediate)
        keyPEM = key.pem
    }
}
