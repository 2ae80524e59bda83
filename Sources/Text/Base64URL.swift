// SPDX-License-Identifier: Apache-2.0
/// Base64url without padding (RFC 4648 §5, RFC 7515 §2).
package enum Base64URL {
    /// How many characters `byteCount` bytes become.
    package static func encodedCount(_ byteCount: Int) -> Int {
        Base64Alphabet.encodedCount(byteCount)
    }

    /// The characters of `bytes` as ASCII.
    package static func encode(_ bytes: Span<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        append(bytes, to: &out)
        return out
    }

    /// Appends the characters of `bytes`.
    package static func append(_ bytes: Span<UInt8>, to out: inout [UInt8]) {
        Base64Alphabet.url.append(bytes, to: &out)
    }

    /// The bytes that `text` stands for; nil for padding, foreign characters, an impossible length
    /// or bits left over.
    package static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        Base64Alphabet.url.decode(text)
    }
}
