// SPDX-License-Identifier: Apache-2.0
/// The access tokens that were revoked and have not expired (RFC 7009).
///
/// Shared by all threads that introspect.
public protocol TokenRevocations: Sendable {
    /// Whether a token is revoked: `id` is the SHA-256 of its `jti`, or the id of the grant that it
    /// follows from.
    func isRevoked(_ id: [UInt8]) -> Bool
}

/// No token is revoked: for programs without a store of grants.
public struct NoRevocations: TokenRevocations {
    /// No revocations.
    public init() {}

    /// Always false.
    public func isRevoked(_ id: [UInt8]) -> Bool { false }
}
