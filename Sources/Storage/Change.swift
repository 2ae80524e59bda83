// SPDX-License-Identifier: Apache-2.0
/// One thing that was inserted, updated or removed; read it again to learn which.
public struct Change: Sendable, Hashable {
    /// What changed.
    public enum Kind: String, Sendable {
        /// A client, its certificates or its authorities; `id` is the `client_id`.
        case client
        /// A user; `id` is the name.
        case user
        /// A key of the server; `id` is the `kid`.
        case key
        /// A trust set; `id` is its name.
        ///
        /// Concerns the clients that are registered with it, which are not reported themselves.
        case trustSet = "trust_set"
    }

    /// What changed.
    public let kind: Kind
    /// Its identity.
    public let id: String

    /// A change from its parts.
    public init(kind: Kind, id: String) {
        self.kind = kind
        self.id = id
    }
}

/// What happened since a reader last looked.
public enum Changes: Sendable, Equatable {
    /// Each changed thing once; remember `sequence` for the next call.
    case some(sequence: Int64, [Change])
    /// The log no longer reaches back that far: read everything again, then go on from `sequence`.
    case reload(sequence: Int64)
}
