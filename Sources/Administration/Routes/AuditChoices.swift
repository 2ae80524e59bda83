// SPDX-License-Identifier: Apache-2.0
internal import Storage

/// The words by which entries of the audit are asked for.
package enum AuditChoices {
    /// The kinds of records that a query can name.
    package static let kinds = [Change.Kind.client, .user, .trustSet, .issuer, .key, .adminToken]
        .map(\.rawValue)
    /// The changes that a query can name.
    package static let actions = AuditAction.allCases.map(\.rawValue)
}
