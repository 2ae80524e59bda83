// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// The ranges of a signed certificate's or list's parts in its DER.
struct SignedParts: Sendable {
    /// The signed bytes, whole.
    let body: Range<Int>
    /// The AlgorithmIdentifier, whole.
    let algorithm: Range<Int>
    /// The signature's octets.
    let signature: Range<Int>

    /// Whether the key of a SubjectPublicKeyInfo made the signature in `der`.
    func verify(_ der: [UInt8], under key: [UInt8]) -> Bool {
        let algorithm = Array(der[algorithm])
        let signature = Array(der[signature])
        // SAFETY: each array is passed with its own count, the body as a part of the whole; all are
        // only read, during the call.
        return unsafe der.withUnsafeBufferPointer { bytes in
            let body = unsafe UnsafeBufferPointer(rebasing: bytes[body])
            return unsafe handfast_signed_body_verifies(
                body.baseAddress,
                body.count,
                algorithm,
                algorithm.count,
                signature,
                signature.count,
                key,
                key.count
            ) == 1
        }
    }
}

extension Certificate {
    /// Whether the key of `issuer` signed it; names, dates and purposes aside.
    func isSigned(by issuer: Certificate) -> Bool {
        var file = DERReader(der)
        // The certificate was parsed before, so this does not fail.
        guard var outer = try? file.sequence(""), let body = try? outer.next(),
            let algorithm = try? outer.next(), let signature = try? outer.octetsOfBitString("")
        else { return false }
        let parts = SignedParts(
            body: body.whole,
            algorithm: algorithm.whole,
            signature: signature.startIndex..<signature.endIndex
        )
        return parts.verify(der, under: issuer.subjectPublicKeyInfo)
    }
}
