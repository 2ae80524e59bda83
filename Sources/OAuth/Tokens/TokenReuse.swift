// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// Tokens that are still fresh enough to be handed out again; one thread's own.
///
/// Opt-in for each client. A token is found only for the same registration of the client (a change
/// of any kind makes another one), certificate, scope and audience, and its client was
/// authenticated anew before it is looked for. Users' tokens are never kept.
struct TokenReuse: ~Copyable {
    private struct Key: Hashable {
        let client: ObjectIdentifier
        let thumbprint: Digest256?
        let scope: UInt64
        let audiences: [String]

        init(_ grant: borrowing TokenClaims) {
            client = ObjectIdentifier(grant.client)
            thumbprint = grant.thumbprint
            scope = grant.scope
            audiences = grant.audiences
        }
    }

    private struct Entry {
        // Held so that no other client can come to stand at its address.
        let client: Client
        let token: [UInt8]
        let issuedAt: Int64
        let expiresAt: Int64
    }

    /// Some hundred bytes each; beyond it everything is forgotten, which costs one token each.
    private static let countMax = 16_384

    private var entries: [Key: Entry] = [:]

    /// Appends a token that was issued within the client's window; returns when it expires, or nil.
    mutating func append(_ grant: TokenClaims, now: Int64, to out: inout [UInt8]) -> Int64? {
        guard let entry = entries[Key(grant)] else { return nil }
        // A clock that went back must not make a window longer.
        guard entry.issuedAt <= now, now - entry.issuedAt < Int64(grant.client.policy.reuseWindow),
            now < entry.expiresAt
        else { return nil }
        out.append(contentsOf: entry.token)
        return entry.expiresAt
    }

    /// Keeps a token that was just issued.
    mutating func keep(
        _ grant: TokenClaims,
        token: [UInt8],
        issuedAt: Int64,
        expiresAt: Int64
    ) {
        if entries.count >= Self.countMax { forget() }
        entries[Key(grant)] = Entry(
            client: grant.client,
            token: token,
            issuedAt: issuedAt,
            expiresAt: expiresAt
        )
    }

    /// Forgets every token: after a change of keys or settings.
    mutating func forget() {
        entries.removeAll(keepingCapacity: true)
    }
}
