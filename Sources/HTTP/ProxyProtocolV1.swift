// SPDX-License-Identifier: Apache-2.0
internal import Network

/// Version 1 of the PROXY protocol: one line of text (proxy-protocol.txt §2.1).
enum ProxyProtocolV1 {
    /// The longest line that the specification allows, with its end.
    static let bytesMax = 107

    private static let start = Array("PROXY ".utf8)

    static func parse(_ bytes: Span<UInt8>) throws(ProxyProtocolError) -> ProxyProtocol.Progress {
        guard ProxyProtocol.agrees(bytes, with: start) else { throw .notProxyProtocol }
        guard let end = try lineEnd(bytes) else { return .needsMore }
        guard end > start.count else { throw .malformedLine }
        let parts = parts(start.count..<end, bytes)
        let family = parts[0]
        let header: ProxyHeader
        if ASCII.equals(bytes, family, "UNKNOWN") {
            // The specification has the rest of the line ignored.
            header = .unknown
        } else if ASCII.equals(bytes, family, "TCP4") || ASCII.equals(bytes, family, "TCP6") {
            header = try relayed(parts, bytes)
        } else {
            throw .malformedLine
        }
        return .complete(consumed: end + 2, header)
    }

    /// The end of the line, exclusive; nil when it is not complete.
    private static func lineEnd(_ bytes: Span<UInt8>) throws(ProxyProtocolError) -> Int? {
        let bound = min(bytes.count, bytesMax)
        for index in 0..<bound {
            // A lone LF or CR does not end a line.
            if bytes[index] == UInt8(ascii: "\n") { throw .malformedLine }
            guard bytes[index] == UInt8(ascii: "\r") else { continue }
            guard index + 1 < bound else { break }
            guard bytes[index + 1] == UInt8(ascii: "\n") else { throw .malformedLine }
            return index
        }
        guard bytes.count < bytesMax else { throw .tooLong }
        return nil
    }

    /// The parts between single spaces; two spaces have an empty part between them.
    private static func parts(_ range: Range<Int>, _ bytes: Span<UInt8>) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var begin = range.lowerBound
        for index in range where bytes[index] == UInt8(ascii: " ") {
            parts.append(begin..<index)
            begin = index + 1
        }
        return parts + [begin..<range.upperBound]
    }

    /// Family, source, destination, and the ports of both.
    private static func relayed(
        _ parts: [Range<Int>],
        _ bytes: Span<UInt8>
    ) throws(ProxyProtocolError) -> ProxyHeader {
        guard parts.count == 5 else { throw .malformedLine }
        let isVersion4 = ASCII.equals(bytes, parts[0], "TCP4")
        let source = try address(parts[1], bytes, isVersion4: isVersion4)
        let destination = try address(parts[2], bytes, isVersion4: isVersion4)
        return .relayed(
            source: .internet(source, port: try port(parts[3], bytes)),
            destination: .internet(destination, port: try port(parts[4], bytes))
        )
    }

    private static func address(
        _ range: Range<Int>,
        _ bytes: Span<UInt8>,
        isVersion4: Bool
    ) throws(ProxyProtocolError) -> InternetAddress {
        if isVersion4 {
            guard let address = InternetAddress.version4(range, bytes) else {
                throw .malformedAddress
            }
            return .version4(address)
        }
        guard let address = InternetAddress.version6(range, bytes) else { throw .malformedAddress }
        return .version6(address)
    }

    private static func port(
        _ range: Range<Int>,
        _ bytes: Span<UInt8>
    ) throws(ProxyProtocolError) -> UInt16 {
        var index = range.lowerBound
        guard let port = InternetAddress.number(&index, range.upperBound, bytes, max: 65_535),
            index == range.upperBound
        else { throw .malformedPort }
        return UInt16(port)
    }
}
