/// One connection's place: what it does, since when, for which kind of work.
@safe struct Slot {
    enum Phase {
        /// The next step opens a connection, or uses the open one.
        case starting
        case handshaking
        case writing
        case reading
        /// Waits for an open loop's next arrival, perhaps with an open connection.
        case idle
        /// Failed; starts again in the loop's next turn.
        case resting
    }

    /// No token response is longer.
    static let inputMax = 16_384

    var connection: OpaquePointer?
    var descriptor: Int32 = -1
    var phase = Phase.idle
    var work = Work.full
    /// Nanoseconds: where the operation's latency starts.
    var start: UInt64 = 0
    var received = 0
    /// Requests answered on this connection.
    var answered = 0
    var identity = 0
    /// What epoll watches for; 0 when the descriptor is not in the set.
    var interest: UInt32 = 0
    /// The server has said that it closes after the answer.
    var closing = false
}
