// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// A JWS algorithm whose key both sides know: HMAC (RFC 7518 §3.2).
///
/// A type of its own, so that no public key can come to stand where a secret belongs.
public enum MessageAuthenticationAlgorithm: String, Sendable, CaseIterable {
    /// HMAC with SHA-256.
    case hs256 = "HS256"
    /// HMAC with SHA-384.
    case hs384 = "HS384"
    /// HMAC with SHA-512.
    case hs512 = "HS512"

    /// How many bytes a code has; a key must not have fewer (RFC 7518 §3.2).
    public var byteCount: Int {
        switch self {
        case .hs256: 32
        case .hs384: 48
        case .hs512: 64
        }
    }

    /// The algorithms for which a generated client secret, of 43 characters, is long enough.
    public static let ofClientSecrets = allCases.filter {
        $0.byteCount <= ClientSecretHash.generatedCharacters
    }

    /// OpenSSL's name of the digest.
    var digestName: String {
        switch self {
        case .hs256: "SHA256"
        case .hs384: "SHA384"
        case .hs512: "SHA512"
        }
    }
}

/// Codes that only holders of a secret can make, and check (HMAC, RFC 2104).
public enum MessageAuthentication {
    /// The code of `message` under `key`.
    public static func code(
        over message: [UInt8],
        key: [UInt8],
        by algorithm: MessageAuthenticationAlgorithm
    ) throws(CryptographyError) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: algorithm.byteCount)
        var count = 0
        // SAFETY: each array is passed with its own count; OpenSSL writes no more than the room.
        let done = unsafe EVP_Q_mac(
            handfast_library(),
            "HMAC",
            nil,
            algorithm.digestName,
            nil,
            key,
            key.count,
            message,
            message.count,
            &code,
            code.count,
            &count
        )
        guard unsafe done != nil, count == code.count else { throw .last("authenticating") }
        return code
    }

    /// Whether `code` is the one of `message` under `key`.
    ///
    /// The time does not depend on where it differs.
    public static func verifies(
        _ code: [UInt8],
        over message: [UInt8],
        key: [UInt8],
        by algorithm: MessageAuthenticationAlgorithm
    ) -> Bool {
        guard let expected = try? Self.code(over: message, key: key, by: algorithm) else {
            return false
        }
        return SecretComparison.equal(expected.span, code.span)
    }
}
