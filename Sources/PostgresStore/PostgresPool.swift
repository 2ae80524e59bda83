// SPDX-License-Identifier: Apache-2.0
internal import Reactor

/// Connections for workers: so many at most, made when they are needed.
///
/// While the database is away, calls fail at once and not each after its own wait: one that fails
/// closes the way for all but one call in `retryMilliseconds`, until a call succeeds. So workers
/// are not held, each by a server that does not answer.
final class PostgresPool: Sendable {
    private struct State {
        var idle: [PostgresConnection] = []
        /// Connections that are idle, in use, or being made.
        var count = 0
        /// The error of the last call that could not reach the database; nil while it is there.
        var failure: PostgresError?
        /// Whether that call could not connect: a connection that is made ends it then.
        var isOfConnecting = false
        /// Failures of connections that were made, one after the other.
        var failures = 0
        var nextAttempt: UInt64 = 0
        var isClosed = false
    }

    /// The pause between two attempts to reach a database that is away.
    private static let retryMilliseconds: UInt64 = 250
    /// The longest one, where connections are made and then do not answer: each of them may leave
    /// a session behind at the server.
    private static let pauseMilliseconds: UInt64 = 2_000

    private let open: @Sendable () throws(PostgresError) -> PostgresConnection
    private let connectionsMax: Int
    private let milliseconds: Int
    // SAFETY: connections are used by one thread at a time: they leave the list for that.
    private let state = Lock(State())

    /// At most `connectionsMax` connections that `open` makes; a call waits for one, and for each
    /// answer of the database, `milliseconds` together.
    init(
        connectionsMax: Int,
        milliseconds: Int,
        _ open: @escaping @Sendable () throws(PostgresError) -> PostgresConnection
    ) {
        (self.connectionsMax, self.milliseconds, self.open) = (connectionsMax, milliseconds, open)
    }

    /// Runs `body` with a connection that stands in no transaction before, and in none after.
    ///
    /// `begin` runs first: where a connection that was idle has ended meanwhile, it runs again on a
    /// new one.
    func with<Value>(
        begin: (PostgresConnection) throws(PostgresError) -> Void = { _ in },
        _ body: (PostgresConnection) throws -> Value
    ) throws -> Value {
        let connection = try take(begin)
        var isSound = false
        defer { giveBack(connection, isSound: isSound) }
        do {
            let value = try body(connection)
            isSound = !connection.hasEnded && !connection.isInTransaction
            noteAnswer()
            return value
        } catch {
            isSound = !connection.hasEnded && !connection.isInTransaction
            let failure = (error as? UnknownCommitError)?.cause ?? error as? PostgresError
            if let failure, failure.endsConnection {
                isSound = false
                note(failure)
            } else if connection.hasEnded {
                // The body has translated the error.
                note(PostgresError(origin: .connection, message: "the connection has ended"))
            }
            throw error
        }
    }

    /// Closes what is idle; a call that goes on closes its own.
    func close() {
        let idle = state.withLock { state in
            state.isClosed = true
            defer { state.idle = [] }
            return state.idle
        }
        withExtendedLifetime(idle) {}
    }

    /// Has the next call try at once, where the failure was that of connecting: the database was
    /// seen.
    func noteReached() {
        state.withLock { if $0.isOfConnecting { $0.failure = nil } }
    }

    private func noteAnswer() {
        state.withLock { state in
            state.failure = nil
            state.failures = 0
        }
    }

    /// Idle connections are dropped: they lead to the same server.
    private func note(_ failure: PostgresError, ofConnecting: Bool = false) {
        let dropped = state.withLock { state in
            state.failure = failure
            state.isOfConnecting = ofConnecting
            if !ofConnecting { state.failures += 1 }
            let pause =
                ofConnecting
                ? Self.retryMilliseconds
                : min(
                    Self.retryMilliseconds << UInt64(min(state.failures, 4)),
                    Self.pauseMilliseconds
                )
            state.nextAttempt = Clock.milliseconds + pause
            defer {
                state.count -= state.idle.count
                state.idle = []
            }
            return state.idle
        }
        withExtendedLifetime(dropped) {}
        state.signal(all: true)
    }

    private func take(
        _ begin: (PostgresConnection) throws(PostgresError) -> Void
    ) throws(PostgresError) -> PostgresConnection {
        try requireReachable()
        while let connection = try idleOrRoom() {
            do throws(PostgresError) {
                try begin(connection)
                return connection
            } catch {
                giveBack(connection, isSound: !connection.hasEnded && !connection.isInTransaction)
                // A server that does not answer does not on another connection either.
                guard error.endsConnection, error.origin != .deadline else {
                    if error.origin == .deadline { note(error) }
                    throw error
                }
            }
        }
        do throws(PostgresError) {
            let connection = try open()
            try begin(connection)
            return connection
        } catch {
            state.withLock { $0.count -= 1 }
            state.signal()
            note(error, ofConnecting: true)
            throw error
        }
    }

    /// Throws the last failure while another call tries, or none may yet.
    private func requireReachable() throws(PostgresError) {
        let failure = state.withLock { state -> PostgresError? in
            guard let failure = state.failure else { return nil }
            let now = Clock.milliseconds
            guard now >= state.nextAttempt else { return failure }
            state.nextAttempt = now + UInt64(milliseconds)
            return nil
        }
        if let failure { throw failure }
    }

    /// An idle connection; nil where a new one may be made, which counts already.
    private func idleOrRoom() throws(PostgresError) -> PostgresConnection? {
        enum Place {
            case idle(PostgresConnection)
            case room
        }
        let place = state.wait(milliseconds: milliseconds) { state -> Place? in
            if let idle = state.idle.popLast() { return .idle(idle) }
            guard state.count < connectionsMax else { return nil }
            state.count += 1
            return .room
        }
        switch place {
        case .idle(let connection): return connection
        case .room: return nil
        case nil:
            throw PostgresError(
                origin: .deadline,
                message: "all \(connectionsMax) connections are in use"
            )
        }
    }

    private func giveBack(_ connection: PostgresConnection, isSound: Bool) {
        state.withLock { state in
            if isSound && !state.isClosed {
                state.idle.append(connection)
            } else {
                state.count -= 1
            }
        }
        state.signal()
    }
}
