// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// An operation for clients, and whether it needs a row of the store: the table of
/// Documentation/fleet.md, for metrics and for balancers.
package enum ServedOperation: String, Sendable, CaseIterable {
    /// `client_credentials` with a certificate or a secret: signed, sealed and reused tokens.
    case clientCredentials = "client_credentials"
    /// The password grant without a refresh token: users are in the registry.
    case password
    /// Token exchange that names the actor, or makes a client's own token less.
    case tokenExchange = "token_exchange"
    /// Token exchange by which a client acts as another party: the audit has a row of each.
    case impersonation
    /// Introspection, with the list of revoked tokens as it was read last.
    case introspection
    /// The JWK Set and the metadata.
    case documents
    /// Clients that sign assertions, each used once.
    case clientAssertions = "client_assertions"
    /// Codes, pushed requests and the pages that lead to them.
    case authorizationCode = "authorization_code"
    case refreshToken = "refresh_token"
    case revocation
    /// Changes of registrations.
    case registration

    /// Whether a request needs a row of the store; `assertionsNeedRow` where those of all nodes are
    /// used once.
    package func needsRow(assertionsNeedRow: Bool) -> Bool {
        switch self {
        case .clientCredentials, .password, .tokenExchange, .introspection, .documents: false
        case .clientAssertions: assertionsNeedRow
        case .impersonation, .authorizationCode, .refreshToken, .revocation, .registration: true
        }
    }
}

/// The state of the store as requests depend on it.
package struct StoreState: Sendable, Equatable {
    /// Seconds for which registrations or revocations could not be read; 0 while they can.
    package let age: Int
    /// Whether the registry is too old to go by.
    package let isStale: Bool
    /// Whether a client's assertion needs a row.
    package let assertionsNeedRow: Bool
    /// Whether this node only reads the store.
    package let isReadOnly: Bool

    /// Whether the operation is not refused for want of the store.
    package func isServed(_ operation: ServedOperation) -> Bool {
        if operation == .documents { return true }
        guard !isStale else { return false }
        return age == 0 && !isReadOnly || !operation.needsRow(assertionsNeedRow: assertionsNeedRow)
    }
}

extension Gauges {
    /// The store's state now.
    package var storeState: StoreState {
        let age = max(storeUnreadSeconds.current, revocationsUnreadSeconds.current)
        return StoreState(
            age: age,
            isStale: age > storeUnreadSecondsMax.current,
            assertionsNeedRow: assertionsNeedRow.load(ordering: .relaxed),
            isReadOnly: storeIsReadOnly.load(ordering: .relaxed)
        )
    }
}
