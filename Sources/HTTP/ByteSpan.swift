extension [UInt8] {
    /// Appends a copy of `bytes`.
    ///
    /// The copy goes byte by byte, which needs no unsafe code; only incomplete and chunked requests
    /// are copied.
    public mutating func append(contentsOf bytes: Span<UInt8>) {
        // Doubling: reserving just enough each time would copy everything again for every byte that
        // a slow client sends.
        let needed = count + bytes.count
        if needed > capacity { reserveCapacity(Swift.max(needed, 2 * capacity)) }
        for index in bytes.indices { append(bytes[index]) }
    }

    /// A copy of `bytes`.
    public init(copying bytes: Span<UInt8>) {
        self = []
        append(contentsOf: bytes)
    }
}
