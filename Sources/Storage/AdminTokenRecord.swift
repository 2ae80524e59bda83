// SPDX-License-Identifier: Apache-2.0
/// The extent of what an administrator may do; each role may do what the ones before it may.
package enum AdministratorRole: String, Sendable, CaseIterable, Comparable {
    /// Looks at everything that is not secret, refusals and audit included.
    case read
    /// Disables and enables besides.
    case operate
    /// Changes everything, and makes tokens.
    case administer

    /// In the order of what they may do.
    package static func < (one: AdministratorRole, other: AdministratorRole) -> Bool {
        one.rank < other.rank
    }

    private var rank: Int {
        switch self {
        case .read: 0
        case .operate: 1
        case .administer: 2
        }
    }
}

/// A token for the administrative listener, beside the one in `admin.token`.
///
/// The token itself is kept nowhere. A record never changes: another role is another token.
package struct AdminTokenRecord: Sendable, Equatable {
    /// Unique, as names of trust sets are; the audit has it with each change.
    package var name: String
    /// The extent of what its holder may do.
    package var role: AdministratorRole
    /// The SHA-256 of the token, 32 bytes; unique.
    package var digest: [UInt8]
    /// Epoch seconds of its making.
    package var createdAt: Int64

    /// A record from its parts; nothing is checked before it is written.
    package init(name: String, role: AdministratorRole, digest: [UInt8], createdAt: Int64) {
        self.name = name
        self.role = role
        self.digest = digest
        self.createdAt = createdAt
    }

    /// Whether `name` can be the name of a token; that of the token in `admin.token` is taken.
    package static func isName(_ name: String) -> Bool {
        TrustSetRecord.isName(name) && name != Author.firstTokenName
    }
}

/// Tokens for administrators, one transaction a call.
extension RegistrationStore {
    /// Every token, by name.
    package func adminTokens() throws(StoreError) -> [AdminTokenRecord] {
        try ask { reader throws(StoreError) in try reader.adminTokens() }
    }

    /// The token with this SHA-256, or nil.
    package func adminToken(digest: [UInt8]) throws(StoreError) -> AdminTokenRecord? {
        try ask { reader throws(StoreError) in try reader.adminToken(digest: digest) }
    }

    /// Adds `token`; `.alreadyExists` if the name is taken.
    package func insert(
        _ token: AdminTokenRecord,
        by author: Author,
        at time: Int64
    ) throws(StoreError) {
        try enter(by: author, at: time) { writer throws(StoreError) in try writer.insert(token) }
    }

    /// Removes the token, which opens nothing from then on.
    package func removeAdminToken(
        _ name: String,
        by author: Author,
        at time: Int64
    ) throws(StoreError) {
        try enter(by: author, at: time) { writer throws(StoreError) in
            try writer.removeAdminToken(name)
        }
    }
}
