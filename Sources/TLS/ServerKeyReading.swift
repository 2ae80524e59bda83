// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

extension ServerIdentity {
    /// Whether OpenSSL can read a private key in PEM, of any kind.
    public static func canRead(keyPEM: [UInt8]) -> Bool {
        do throws(CryptographyError) {
            _ = try PrivateKey(pem: keyPEM)
            return true
        } catch {
            return false
        }
    }
}
