// SPDX-License-Identifier: Apache-2.0
extension [UInt8] {
    /// Appends a copy of `bytes`.
    public mutating func append(contentsOf bytes: Span<UInt8>) {
        // With nothing to add, `append(addingCapacity:)` writes to the empty array that all threads
        // share.
        guard bytes.count > 0 else { return }
        // Amortised doubling: exact reservations would copy the buffer for every byte of a slow
        // client.
        let needed = count + bytes.count
        if needed > capacity { reserveCapacity(Swift.max(needed, 2 * capacity)) }
        append(addingCapacity: bytes.count) { room in
            for index in bytes.indices { room.append(bytes[index]) }
        }
    }

    /// A copy of `bytes`.
    public init(copying bytes: Span<UInt8>) {
        self = []
        append(contentsOf: bytes)
    }
}
