internal import Glibc

/// A listener whose connections are served one after the other, for what is asked seldom.
///
/// One thread's own. Everything that waits ends at a deadline, or when the bell rings, which is for
/// good.
public final class SerialListener {
    /// What waiting for a peer's bytes has come to.
    public enum Reception: Sendable {
        /// There are more bytes.
        case received
        /// The peer has closed, the time is over, or the bell rang.
        case ended
        /// Another peer waits, and this one says nothing.
        case othersWait
    }

    private struct Event: OptionSet {
        let rawValue: Token
        static let bell = Event(rawValue: 1)
        static let listener = Event(rawValue: 2)
        static let connection = Event(rawValue: 4)
    }

    private let listener: Listener
    private var poller: Poller
    private var connection: Descriptor?
    /// The descriptor's number; -1 between two connections.
    private var number: Int32 = -1
    private var buffer = [UInt8](repeating: 0, count: 16_384)

    /// How long to leave the queue alone when descriptors have run out.
    private static let pauseMilliseconds: UInt64 = 100

    /// Listens on a claimed address until `bell` becomes readable.
    public init(_ address: SocketAddress, bell: Int32) throws(SystemError) {
        listener = try Listener(address)
        poller = try Poller()
        try poller.watch(bell, for: .readable, token: Event.bell.rawValue)
        try poller.watch(
            listener.descriptor.number,
            for: .readable,
            token: Event.listener.rawValue
        )
    }

    /// Waits for the next connection and tells whose it is; nil when the bell has rung.
    public func next() -> PeerAddress? {
        watchListener(true)
        while true {
            if events(until: nil).contains(.bell) { return nil }
            switch listener.accept() {
            case .nothing: continue
            case .exhausted:
                // It stays readable: watched, it would wake at once again.
                watchListener(false)
                let end = Clock.milliseconds + Self.pauseMilliseconds
                if events(until: end).contains(.bell) { return nil }
                watchListener(true)
            case .accepted(let descriptor, let peer):
                let accepted = descriptor.number
                guard
                    (try? poller.watch(
                        accepted,
                        for: .readable,
                        token: Event.connection.rawValue
                    )) != nil
                else { continue }
                number = accepted
                connection = consume descriptor
                return peer
            }
        }
    }

    /// Whether somebody waits for this connection to end.
    public func othersWait() -> Bool {
        watchListener(true)
        return events(until: 0).contains(.listener)
    }

    /// Waits for bytes and appends them; `yields` also ends the wait when another peer waits.
    public func receive(
        into bytes: inout [UInt8],
        until deadline: UInt64,
        yields: Bool
    ) -> Reception {
        watchListener(yields)
        while Clock.milliseconds < deadline {
            guard let seen = SystemCall.peek(number, into: &buffer) else { return .ended }
            if seen > 0 {
                guard SystemCall.discard(number, count: seen) else { return .ended }
                bytes += buffer[..<seen]
                return .received
            }
            let events = events(until: deadline)
            if events.contains(.bell) { return .ended }
            if !events.contains(.connection), events.contains(.listener) { return .othersWait }
        }
        return .ended
    }

    /// Sends all of `bytes`; false where the peer did not take them in time.
    public func send(_ bytes: [UInt8], until deadline: UInt64) -> Bool {
        watchListener(false)
        var done = 0
        var isBlocked = false
        while done < bytes.count {
            guard let written = SystemCall.writeSome(number, bytes.span.extracting(done...)) else {
                return false
            }
            done += written
            guard written == 0 else { continue }
            if !isBlocked { watchConnection(.writable) }
            isBlocked = true
            guard Clock.milliseconds < deadline, !events(until: deadline).contains(.bell) else {
                return false
            }
        }
        if isBlocked { watchConnection(.readable) }
        return true
    }

    /// Ends the connection.
    ///
    /// What the peer is still sending is thrown away until `deadline`: a socket that is closed with
    /// bytes unread takes the last answer with it.
    public func close(discardingUntil deadline: UInt64 = 0) {
        shutdown(number, Int32(SHUT_WR))
        var thrown: [UInt8] = []
        while case .received = receive(into: &thrown, until: deadline, yields: false) {
            thrown.removeAll(keepingCapacity: true)
        }
        poller.forget(number)
        number = -1
        connection = nil
    }

    private func watchListener(_ isWatched: Bool) {
        try? poller.change(
            listener.descriptor.number,
            to: isWatched ? .readable : [],
            token: Event.listener.rawValue
        )
    }

    private func watchConnection(_ interest: Readiness) {
        try? poller.change(number, to: interest, token: Event.connection.rawValue)
    }

    private func events(until end: UInt64?) -> Event {
        var milliseconds = -1
        if let end { milliseconds = Int(end - min(end, Clock.milliseconds)) }
        let count = poller.wait(milliseconds: milliseconds)
        return (0..<count).reduce(into: Event()) {
            $0.formUnion(Event(rawValue: poller.event(at: $1).token))
        }
    }
}
