// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Network
internal import Reactor

/// Reads the PROXY protocol header with which a load balancer begins a connection that it passes
/// through.
///
/// The header is looked at in the socket until it is whole, so that not one byte of the TLS behind
/// it is taken with it. Apart from its connection, because most have none.
final class ProxyProtocolReader {
    /// The state of the header in the socket.
    enum ReadResult {
        /// The whole header, which is taken off.
        case complete
        /// A part of it: the socket wakes us when more has come.
        case incomplete
        /// The same part as before: by edges alone, only more bytes wake us.
        case repeated
        /// Nothing, and the peer has gone.
        case closed
        /// A header that cannot be taken off.
        case broken
    }

    private(set) var isComplete = false
    /// The client's address; nil where the header has none.
    private(set) var source: InternetAddress?
    /// How many bytes have been seen; -1 before the first look.
    private var seen = -1

    /// Looks at the socket of this number; throws for bytes that are no such header.
    func read(_ number: Int32) throws(ProxyProtocolError) -> ReadResult {
        var bytes = [UInt8](repeating: 0, count: ProxyProtocol.bytesMax)
        guard let count = SystemCall.peek(number, into: &bytes) else { return .closed }
        switch try ProxyProtocol.parse(bytes.span.extracting(first: count)) {
        case .needsMore:
            // The peer has ended, which no low water hides, or the socket is a Unix one, which has
            // none.
            guard count > seen else { return .repeated }
            seen = count
            // Level-triggered epoll would report the bytes that are there already again and again.
            SystemCall.setLowWater(number, count: count + 1)
            return .incomplete
        case .complete(let consumed, let header):
            SystemCall.setLowWater(number, count: 1)
            guard SystemCall.discard(number, count: consumed) else { return .broken }
            if case .relayed(.internet(let address, port: _), destination: _) = header {
                source = address.unmapped
            }
            isComplete = true
            return .complete
        }
    }
}
