// SPDX-License-Identifier: Apache-2.0
/// A record that was inserted, updated or removed; readers read it again for the outcome.
package struct Change: Sendable, Hashable {
    /// The kind of record that changed.
    package enum Kind: String, Sendable {
        /// A client, its certificates or its CAs; `id` is the `client_id`.
        case client
        /// A user; `id` is the name.
        case user
        /// A key of the server; `id` is the `kid`.
        case key
        /// A trust set; `id` is its name.
        ///
        /// Concerns the clients that are registered with it, which are not reported themselves.
        case trustSet = "trust_set"
        /// A trusted issuer; `id` is its name.
        case issuer
        /// A token for administrators; `id` is its name.
        case adminToken = "admin_token"
    }

    /// The kind of record that changed.
    package let kind: Kind
    /// Its identity.
    package let id: String
    /// The program that changed it last; nil where the log does not say.
    package var author: Author?
    /// Epoch seconds of the last change, by its author's clock; nil where the log does not say.
    package var time: Int64?

    /// A change from its parts.
    package init(kind: Kind, id: String, author: Author? = nil, time: Int64? = nil) {
        self.kind = kind
        self.id = id
        self.author = author
        self.time = time
    }
}

/// The changes since a reader's last position.
package enum Changes: Sendable, Equatable {
    /// Each changed record once, in the order of their first changes; continue from `position`.
    case some(position: ChangePosition, [Change])
    /// The log does not reach back that far: read everything again, then continue from `position`.
    case reload(position: ChangePosition)
}
