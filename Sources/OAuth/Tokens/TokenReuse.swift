// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// A cache of tokens that are fresh enough to be issued again; one thread's own.
///
/// Opt-in for each client. Keyed by the registration of the client (a change makes another one),
/// subject, certificate, scope and audience; the client was authenticated anew before the look-up.
/// Users' tokens are never kept.
struct TokenReuse: ~Copyable {
    private struct Key: Hashable {
        let client: ObjectIdentifier
        /// The SPIFFE ID of a workload; nil for the client itself.
        let subject: [UInt8]?
        let thumbprint: Digest256?
        let scope: UInt64
        let audiences: [String]

        init(_ claims: borrowing TokenClaims) {
            client = ObjectIdentifier(claims.client)
            subject = claims.subject == claims.client.id ? nil : claims.subject
            thumbprint = claims.thumbprint
            scope = claims.scope
            audiences = claims.audiences
        }
    }

    private struct Entry {
        // Retains the client: the key is its ObjectIdentifier, which could be reused after a free.
        let client: Client
        let token: [UInt8]
        let issuedAt: Int64
        let expiresAt: Int64
        /// nil only for what is no token of this server.
        let revocationID: [UInt8]?
    }

    /// Some hundred bytes each; cleared when full, which costs one new token each.
    private static let countMax = 16_384

    private var entries: [Key: Entry] = [:]
    private let revocations: any TokenRevocations

    init(_ revocations: any TokenRevocations = NoRevocations()) {
        self.revocations = revocations
    }

    /// Appends a token that was issued within the client's window and not revoked since; returns
    /// when it expires, or nil.
    mutating func append(_ claims: TokenClaims, now: Int64, to out: inout [UInt8]) -> Int64? {
        guard let entry = entries[Key(claims)] else { return nil }
        // A clock that was set back must not make a window longer.
        guard entry.issuedAt <= now, now - entry.issuedAt < Int64(claims.client.policy.reuseWindow),
            now < entry.expiresAt, entry.issuedAt >= claims.client.tokensValidFrom,
            !(entry.revocationID.map(revocations.isRevoked) ?? false)
        else { return nil }
        out.append(contentsOf: entry.token)
        return entry.expiresAt
    }

    /// A hash of what a token is for: one token of a client is as good as another with the same.
    static func purpose(_ claims: borrowing TokenClaims) -> Int {
        Key(claims).hashValue
    }

    /// Keeps a token that was just issued.
    mutating func keep(
        _ claims: TokenClaims,
        token: [UInt8]
    ) {
        if entries.count >= Self.countMax { forget() }
        entries[Key(claims)] = Entry(
            client: claims.client,
            token: token,
            issuedAt: claims.issuedAt,
            expiresAt: claims.expiresAt,
            revocationID: TokenReader.revocationID(ofMade: token)
        )
    }

    /// Forgets every token: after a change of keys or settings.
    mutating func forget() {
        entries.removeAll(keepingCapacity: true)
    }
}
