// SPDX-License-Identifier: Apache-2.0
internal import Text

/// A client secret's stored form.
///
/// A generated secret has 256 bits of entropy, so one SHA-256 of it cannot be searched and checking
/// costs a microsecond (Decisions/0004). Stored as `sha256:` and the base64url digest of the
/// secret's text.
public struct ClientSecretHash: Sendable, Equatable {
    private static let scheme = "sha256:"
    private let digest: Digest256

    /// Hashes a generated secret.
    public init(of secret: Span<UInt8>) {
        digest = Digest256.of(secret)
    }

    /// Reads the stored form; nil where it is none.
    public init?(stored: String) {
        let text = stored.utf8Span.span
        let count = Self.scheme.utf8.count
        guard text.count > count, text.extracting(..<count).isText(Self.scheme),
            let bytes = Base64URL.decode(text.extracting(count...)),
            let digest = Digest256(bytes)
        else { return nil }
        self.digest = digest
    }

    /// The stored form.
    public var stored: String { Self.scheme + digest.base64URL }

    /// Whether `secret` is the one that was hashed; the time does not depend on where it differs.
    public func matches(_ secret: Span<UInt8>, digester: Digester) -> Bool {
        // Digests are compared in four word operations without a branch.
        digester.digest(secret) == digest
    }

    /// How many characters a generated secret has.
    static let generatedCharacters = 43

    /// A new secret: 32 random bytes as 43 base64url characters.
    public static func generate() throws(CryptographyError) -> String {
        try RandomBytes.base64URL(32)
    }
}
