// SPDX-License-Identifier: Apache-2.0
package import Network

/// The PROXY protocol, versions 1 and 2: a header with the client's address before a connection's
/// bytes.
///
/// The specification is HAProxy's doc/proxy-protocol.txt. Its §2 wants the receiver to know by
/// configuration that a proxy speaks first; connections with and without a header are not told
/// apart.
package enum ProxyProtocol {
    /// The result of parsing the bytes received so far.
    package enum Progress: Sendable, Equatable {
        /// The header is not complete, and valid so far.
        case needsMore
        /// The header is complete and ends after this many bytes.
        case complete(consumed: Int, ProxyHeader)
    }

    /// The longest header that is accepted.
    package static let bytesMax = ProxyProtocolV2.headBytes + ProxyProtocolV2.lengthMax

    /// Reads a header from `bytes`: everything since the connection's beginning.
    ///
    /// The result depends on the bytes alone, however they were delivered. The connection ends
    /// after an error.
    package static func parse(_ bytes: Span<UInt8>) throws(ProxyProtocolError) -> Progress {
        guard bytes.count > 0 else { return .needsMore }
        return bytes[0] == UInt8(ascii: "P")
            ? try ProxyProtocolV1.parse(bytes)
            : try ProxyProtocolV2.parse(bytes)
    }

    /// Whether `bytes` begin with `start`, as far as they go.
    static func agrees(_ bytes: Span<UInt8>, with start: [UInt8]) -> Bool {
        for index in 0..<min(bytes.count, start.count) where bytes[index] != start[index] {
            return false
        }
        return true
    }
}

/// The contents of a PROXY header.
package enum ProxyHeader: Sendable, Equatable {
    /// The proxy's own connection, such as a health check: the socket's addresses are the real
    /// ones.
    case local
    /// A client's connection whose address the proxy does not know or cannot express.
    case unknown
    /// A client's connection: its address, and the address that it had connected to.
    case relayed(source: ProxyEndpoint, destination: ProxyEndpoint)
}

/// One end of a relayed connection.
package enum ProxyEndpoint: Sendable, Hashable {
    /// An address and a port.
    case internet(InternetAddress, port: UInt16)
    /// A Unix socket; empty for one without a name, and beginning with zero for an abstract one.
    case unix(path: [UInt8])
}

/// Why bytes are no PROXY header.
package enum ProxyProtocolError: Error, Sendable, Equatable {
    /// The signature of neither version: no proxy, or one that is configured otherwise.
    case notProxyProtocol
    /// Longer than a header may be.
    case tooLong
    /// Version 1: a line that does not follow the specification.
    case malformedLine
    /// An address that does not belong to its family.
    case malformedAddress
    /// A port that is no number up to 65535, or has a leading zero.
    case malformedPort
    /// Version 2: another version, or a command besides LOCAL and PROXY.
    case unknownCommand
    /// Version 2: an address family or a transport that the specification does not have.
    case unknownFamily
    /// Version 2: too short for the addresses of its family.
    case tooShort
    /// Version 2: additional values whose lengths do not fill the header exactly.
    case malformedValues
    /// Version 2: the checksum does not match.
    case wrongChecksum
}
