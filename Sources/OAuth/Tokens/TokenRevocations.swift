// SPDX-License-Identifier: Apache-2.0
/// The access tokens that were revoked before their end, shared by all reactors.
public protocol TokenRevocations: Sendable {
    /// Whether the tokens of a grant (its id, 16 bytes) or one token (the SHA-256 of its `jti`) are
    /// revoked.
    func isRevoked(_ id: [UInt8]) -> Bool
}

/// No revocations, for tests and tools without a store.
public struct NoRevocations: TokenRevocations {
    /// An empty list.
    public init() {}

    /// Never.
    public func isRevoked(_ id: [UInt8]) -> Bool { false }
}
