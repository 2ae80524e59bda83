// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Text

/// An authorization code (RFC 6749 §4.1.2): 256 random bits in base64url; the store has a digest.
struct AuthorizationCode: Sendable, Equatable {
    static let byteCount = 32
    /// Seconds from its issue; RFC 6749 §4.1.2 recommends ten minutes at most, FAPI 2.0 §5.3.2.1
    /// demands one.
    static let lifetime: Int64 = 60

    let bytes: [UInt8]

    /// A new random code.
    init() throws(CryptographyError) {
        bytes = try RandomBytes.make(Self.byteCount)
    }

    /// Reads a code; nil for a text that cannot be one.
    init?(_ text: Span<UInt8>) {
        guard let bytes = Base64URL.decode(text), bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// The key of the code's row.
    var digest: [UInt8] { Digest256.of(bytes).bytes }

    /// The code as the client gets it.
    var text: String { String(decoding: Base64URL.encode(bytes.span), as: UTF8.self) }
}
