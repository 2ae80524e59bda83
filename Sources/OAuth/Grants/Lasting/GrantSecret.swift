// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// The secret of one grant that lasts: its tokens carry it, and the store has a digest.
///
/// Whoever knows the grant's id, which access tokens carry, cannot make tokens of the grant from
/// it.
struct GrantSecret: Sendable, Equatable {
    static let byteCount = 16
    static let idByteCount = 16

    let bytes: [UInt8]

    /// A new random secret.
    init() throws(CryptographyError) {
        bytes = try RandomBytes.make(Self.byteCount)
    }

    /// The secret of a refresh token.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The secret of the grant that begins with a code: follows from the code, which is not kept.
    init(of code: AuthorizationCode) {
        bytes = Self.derived("handfast grant secret\0", code.bytes, Self.byteCount)
    }

    /// The grant's id, under which its rows are found.
    var id: [UInt8] { Self.derived("handfast grant id\0", bytes, Self.idByteCount) }

    private static func derived(_ purpose: String, _ secret: [UInt8], _ count: Int) -> [UInt8] {
        Array(Digest256.of(Array(purpose.utf8) + secret).bytes.prefix(count))
    }
}
