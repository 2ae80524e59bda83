// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// The number that everything of a load target follows from: public, and no secret.
package struct Seed: Sendable, Equatable {
    package let number: UInt64

    package init(_ number: UInt64) {
        self.number = number
    }

    /// Another version of the derivation has another salt, so that no two give the same bytes.
    private static let salt = Array("handfast load-target \(SeedManifest.version)".utf8)

    /// `count` bytes for one purpose (HKDF with SHA-256, RFC 5869): the same on every machine.
    ///
    /// At most 8,160 bytes, which is what HKDF gives.
    func bytes(_ purpose: Purpose, _ index: Int = 0, count: Int) throws -> [UInt8] {
        let secret = (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
        return try KeyDerivation.hkdf(
            secret: secret,
            salt: Self.salt,
            purpose: Array("\(purpose.rawValue) \(index)".utf8),
            count: count
        )
    }

    /// The purposes of derived bytes; no two share any.
    enum Purpose: String {
        case caKey = "authority key"
        case caSerial = "authority serial"
        case clientKey = "client key"
        case clientSerial = "client serial"
        case clientSecret = "client secret"
        case pooledKey = "pooled RSA key"
        case serverKey = "server key"
        case serverSerial = "server serial"
        case signingKey = "token signing key"
        case sealingKey = "token sealing key"
        case keystoreSalt = "keystore salt"
    }
}
