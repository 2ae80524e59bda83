// SPDX-License-Identifier: Apache-2.0
internal import Reactor
internal import TLS

/// One connection: a session with its socket, its TLS, and its deadline.
///
/// `Transport` moves it through its phases and is the only one that ends it.
final class Connection: HTTP1Session {
    /// The phase of a connection.
    enum Phase {
        /// The TLS handshake is under way.
        case handshaking
        /// Waiting for a request, or reading one.
        case reading
        /// Parked: another thread has the request, and nothing more is read until it answers.
        case deciding
        /// The last answer is on its way; then the connection ends.
        case closing
        /// The last answer was sent; received bytes are discarded.
        case lingering(Lingering)
    }

    /// The progress of a handshake, and its place among those that wait for their turn.
    struct Handshake {
        /// The source address, for the shares of sources; nil where it is not known.
        var source: SourceShares.Source?
        /// Whether it waits for its turn.
        var isQueued = false
        /// The number of times that the socket was ready meanwhile.
        var wakes: UInt8 = 0
        /// Whether the connection has broken, and waits for the turn in which it ends.
        var isBroken = false
        /// Whether our flight is written.
        var isFinishing = false
    }

    let descriptor: Descriptor

    // Behind the descriptor, whose word they fill.

    /// The readiness that epoll watches for.
    var interest: Readiness = .readable
    /// Whether the connection had its slice and waits to resume.
    var isUnfinished = false
    /// Whether the last answer came before its request's end.
    var mayGoOnSending = false
    /// Whether an answer waits for the end of the turn.
    var isPostponed = false

    #if !DEBUG
        @safe @exclusivity(unchecked)
    #endif
    var tls: TLSConnection
    var timer: ConnectionTimer
    var phase = Phase.handshaking
    var handshake = Handshake()
    /// Whether the socket did not take all that was written.
    var isBlocked = false

    init(
        token: Token,
        descriptor: consuming Descriptor,
        address: PeerAddress,
        awaitsProxyHeader: Bool,
        listener: Int,
        tls: consuming TLSConnection,
        timer: ConnectionTimer
    ) {
        self.descriptor = descriptor
        self.tls = tls
        self.timer = timer
        super.init(
            token: token,
            listener: listener,
            address: address,
            awaitsProxyHeader: awaitsProxyHeader
        )
    }

    override func sentCertificates() -> [[UInt8]] { tls.peerCertificates() }

    override func sentLeaf() -> [UInt8]? { tls.peerCertificate() }

    /// Whether the connection begins with a PROXY protocol header that has not come yet.
    var awaitsProxyHeader: Bool { proxyHeader.map { !$0.isComplete } ?? false }

    var isHandshaking: Bool {
        if case .handshaking = phase { true } else { false }
    }

    /// Whether requests may be read and answered now.
    var isOpen: Bool {
        if case .reading = phase { !isBlocked } else { false }
    }

    /// Whether something would be lost if the connection ended now.
    var isBusy: Bool {
        switch phase {
        // A load target's silence has no answer to lose.
        case .deciding: target?.held.map { !$0.isEmpty } ?? true
        case .handshaking, .closing: true
        case .reading: isInRequest || isBlocked || isUnfinished
        case .lingering: false
        }
    }

    /// Sets the next look at the timer: as far ahead as timers reach, and not beyond a request's
    /// time, after which an answer must have been taken.
    func rearm(now: UInt64, reach: UInt64, request: UInt64) {
        timer.rearm(at: now + min(reach, request))
        if case .reading = phase, let answeredAt { timer.rearm(noLaterThan: answeredAt + request) }
    }
}

/// The deadline of a connection, and the moment at which its timer fires next; in monotonic
/// milliseconds.
struct ConnectionTimer {
    private(set) var deadline: UInt64
    /// Within the timers' reach.
    private(set) var nextCheck: UInt64

    init(deadline: UInt64, firstCheck: UInt64) {
        self.deadline = deadline
        nextCheck = min(deadline, firstCheck)
    }

    /// Moves the deadline; whether the timer must fire earlier than it is set to.
    ///
    /// A later deadline costs a store: the timer finds it when it fires.
    mutating func move(to moment: UInt64) -> Bool {
        deadline = moment
        guard moment < nextCheck else { return false }
        nextCheck = moment
        return true
    }

    /// Sets the timer, no later than the deadline.
    mutating func rearm(at moment: UInt64) {
        nextCheck = min(deadline, moment)
    }

    /// Sets the timer earlier, to `moment`, unless it fires before that.
    mutating func rearm(noLaterThan moment: UInt64) {
        nextCheck = min(nextCheck, moment)
    }
}
