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
            // A set of them means the same in any order.
            let named = claims.audiences
            audiences = named.count > 1 ? named.sorted() : named
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

        /// About the memory that it takes, with its key and its part of the dictionary.
        func bytes(_ key: Key) -> Int {
            let subject = key.subject?.count ?? 0
            return key.audiences.reduce(token.count + subject + 400) { $0 + $1.utf8.count + 16 }
        }
    }

    /// Tokens of one time, bounded in bytes.
    ///
    /// No client has more than its share of them, so that none drives out those of the others.
    private struct Generation {
        private static let bytesMax = 12 << 20
        private static let countMax = 8_192
        private static let clientBytesMax = bytesMax / 8

        private var entries: [Key: Entry] = [:]
        private var bytes = 0
        private var bytesOfClients: [ObjectIdentifier: Int] = [:]

        subscript(key: Key) -> Entry? { entries[key] }

        /// Whether the next generation must begin.
        var isFull: Bool { bytes >= Self.bytesMax || entries.count >= Self.countMax }

        /// Keeps a token, in the place of all others of a client that has its share.
        mutating func keep(_ entry: Entry, _ key: Key) {
            if let old = entries.removeValue(forKey: key) { charge(-old.bytes(key), key.client) }
            let count = entry.bytes(key)
            let ofClient = bytesOfClients[key.client, default: 0]
            if ofClient + count > Self.clientBytesMax {
                // Linear, once in the thousands of tokens that make up a share.
                entries = entries.filter { $0.key.client != key.client }
                charge(-ofClient, key.client)
            }
            entries[key] = entry
            charge(count, key.client)
        }

        private mutating func charge(_ count: Int, _ client: ObjectIdentifier) {
            bytes += count
            bytesOfClients[client, default: 0] += count
        }
    }

    /// Tokens are kept in the younger one.
    ///
    /// When that is full, the older one goes: a client that had a token there gets a new one, once.
    private var younger = Generation()
    private var older = Generation()
    private let revocations: any TokenRevocations

    init(_ revocations: any TokenRevocations = NoRevocations()) {
        self.revocations = revocations
    }

    /// Appends a token that was issued within the client's window and not revoked since; returns
    /// when it expires, or nil.
    mutating func append(_ claims: TokenClaims, now: Int64, to out: inout [UInt8]) -> Int64? {
        let key = Key(claims)
        guard let entry = younger[key] ?? older[key] else { return nil }
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
        if younger.isFull {
            older = younger
            younger = Generation()
        }
        let entry = Entry(
            client: claims.client,
            token: token,
            issuedAt: claims.issuedAt,
            expiresAt: claims.expiresAt,
            revocationID: TokenReader.revocationID(ofMade: token)
        )
        younger.keep(entry, Key(claims))
    }

    /// Forgets every token: after a change of keys or settings.
    mutating func forget() {
        (younger, older) = (Generation(), Generation())
    }
}
