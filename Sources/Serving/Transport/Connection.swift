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
        /// Waiting for a request, or in the middle of one.
        case reading
        /// Another thread has the request; nothing more is read until it answers.
        case deciding
        /// The last answer is on its way; then the connection ends.
        case closing
        /// The last answer was sent; what the peer still sends is thrown away.
        case lingering(Lingering)
    }

    /// How far a handshake has come, and how it waits for its turn.
    struct Handshake {
        /// The source address, for the shares of sources; nil where it is not known.
        var source: SourceShares.Source?
        /// Whether it waits for its turn.
        var isQueued = false
        /// How often the socket was ready meanwhile.
        var wakes: UInt8 = 0
        /// Whether the connection has broken, and waits for the turn in which it ends.
        var isBroken = false
        /// Whether our flight is written.
        var isFinishing = false
    }

    let descriptor: Descriptor
    var tls: TLSConnection
    var timer: ConnectionTimer
    var phase = Phase.handshaking
    var handshake = Handshake()
    /// The readiness that epoll watches for.
    var interest: Readiness = .readable
    /// Whether it had its slice and waits to go on.
    var isUnfinished = false
    /// Whether the last answer came before its request's end.
    var mayGoOnSending = false
    /// Whether an answer waits for the end of the turn.
    var isPostponed = false
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
        case .handshaking, .deciding, .closing: true
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

/// When a connection ends unless something moves that, and when its timer is looked at next; in
/// monotonic milliseconds.
struct ConnectionTimer {
    private(set) var deadline: UInt64
    /// Within the timers' reach.
    private(set) var nextLook: UInt64

    init(deadline: UInt64, firstLook: UInt64) {
        self.deadline = deadline
        nextLook = min(deadline, firstLook)
    }

    /// Moves the deadline; whether the timer must be looked at earlier than it would be.
    ///
    /// Later ones cost a store: the timer finds them when it comes due.
    mutating func move(to moment: UInt64) -> Bool {
        deadline = moment
        guard moment < nextLook else { return false }
        nextLook = moment
        return true
    }

    /// Sets the next look, which comes no later than the deadline.
    mutating func rearm(at moment: UInt64) {
        nextLook = min(deadline, moment)
    }

    /// Has the next look come by `moment`.
    mutating func rearm(noLaterThan moment: UInt64) {
        nextLook = min(nextLook, moment)
    }
}
