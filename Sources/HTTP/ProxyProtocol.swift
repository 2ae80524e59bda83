// SPDX-License-Identifier: Apache-2.0
package import Network

/// The PROXY protocol, versions 1 and 2: what a proxy says of a connection before its bytes.
///
/// The specification is HAProxy's doc/proxy-protocol.txt. Its §2 wants the receiver to know by
/// configuration that a proxy speaks first; nothing here tells a connection with a header from one
/// without.
package enum ProxyProtocol {
    /// What the bytes so far amount to.
    package enum Progress: Sendable, Equatable {
        /// The header is not complete, and nothing in it is wrong yet.
        case needsMore
        /// The header is complete and ends after this many bytes.
        case complete(consumed: Int, ProxyHeader)
    }

    /// More bytes than this are never needed for a header.
    package static let bytesMax = ProxyBlock.headBytes + ProxyBlock.lengthMax

    /// Reads a header from `bytes`: everything since the connection's beginning.
    ///
    /// The verdict depends on the bytes alone, however they were delivered. The connection ends
    /// after an error.
    package static func parse(_ bytes: Span<UInt8>) throws(ProxyProtocolError) -> Progress {
        guard bytes.count > 0 else { return .needsMore }
        return bytes[0] == UInt8(ascii: "P")
            ? try ProxyLine.parse(bytes)
            : try ProxyBlock.parse(bytes)
    }

    /// Whether `bytes` begin with `start`, as far as they go.
    static func agrees(_ bytes: Span<UInt8>, with start: [UInt8]) -> Bool {
        for index in 0..<min(bytes.count, start.count) where bytes[index] != start[index] {
            return false
        }
        return true
    }
}

/// What a proxy says of a connection.
package enum ProxyHeader: Sendable, Equatable {
    /// The proxy's own connection, a health check maybe: the socket's addresses are the real ones.
    case local
    /// A connection for someone whose address the proxy does not know or cannot say.
    case unknown
    /// A connection for someone: who it came from, and where that one had connected to.
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
    /// They begin like neither version: no proxy, or one that is configured otherwise.
    case notProxyProtocol
    /// Longer than a header may be.
    case tooLong
    /// Version 1: a line that is not made as the specification wants it.
    case malformedLine
    /// An address that is none of its family.
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
    /// Version 2: bytes other than those that the proxy has counted.
    case wrongChecksum
}
