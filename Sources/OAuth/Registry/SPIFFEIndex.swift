// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP

/// The clients of `spiffe_x509` by what they are registered for: a value that is swapped whole.
///
/// Copy on write by shards, as `ClientRegistry`: a change copies their list and one of them.
struct SPIFFEIndex: Sendable {
    private struct Entry: Sendable {
        let stem: [UInt8]
        let isPrefix: Bool
        let client: [UInt8]
    }

    private var shards: [[Entry]] = []
    private var count = 0
    /// How many segments the path of a registered prefix has at most: the longest ID of a stranger
    /// costs no more look-ups.
    private var depthMax = 0

    private static let shardsMin = 64
    private static let perShard = 16

    /// Whether no client is registered by an ID.
    var isEmpty: Bool { count == 0 }

    /// Registers a client for a pattern.
    ///
    /// Two patterns that are the same cannot be registered; of older records the last one counts.
    mutating func insert(_ pattern: SPIFFEPattern, client: [UInt8]) {
        remove(pattern)
        if shards.isEmpty { shards = Array(repeating: [], count: Self.shardsMin) }
        let stem = Array(pattern.stem.utf8)
        shards[shard(stem[...])].append(
            Entry(stem: stem, isPrefix: pattern.isPrefix, client: client)
        )
        count += 1
        if pattern.isPrefix { depthMax = max(depthMax, pattern.depth) }
        if count > shards.count * Self.perShard { grow() }
    }

    /// Removes the pattern of a client, unless it is another client's by now.
    mutating func remove(_ pattern: SPIFFEPattern, of client: [UInt8]) {
        let stem = Array(pattern.stem.utf8)
        guard self.client(stem[...], isPrefix: pattern.isPrefix) == client else { return }
        remove(pattern)
    }

    private mutating func remove(_ pattern: SPIFFEPattern) {
        guard !shards.isEmpty else { return }
        let stem = Array(pattern.stem.utf8)
        let at = shard(stem[...])
        let index = shards[at].firstIndex { $0.isPrefix == pattern.isPrefix && $0.stem == stem }
        guard let index else { return }
        shards[at].remove(at: index)
        count -= 1
    }

    /// The `client_id` of the client whose registration is for this SPIFFE ID: exactly, or else by
    /// the longest prefix; nil where there is none.
    ///
    /// One look-up for each segment, up to those that registered prefixes have.
    func client(_ id: Span<UInt8>) -> [UInt8]? {
        guard count > 0, id.count <= SPIFFEID.bytesMax else { return nil }
        let bytes = [UInt8](copying: id)
        if let found = client(bytes[...], isPrefix: false) { return found }
        // Where each possible prefix ends: behind the slash after the trust domain, and so on.
        var ends: [Int] = []
        let start = SPIFFEID.scheme.utf8.count
        for index in bytes.indices.dropFirst(start) where bytes[index] == UInt8(ascii: "/") {
            ends.append(index + 1)
            if ends.count > depthMax { break }
        }
        for end in ends.reversed() {
            if let found = client(bytes[..<end], isPrefix: true) { return found }
        }
        return nil
    }

    private func client(_ stem: ArraySlice<UInt8>, isPrefix: Bool) -> [UInt8]? {
        guard !shards.isEmpty else { return nil }
        return shards[shard(stem)].first { $0.isPrefix == isPrefix && $0.stem[...] == stem }?.client
    }

    // Rare, and linear: doubles the shards.
    private mutating func grow() {
        let all = shards.flatMap { $0 }
        shards = Array(repeating: [], count: shards.count * 2)
        for entry in all { shards[shard(entry.stem[...])].append(entry) }
    }

    // FNV-1a, unkeyed: only administrators add entries, so collisions cannot be forced by others.
    private func shard(_ stem: ArraySlice<UInt8>) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in stem { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int((hash ^ hash >> 32) & UInt64(shards.count - 1))
    }
}
