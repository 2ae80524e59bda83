// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Network
internal import Reactor

/// Reads the PROXY protocol header with which a load balancer begins a connection that it passes
/// through.
///
/// Peeks at the socket until the header is whole, so that not one byte of the TLS behind it is
/// consumed. A separate object, because most connections have no header.
final class ProxyProtocolReader {
    /// The state of the header in the socket.
    enum ReadResult {
        /// The whole header, which has been consumed.
        case complete
        /// A part of the header: the socket becomes readable again when more has come.
        case incomplete
        /// The same part as before: must be watched edge-triggered, so that only more bytes wake
        /// us.
        case repeated
        /// No header, and the peer has gone.
        case closed
        /// A complete header that the socket does not let us consume.
        case broken
    }

    private(set) var isComplete = false
    /// The client's address; nil where the header has none.
    private(set) var source: InternetAddress?
    /// The port that goes with it; 0 without one.
    private(set) var port: UInt16 = 0
    /// The number of bytes peeked at; -1 before the first time.
    private var seen = -1

    /// Peeks at the socket of this number; throws for bytes that are no such header.
    func read(_ number: Int32) throws(ProxyProtocolError) -> ReadResult {
        var bytes = [UInt8](repeating: 0, count: ProxyProtocol.bytesMax)
        guard let count = SystemCall.peek(number, into: &bytes) else { return .closed }
        switch try ProxyProtocol.parse(bytes.span.extracting(first: count)) {
        case .needsMore:
            // The peer has ended, which no low-water mark hides, or the socket is a Unix one, which
            // has no such mark.
            guard count > seen else { return .repeated }
            seen = count
            // Level-triggered epoll would report the bytes that are there already again and again.
            SystemCall.setLowWater(number, count: count + 1)
            return .incomplete
        case .complete(let consumed, let header):
            SystemCall.setLowWater(number, count: 1)
            guard SystemCall.discard(number, count: consumed) else { return .broken }
            if case .relayed(.internet(let address, let sent), destination: _) = header {
                source = address.unmapped
                port = sent
            }
            isComplete = true
            return .complete
        }
    }
}
