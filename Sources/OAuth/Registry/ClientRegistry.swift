// SPDX-License-Identifier: Apache-2.0
/// The clients at one moment: a value that is swapped whole and read without a lock.
///
/// Copy on write by shards: a change copies the list of shards and one shard, which takes a few
/// hundred microseconds for a million clients.
public struct ClientRegistry: Sendable {
    private struct Entry: Sendable {
        let hash: UInt64
        let client: Client
    }

    private var shards: [[Entry]]
    private var spiffe = SPIFFEIndex()
    /// How many clients there are, disabled ones included.
    public private(set) var count = 0

    /// Eight clients to a shard: a lookup reads one or two cache lines of hashes.
    private static let perShard = 8

    /// An empty registry laid out for about `expected` clients; more only makes lookups slower.
    public init(expected: Int = 0) {
        var size = 64
        while size * Self.perShard < expected { size *= 2 }
        shards = Array(repeating: [], count: size)
    }

    /// The client with this id; nil when there is none.
    public func client(_ id: Span<UInt8>) -> Client? {
        let hash = Self.hash(id)
        let shard = shards[Int(hash & UInt64(shards.count - 1))]
        for entry in shard where entry.hash == hash && Self.equal(entry.client.id, id) {
            return entry.client
        }
        return nil
    }

    /// The client whose registration is for this SPIFFE ID: exactly, or else by the longest prefix.
    ///
    /// Whether the client may authenticate is not asked: a disabled one has its ID still.
    public func client(spiffeID id: Span<UInt8>) -> Client? {
        spiffe.client(id).flatMap { client($0.span) }
    }

    /// Whether any client is registered by a SPIFFE ID.
    var hasSPIFFEIDs: Bool { !spiffe.isEmpty }

    /// Adds the client, or replaces the one with its id.
    public mutating func insert(_ client: Client) {
        let id = client.id
        let hash = Self.hash(id.span)
        let at = Int(hash & UInt64(shards.count - 1))
        let old = shards[at].firstIndex {
            $0.hash == hash && $0.client.id == id
        }
        if let old {
            forgetSPIFFEID(of: shards[at][old].client)
            shards[at][old] = Entry(hash: hash, client: client)
        } else {
            shards[at].append(Entry(hash: hash, client: client))
            count += 1
            if count > shards.count * Self.perShard * 2 { grow() }
        }
        if let pattern = client.trust?.pattern { spiffe.insert(pattern, client: id) }
    }

    private mutating func forgetSPIFFEID(of client: Client) {
        if let pattern = client.trust?.pattern { spiffe.remove(pattern, of: client.id) }
    }

    // Rare, and linear: doubles the shards, and splits each one's clients.
    private mutating func grow() {
        var grown: [[Entry]] = Array(repeating: [], count: shards.count * 2)
        for shard in shards {
            for entry in shard { grown[Int(entry.hash & UInt64(grown.count - 1))].append(entry) }
        }
        shards = grown
    }

    /// Removes the client with this id.
    public mutating func remove(_ id: String) {
        let bytes = Array(id.utf8)
        let hash = Self.hash(bytes.span)
        let at = Int(hash & UInt64(shards.count - 1))
        let before = shards[at].count
        for entry in shards[at] where entry.hash == hash && entry.client.id == bytes {
            forgetSPIFFEID(of: entry.client)
        }
        shards[at].removeAll { $0.hash == hash && $0.client.id == bytes }
        count -= before - shards[at].count
    }

    /// Calls `body` with every client, in no order.
    public func forEach(_ body: (Client) -> Void) {
        for shard in shards {
            for entry in shard { body(entry.client) }
        }
    }

    private static func equal(_ a: [UInt8], _ b: Span<UInt8>) -> Bool {
        guard a.count == b.count else { return false }
        for index in b.indices where a[index] != b[index] { return false }
        return true
    }

    // FNV-1a, unkeyed: only administrators add entries, so collisions cannot be forced by others.
    private static func hash(_ id: Span<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in id.indices { hash = (hash ^ UInt64(id[index])) &* 0x100_0000_01b3 }
        // The low bits choose the shard; fold the better mixed high ones in.
        return hash ^ hash >> 32
    }
}
