// SPDX-License-Identifier: Apache-2.0
/// The access tokens that were revoked and have not expired (RFC 7009).
///
/// Shared by all threads that introspect.
public protocol TokenRevocations: Sendable {
    /// Whether a token is revoked: `id` is the SHA-256 of its `jti`, or the id of the grant that it
    /// follows from.
    func isRevoked(_ id: [UInt8]) -> Bool

    /// Whether more than half as many tokens are revoked as may be: no client has more than its
    /// share of them then.
    var isCrowded: Bool { get }
}

/// No token is revoked: for programs without a store of grants.
public struct NoRevocations: TokenRevocations {
    /// No revocations.
    public init() {}

    /// Always false.
    public func isRevoked(_ id: [UInt8]) -> Bool { false }

    /// Always false.
    public var isCrowded: Bool { false }
}
