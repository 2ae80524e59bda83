// SPDX-License-Identifier: Apache-2.0
/// The handler of a reactor's events; always called on the reactor's own thread.
public protocol ReactorHandler: AnyObject {
    /// A connection has arrived on the listener with this index; its descriptor is the handler's
    /// now.
    func accepted(_ descriptor: consuming Descriptor, from peer: PeerAddress, listener: Int)
    /// A watched descriptor can be read or written.
    func ready(_ token: Token, _ readiness: Readiness)
    /// The deadline of a token has passed; returns its next one, or nil when the token is gone.
    func due(_ token: Token, now: UInt64) -> UInt64?
    /// Messages may wait in the mailbox.
    func mail()
    /// Every ready connection has been handled.
    func turnEnds()
    /// Serves work that waits behind the ready connections; called once a turn, after new
    /// connections were accepted.
    func serveWaiting()
    /// Whether another connection fits.
    var hasRoom: Bool { get }
    /// Whether this turn has time for new connections; else the kernel queues them.
    var acceptsNow: Bool { get }
}

/// One thread's loop: an epoll set, its listeners, its timers.
public final class Reactor {
    private var poller: Poller
    private var timers: TimerWheel
    private var listeners: [ListenerSlot] = []
    private var running = true
    /// Set when there is work that epoll cannot report: the next wait polls without blocking.
    public var isHurried = false
    private var paused = false
    private var resumeAt: UInt64 = 0

    /// The time at which the current turn began, in monotonic nanoseconds.
    #if !DEBUG
        @safe @exclusivity(unchecked)
    #endif
    public private(set) var turnBegan: UInt64
    /// The same moment in milliseconds.
    #if !DEBUG
        @safe @exclusivity(unchecked)
    #endif
    public private(set) var now: UInt64

    // The reactor's own tokens; no slab hands out this generation.
    private static let own: Token = 0xffff_ffff << 32
    private static let mailToken = own | 0xffff_ffff

    /// A turn takes this many new connections at most: at 20 µs for each, a third of a millisecond
    /// in which the connections that are open already wait.
    private static let acceptsPerTurn = 16
    /// The pause of accepting when descriptors have run out.
    private static let pauseMilliseconds: UInt64 = 100

    /// `mailbox` is the descriptor that becomes readable when messages wait; deadlines are kept to
    /// within `timerStepMilliseconds`.
    public init(mailbox: Int32, timerStepMilliseconds: UInt64 = 50) throws(SystemError) {
        poller = try Poller()
        turnBegan = Clock.nanoseconds
        now = turnBegan / 1_000_000
        timers = TimerWheel(now: now, stepMilliseconds: timerStepMilliseconds)
        try poller.watch(mailbox, for: .readable, token: Self.mailToken)
    }

    /// Adds a listener; its index is the number of listeners before it.
    public func listen(_ listener: consuming Listener) throws(SystemError) {
        let slot = ListenerSlot(listener)
        try poller.watch(
            slot.listener.descriptor.number,
            for: .readable,
            token: Self.own | Token(listeners.count)
        )
        listeners.append(slot)
    }

    /// Closes every listener: nothing new is accepted.
    public func stopListening() {
        for slot in listeners { poller.forget(slot.listener.descriptor.number) }
        listeners = []
    }

    /// Watches a descriptor; closing it ends that.
    public func watch(_ number: Int32, for interest: Readiness, token: Token) throws(SystemError) {
        try poller.watch(number, for: interest, token: token)
    }

    /// Changes what a descriptor is watched for.
    public func change(_ number: Int32, to interest: Readiness, token: Token) throws(SystemError) {
        try poller.change(number, to: interest, token: token)
    }

    /// The reach of the timers; a later reminder comes early, and the handler sets it again.
    ///
    /// A thousand steps of the timers.
    public var reachMilliseconds: UInt64 { timers.reachMilliseconds }

    /// Asks for `ReactorHandler.due` at `deadline`, in monotonic milliseconds.
    ///
    /// Once for each token.
    public func remind(_ token: Token, at deadline: UInt64) {
        timers.add(token, deadline: deadline)
    }

    /// Ends `run` after the current turn.
    public func stop() {
        running = false
    }

    /// Serves until `stop`.
    public func run(_ handler: some ReactorHandler) {
        while running {
            let count = poller.wait(milliseconds: waitTime())
            turnBegan = Clock.nanoseconds
            now = turnBegan / 1_000_000
            var accepting = false
            for index in 0..<count {
                let event = poller.event(at: index)
                if event.token < Self.own {
                    handler.ready(event.token, event.readiness)
                } else if event.token == Self.mailToken {
                    handler.mail()
                } else {
                    accepting = true
                }
            }
            handler.turnEnds()
            for token in timers.due(now: now) {
                if let next = handler.due(token, now: now) { timers.add(token, deadline: next) }
            }
            if accepting, handler.acceptsNow { accept(handler) }
            handler.serveWaiting()
            if paused { resume(handler) }
        }
    }

    private func waitTime() -> Int {
        guard !isHurried else { return 0 }
        let timer = timers.delay(now: now) ?? -1
        guard paused else { return timer }
        let pause = resumeAt > now ? Int(resumeAt - now) : 0
        return timer < 0 ? pause : min(timer, pause)
    }

    private func accept(_ handler: some ReactorHandler) {
        for (index, slot) in listeners.enumerated() {
            for _ in 0..<Self.acceptsPerTurn {
                guard handler.hasRoom else { return pause() }
                switch slot.listener.accept() {
                case .accepted(let descriptor, let peer):
                    handler.accepted(descriptor, from: peer, listener: index)
                    continue
                case .exhausted: return pause()
                case .nothing: break
                }
                break
            }
        }
    }

    // A level-triggered listener that cannot be served would wake every turn: it is not watched
    // until there is room.
    private func pause() {
        resumeAt = now + Self.pauseMilliseconds
        guard !paused else { return }
        paused = true
        setInterest([])
    }

    private func resume(_ handler: some ReactorHandler) {
        guard now >= resumeAt else { return }
        guard handler.hasRoom else {
            resumeAt = now + Self.pauseMilliseconds
            return
        }
        paused = false
        setInterest(.readable)
    }

    private func setInterest(_ interest: Readiness) {
        for (index, slot) in listeners.enumerated() {
            try? poller.change(
                slot.listener.descriptor.number,
                to: interest,
                token: Self.own | Token(index)
            )
        }
    }
}

/// A listener in a list.
private final class ListenerSlot {
    let listener: Listener

    init(_ listener: consuming Listener) {
        self.listener = listener
    }
}
