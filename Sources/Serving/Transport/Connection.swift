// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Network
internal import OAuth
internal import Reactor
internal import TLS
internal import Telemetry

/// One connection's state.
///
/// `ReactorService` moves it through its phases and is the only one that ends it.
final class Connection: Peer {
    /// Where a connection stands.
    enum Phase {
        /// The TLS handshake is under way.
        case handshaking
        /// Waiting for a request, or in the middle of one.
        case reading
        /// Another thread has the request; nothing more is read until it answers.
        case deciding
        /// The last answer is on its way; then the connection ends.
        case closing
        /// The last answer was sent; what the peer still sends is thrown away.
        case lingering
    }

    let token: Token
    let descriptor: Descriptor
    let address: PeerAddress
    /// What a load balancer has said of the connection; nil where none is to say anything.
    let introduction: Introduction?
    /// Whose handshake it is, for the shares of sources; nil where that is not known.
    var origin: SourceShares.Source?
    let listener: Int
    var tls: TLSConnection
    var phase = Phase.handshaking
    /// Taken once, when the handshake completes; requests are decided by it and the registry of
    /// their time.
    private var provenThumbprint: Digest256?
    /// Whether a proxy ends TLS here: the certificate of the connection is then no client's.
    var isForwarding = false
    /// The digest of the peer's public key, where that can make it a known proxy.
    var forwarderKey: Digest256?
    /// The current request, or the last one.
    var exchange = Exchange()
    /// When the use of its certificate was last noted, in seconds since 1970.
    var sightedAt: Int64 = 0
    /// Whether the log has it that this peer sends fields that are not believed.
    var hasToldOfFields = false

    /// Its requests as bytes: `unread` has the beginning of one, or pipelined ones behind a slow
    /// one.
    var framing = RequestFraming()
    /// What epoll watches.
    var interest: Readiness = .readable
    /// Whether its handshake waits for its turn.
    var isQueued = false
    /// How often it has come up while it waited.
    var wakes: UInt8 = 0
    /// Whether it has broken, and waits for the turn in which it ends.
    var isBroken = false
    /// Whether our flight of the handshake is written.
    var isFinishing = false
    /// Whether it had its slice and waits to go on.
    var isUnfinished = false
    /// Whether the last answer came before its request's end.
    var mayGoOnSending = false
    /// Bytes that were thrown away since.
    var discarded = 0
    /// Whether an answer waits for the end of the turn.
    var isPostponed = false
    /// Whether the socket did not take all that was written.
    var isBlocked = false

    /// Whether it has had an answer and was kept.
    var isKeptAlive = false
    /// When its last answer was written, in monotonic milliseconds; nil once it is known that the
    /// peer has taken it.
    var answeredAt: UInt64?
    /// When it stops to linger at the latest, in monotonic milliseconds.
    var lingersUntil: UInt64 = 0
    /// When the connection ends unless something moves it, and when its timer is looked at next:
    /// within the timers' reach.
    var deadline: UInt64
    var timerAt: UInt64

    init(
        token: Token,
        descriptor: consuming Descriptor,
        address: PeerAddress,
        awaitsProxyHeader: Bool,
        listener: Int,
        tls: consuming TLSConnection,
        deadline: UInt64,
        firstLookAt: UInt64
    ) {
        self.token = token
        self.descriptor = descriptor
        self.address = address
        introduction = awaitsProxyHeader ? Introduction() : nil
        self.listener = listener
        self.tls = tls
        self.deadline = deadline
        timerAt = min(deadline, firstLookAt)
    }

    /// Puts off the next look at the deadline, and at whether the last answer was taken: as far as
    /// timers reach, and not beyond a request's time.
    func lookAgain(now: UInt64, reach: UInt64, request: UInt64) {
        timerAt = min(deadline, now + min(reach, request))
        if case .reading = phase, let answeredAt { timerAt = min(timerAt, answeredAt + request) }
    }

    /// Whether the connection begins with a PROXY protocol header that has not come yet.
    var awaitsProxyHeader: Bool { introduction.map { !$0.isComplete } ?? false }

    /// The client's address, from the PROXY header where there is one.
    var peerAddress: InternetAddress { introduction?.source ?? address.address }

    /// The peer as logs name it.
    var peer: String { introduction?.source?.description ?? address.description }

    /// The handshake is complete: who is there is now known.
    func handshakeCompleted() {
        phase = .reading
        provenThumbprint = tls.peerThumbprint()
    }

    var thumbprint: Digest256? {
        isForwarding ? exchange.forwarded?.thumbprint : provenThumbprint
    }

    func certificates() -> [[UInt8]] {
        isForwarding ? exchange.forwarded?.certificates ?? [] : tls.peerCertificates()
    }

    var objection: PeerObjection { exchange.forwarded?.objection ?? .none }

    var isHandshaking: Bool {
        if case .handshaking = phase { true } else { false }
    }

    /// Whether something would be lost if the connection ended now.
    var isBusy: Bool {
        switch phase {
        case .handshaking, .deciding, .closing: true
        case .reading: framing.requestStarted != nil || isBlocked || isUnfinished
        case .lingering: false
        }
    }
}
