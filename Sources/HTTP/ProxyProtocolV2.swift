// SPDX-License-Identifier: Apache-2.0
internal import Network

/// Version 2 of the PROXY protocol: binary, with a length (proxy-protocol.txt §2.2).
enum ProxyProtocolV2 {
    /// Signature, command, family and length.
    static let headBytes = 16
    /// Addresses and additional values; real proxies send some hundred bytes.
    static let lengthMax = 4096

    private static let signature: [UInt8] = [
        0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
    ]
    /// sun_path of a Unix address.
    private static let pathBytes = 108
    /// PP2_TYPE_CRC32C.
    private static let checksumType: UInt8 = 0x03

    static func parse(_ bytes: Span<UInt8>) throws(ProxyProtocolError) -> ProxyProtocol.Progress {
        guard ProxyProtocol.agrees(bytes, with: signature) else { throw .notProxyProtocol }
        guard bytes.count > 12 else { return .needsMore }
        guard bytes[12] == 0x20 || bytes[12] == 0x21 else { throw .unknownCommand }
        // The family of LOCAL is ignored, as the specification wants it.
        let isLocal = bytes[12] == 0x20
        guard bytes.count > 13 else { return .needsMore }
        guard isLocal || bytes[13] >> 4 <= 3 && bytes[13] & 15 <= 2 else { throw .unknownFamily }
        guard bytes.count >= headBytes else { return .needsMore }
        let length = number(bytes, 14)
        guard length <= lengthMax else { throw .tooLong }
        let end = headBytes + length
        guard bytes.count >= end else { return .needsMore }
        let block = bytes.extracting(first: end)
        return .complete(consumed: end, isLocal ? .local : try proxied(block))
    }

    // Unspecified families and transports may carry anything, and datagrams do not arrive over a
    // TCP connection: the specification lets a receiver treat both as unknown.
    private static func proxied(_ block: Span<UInt8>) throws(ProxyProtocolError) -> ProxyHeader {
        let header: ProxyHeader
        let addressesEnd: Int
        switch block[13] {
        case 0x11:
            addressesEnd = try end(of: 12, block)
            header = .relayed(source: version4(block, 16, 24), destination: version4(block, 20, 26))
        case 0x21:
            addressesEnd = try end(of: 36, block)
            header = .relayed(source: version6(block, 16, 48), destination: version6(block, 32, 50))
        case 0x31:
            addressesEnd = try end(of: 2 * pathBytes, block)
            header = .relayed(
                source: .unix(path: path(block, headBytes)),
                destination: .unix(path: path(block, headBytes + pathBytes))
            )
        default: return .unknown
        }
        try checkValues(block, from: addressesEnd)
        return header
    }

    private static func end(
        of addressBytes: Int,
        _ block: Span<UInt8>
    ) throws(ProxyProtocolError) -> Int {
        guard block.count >= headBytes + addressBytes else { throw .tooShort }
        return headBytes + addressBytes
    }

    private static func version4(_ block: Span<UInt8>, _ at: Int, _ port: Int) -> ProxyEndpoint {
        let address = UInt32(number(block, at)) << 16 | UInt32(number(block, at + 2))
        return .internet(.version4(address), port: UInt16(number(block, port)))
    }

    private static func version6(_ block: Span<UInt8>, _ at: Int, _ port: Int) -> ProxyEndpoint {
        var address: UInt128 = 0
        for index in at..<at + 16 { address = address << 8 | UInt128(block[index]) }
        return .internet(.version6(address), port: UInt16(number(block, port)))
    }

    /// The path without its padding.
    private static func path(_ block: Span<UInt8>, _ at: Int) -> [UInt8] {
        var path = [UInt8](copying: block.extracting(at..<at + pathBytes))
        while path.last == 0 { path.removeLast() }
        return path
    }

    /// Skips the additional values (type, length, bytes), which must fill the header exactly.
    private static func checkValues(
        _ block: Span<UInt8>,
        from start: Int
    ) throws(ProxyProtocolError) {
        var index = start
        var checksum: Int?
        while index < block.count {
            guard index + 3 <= block.count else { throw .malformedValues }
            let length = number(block, index + 1)
            guard length <= block.count - index - 3 else { throw .malformedValues }
            if block[index] == checksumType {
                guard length == 4, checksum == nil else { throw .malformedValues }
                checksum = index + 3
            }
            index += 3 + length
        }
        guard let checksum else { return }
        let told = UInt32(number(block, checksum)) << 16 | UInt32(number(block, checksum + 2))
        guard told == crc32c(block, without: checksum) else { throw .wrongChecksum }
    }

    // RFC 9260, appendix A, with zeros for the sum itself; bit by bit, for a few hundred bytes of
    // a connection that has one.
    private static func crc32c(_ block: Span<UInt8>, without checksum: Int) -> UInt32 {
        var sum = UInt32.max
        for index in block.indices {
            let byte = (checksum..<checksum + 4).contains(index) ? 0 : block[index]
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0x82f6_3b78 : sum >> 1 }
        }
        return ~sum
    }

    private static func number(_ bytes: Span<UInt8>, _ at: Int) -> Int {
        Int(bytes[at]) << 8 | Int(bytes[at + 1])
    }
}
