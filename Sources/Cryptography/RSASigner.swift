// SPDX-License-Identifier: Apache-2.0
/// Signs with one RSA key by PKCS #1 v1.5 and SHA-256 (RFC 8017 §8.2); one thread's own.
///
/// Deterministic: one key and one message have one signature.
public final class RSASigner {
    private let signer: KeySigner

    /// Reads a PKCS #8 private key in DER; refuses anything but RSA.
    public init(pkcs8 der: [UInt8]) throws(CryptographyError) {
        signer = KeySigner(try SigningKey(pkcs8: der, for: .rs256))
    }

    /// The signature over `message`, as long as the modulus.
    public func signature(over message: [UInt8]) throws(CryptographyError) -> [UInt8] {
        try signer.signature(over: message)
    }
}
