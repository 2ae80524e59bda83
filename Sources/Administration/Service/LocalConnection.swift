// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Network
internal import Reactor

/// One connection of a local HTTP service; `LocalHTTPService` moves it and is the only one that
/// ends it.
final class LocalConnection<Caller> {
    /// The phase of a connection.
    enum Phase {
        /// Waiting for a request, or in the middle of one.
        case reading
        /// A worker has the request; nothing more is read until it answers.
        case waiting
        /// The last answer is on its way.
        case closing
        /// The last answer was sent; received bytes are discarded.
        case lingering
    }

    let token: Token
    let channel: any LocalChannel
    let peer: PeerAddress
    /// A serial number, counting up.
    let number: UInt64
    /// The deadline, in monotonic milliseconds.
    var deadline: UInt64
    var phase = Phase.reading
    var framing = RequestFraming()
    /// The sender of the current request, once its head was judged.
    var caller: Caller?
    /// Whether any request was admitted, where that counts.
    var wasAdmitted = false
    var requests = 0
    /// The answer where the worker takes too long.
    var late: Response?
    /// Bytes that the socket has not taken yet.
    var unsent: [UInt8] = []

    init(
        _ channel: any LocalChannel,
        token: Token,
        peer: PeerAddress,
        number: UInt64,
        deadline: UInt64
    ) {
        self.channel = channel
        self.token = token
        self.peer = peer
        self.number = number
        self.deadline = deadline
    }

    /// Whether bytes of ours wait for room in the socket.
    var isSending: Bool { !unsent.isEmpty || channel.isBlocked }

    /// The one who asks, as far as the connection shows.
    var asker: LocalPeer { LocalPeer(peer, key: channel.peerKey) }

    /// The source for limits: an address, or all users of the Unix socket together.
    var source: UInt128 { peer.address.number }
}
