// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Logging
internal import Network
internal import OAuth
internal import Reactor
internal import Telemetry

/// A PROXY protocol header, as far as it has come.
///
/// Apart from its connection, because most have none.
final class Introduction {
    /// How many bytes of it have been seen; -1 before the first look.
    var count = -1
    var isComplete = false
    /// The address that it says the connection comes from; nil where it says none.
    var source: InternetAddress?
}

/// What a load balancer says before it passes TLS through: the PROXY protocol.
extension ReactorService {
    /// Takes the header off the socket; false where the connection must wait for it, or has ended.
    ///
    /// The header is looked at in the socket until it is whole, so that not one byte of the TLS
    /// behind it is taken with it.
    func takeProxyHeader(_ connection: Connection) -> Bool {
        guard let introduction = connection.introduction else { return true }
        let number = connection.descriptor.number
        var bytes = [UInt8](repeating: 0, count: ProxyProtocol.bytesMax)
        guard let count = SystemCall.peek(number, into: &bytes) else {
            note(.closed, "the peer closed the connection", connection)
            end(connection)
            return false
        }
        do throws(ProxyProtocolError) {
            switch try ProxyProtocol.parse(bytes.span.extracting(first: count)) {
            case .needsMore:
                // Told of the same bytes again: the peer has ended, which no low water hides, or
                // the socket is a Unix one, which has none. By edges, only more bytes wake us.
                guard count > introduction.count else {
                    setInterest(of: connection, [.readable, .edgeTriggered])
                    return false
                }
                introduction.count = count
                // What is there already must not wake us again and again.
                SystemCall.setLowWater(number, count: count + 1)
                return false
            case .complete(let consumed, let header):
                SystemCall.setLowWater(number, count: 1)
                guard SystemCall.discard(number, count: consumed) else {
                    end(connection)
                    return false
                }
                if case .relayed(.internet(let address, port: _), destination: _) = header {
                    introduction.source = address.unmapped
                    setOrigin(of: connection, address.unmapped)
                }
                introduction.isComplete = true
                return true
            }
        } catch {
            log.notice(
                "connection refused",
                metadata: [
                    "check": "\(Check.proxyHeader.rawValue)", "reason": "\(error)",
                    "peer": "\(connection.peer)",
                ]
            )
            self.count(.proxyHeader, connection)
            end(connection)
            return false
        }
    }
}
