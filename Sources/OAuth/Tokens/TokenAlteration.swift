// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// A deliberate change of an issued token, for load targets: clients are tested with it.
///
/// `none` on every other server.
public struct TokenAlteration: Sendable, Equatable {
    /// A fault that a resource server must find.
    public enum Fault: Sendable, Equatable {
        /// `exp` is past; `expires_in` of the response is the usual one.
        case expired
        /// `cnf` names a certificate that no client has (RFC 8705 §3.1).
        case wrongBinding
        /// The signature, or the tag of a sealed token, does not verify.
        case wrongSignature
        /// `kid` names a key that is not in the JWK Set (RFC 7515 §4.1.4).
        case wrongKeyID
    }

    /// No change.
    public static let none = TokenAlteration()

    /// The fault; nil for a right token.
    public var fault: Fault?
    /// `jti`, in place of a random one; sealed tokens have an identifier of their own.
    public var identifier: Identifier?

    /// The 128 bits of an identifier.
    public struct Identifier: Sendable, Equatable {
        let halves: (UInt64, UInt64)

        /// Takes the bits, the first 64 before the others.
        public init(_ first: UInt64, _ second: UInt64) {
            halves = (first, second)
        }

        /// Whether all bits are the same.
        public static func == (a: Identifier, b: Identifier) -> Bool { a.halves == b.halves }
    }

    /// A change from its parts.
    public init(fault: Fault? = nil, identifier: Identifier? = nil) {
        self.fault = fault
        self.identifier = identifier
    }

    /// How long before its issue an expired token has ended, in seconds.
    private static let expiredFor: Int64 = 3600

    /// Makes the fault that the claims have.
    func apply(to claims: inout TokenClaims) {
        switch fault {
        case .expired:
            let shift = claims.expiresAt - claims.issuedAt + Self.expiredFor
            claims.issuedAt -= shift
            claims.expiresAt -= shift
        case .wrongBinding:
            claims.thumbprint = Digest256.of(claims.thumbprint?.bytes ?? [])
        case .wrongSignature, .wrongKeyID, nil: break
        }
    }

    /// Breaks the signature or tag of `token`, which ends `out`: its last characters.
    func breakEnd(of token: Range<Int>, in out: inout [UInt8]) {
        guard fault == .wrongSignature, token.count >= Self.changedFromEnd else { return }
        let index = token.upperBound - Self.changedFromEnd
        out[index] = out[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
    }

    /// Inside every signature and inside a tag, and not the last character, which has bits that
    /// base64url ignores.
    private static let changedFromEnd = 8
}
