// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// A form in which the server's own certificate is given to clients that must trust it.
package enum ServerCertificateForm: String, Sendable, CaseIterable {
    /// The whole chain as text.
    case pem
    /// The server's certificate alone.
    case der
    /// The whole chain as a truststore for Java and others, without a private key.
    case pkcs12

    /// The password of a truststore unless another is given, as of Java's own.
    private static let password = "changeit"

    /// The certificates in the file at `path`, in this form; blocks.
    package func content(
        ofChain path: String,
        password: String?
    ) throws(RegistrationError) -> [UInt8] {
        let chain = try CertificateReading.certificates(path)
        switch self {
        case .pem: return Array(chain.map(\.pem).joined().utf8)
        case .der: return chain[0].der
        case .pkcs12:
            do throws(CryptographyError) {
                return try Keystore.truststore(
                    chain,
                    name: "handfast",
                    password: password ?? Self.password
                )
            } catch {
                throw RegistrationError(.unusable(.certificates, about: path, error.description))
            }
        }
    }
}
