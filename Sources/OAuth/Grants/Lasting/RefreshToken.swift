// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Text

/// A refresh token (RFC 6749 §1.5): opaque, with 256 random bits; the store has digests only.
///
///     version 1 · grant's secret 16 · secret 32 · check 16, in base64url
///
/// The check follows from the other parts: a text that was changed on its way is told apart from an
/// earlier token of the grant, whose use is an alarm (RFC 9700 §4.14.2).
struct RefreshToken: Sendable, Equatable {
    /// Access tokens that are sealed begin with 1.
    private static let version: UInt8 = 2
    /// The length of a SHA-256 code, which successors are.
    private static let secretCount = 32
    private static let checkCount = 16
    private static let byteCount = 1 + GrantSecret.byteCount + secretCount + checkCount
    /// The characters of every refresh token.
    static let characterCount = (byteCount * 4 + 2) / 3

    /// The grant's secret.
    let grant: GrantSecret
    private let secret: [UInt8]

    /// The first token of a grant.
    init(of grant: GrantSecret) throws(CryptographyError) {
        self.grant = grant
        secret = try RandomBytes.make(Self.secretCount)
    }

    private init(of grant: GrantSecret, secret: [UInt8]) {
        self.grant = grant
        self.secret = secret
    }

    /// Reads a token; nil for a text that cannot be one of any server.
    init?(_ text: Span<UInt8>) {
        guard text.count == Self.characterCount, let bytes = Base64URL.decode(text),
            bytes.count == Self.byteCount, bytes[0] == Self.version
        else { return nil }
        let secretStart = 1 + GrantSecret.byteCount
        let checkStart = secretStart + Self.secretCount
        grant = GrantSecret(Array(bytes[1..<secretStart]))
        secret = Array(bytes[secretStart..<checkStart])
        let check = Self.check(of: Array(bytes[..<checkStart]))
        guard SecretComparison.equal(check.span, Array(bytes[checkStart...]).span) else {
            return nil
        }
    }

    /// The digest by which the store knows it.
    var digest: [UInt8] { Digest256.of(secret).bytes }

    /// The successor under one of `SuccessorKeys`: the same one for the same token, so that a
    /// client whose answer was lost gets it again, though it is not kept.
    ///
    /// The key is the server's alone: a stolen token does not give those after it.
    func successor(_ key: [UInt8]) throws(CryptographyError) -> RefreshToken {
        let code = try MessageAuthentication.code(
            over: grant.bytes + secret,
            key: key,
            by: .hs256
        )
        return RefreshToken(of: grant, secret: code)
    }

    /// The successor that has this digest; nil where none of the keys gives it.
    func successor(_ digest: [UInt8], _ keys: SuccessorKeys) -> RefreshToken? {
        for key in keys.all {
            guard let successor = try? successor(key) else { continue }
            if SecretComparison.equal(successor.digest.span, digest.span) { return successor }
        }
        return nil
    }

    /// The token as the client gets it.
    var text: [UInt8] {
        let bytes = [Self.version] + grant.bytes + secret
        return Base64URL.encode((bytes + Self.check(of: bytes)).span)
    }

    private static func check(of bytes: [UInt8]) -> [UInt8] {
        let digest = Digest256.of(Array("handfast refresh check\0".utf8) + bytes)
        return Array(digest.bytes.prefix(checkCount))
    }
}
