// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import COpenSSL
internal import Glibc

/// One operation on one connection, from the first byte of the handshake to the last of the answer.
extension LoadGenerator {
    /// Starts an operation whose latency counts from `time`.
    mutating func start(_ index: Int, at time: UInt64) {
        slots[index].start = time
        slots[index].phase = .starting
        drive(index)
    }

    /// Takes a connection as far as it goes without waiting.
    mutating func drive(_ index: Int) {
        while true {
            let result: Int32
            ERR_clear_error()
            switch slots[index].phase {
            case .resting: return
            case .idle:
                // Bytes or an end while nothing was asked: the server has closed an idle
                // connection.
                if slots[index].descriptor >= 0 { disconnect(index) }
                return
            case .starting:
                guard prepare(index) else { return }
                continue
            case .handshaking:
                // SAFETY: a slot that is handshaking has a connection.
                result = unsafe SSL_do_handshake(slots[index].connection)
                if result == 1 {
                    slots[index].phase = .writing
                    // A kept-alive operation is a request; connecting for it is not part of its
                    // latency.
                    if slots[index].work == .keptAlive, !open {
                        slots[index].start = handfast_monotonic_nanoseconds()
                    }
                    continue
                }
            case .writing:
                result = write(index)
                if result > 0 {
                    slots[index].phase = .reading
                    slots[index].received = 0
                    watch(index, for: HANDFAST_READABLE)
                    return
                }
            case .reading:
                result = read(index)
                if result > 0 {
                    guard take(index) else { return }
                    continue
                }
            }
            guard pause(index, result) else { return }
        }
    }

    /// Chooses the kind of work and sees to a connection for it; false when that failed.
    private mutating func prepare(_ index: Int) -> Bool {
        let work = mix.next()
        slots[index].work = work
        if slots[index].closing || work != .keptAlive { disconnect(index) }
        if unsafe slots[index].connection != nil {
            slots[index].phase = .writing
            return true
        }
        return connect(index, work)
    }

    private mutating func connect(_ index: Int, _ work: Work) -> Bool {
        let identity = identitiesTaken % max(1, plan.identities.count)
        identitiesTaken += 1
        let descriptor = plan.endpoint.connect(blocking: false)
        guard descriptor >= 0 else {
            fail(index, "connect: \(SystemMessage.text(-descriptor))")
            return false
        }
        // SAFETY: the session is owned by `sessions`; the new connection takes a reference.
        guard
            let connection = unsafe client.connection(
                over: descriptor,
                identity: identity,
                session: work == .resumed ? sessions[identity] : nil,
                tickets: work == .resumed
            )
        else {
            close(descriptor)
            fail(index, "no TLS connection: \(OpenSSLErrors.take())")
            return false
        }
        slots[index].identity = identity
        slots[index].descriptor = descriptor
        unsafe slots[index].connection = connection
        slots[index].answered = 0
        slots[index].closing = false
        slots[index].interest = 0
        slots[index].phase = .handshaking
        return true
    }

    private func write(_ index: Int) -> Int32 {
        let request =
            if let rotation { plan.target.request(body: rotation.forms[index]) } else {
                requests[requests.count == 1 ? 0 : slots[index].identity % requests.count]
            }
        // SAFETY: OpenSSL reads the array only during the call; a retry may use other memory with
        // the same bytes.
        return unsafe request.withUnsafeBytes {
            unsafe SSL_write(slots[index].connection, $0.baseAddress, Int32($0.count))
        }
    }

    private mutating func read(_ index: Int) -> Int32 {
        let received = slots[index].received
        // SAFETY: the slot's part of `input` has `inputMax` bytes, of which `received` are taken.
        let result = unsafe SSL_read(
            slots[index].connection,
            input + index * Slot.inputMax + received,
            Int32(Slot.inputMax - received)
        )
        if result > 0 { slots[index].received += Int(result) }
        return result
    }

    /// Looks at what has been received; true when the connection goes on.
    private mutating func take(_ index: Int, ended: Bool = false) -> Bool {
        // SAFETY: `received` bytes of the slot's part of `input` are initialized, and stay so
        // during this call.
        let bytes = unsafe Span(
            _unsafeStart: input + index * Slot.inputMax,
            count: slots[index].received
        )
        switch ResponseScanner.scan(bytes, ended: ended) {
        case .incomplete:
            guard slots[index].received < Slot.inputMax else {
                fail(index, "the answer is longer than \(Slot.inputMax) bytes")
                return false
            }
            return true
        case .malformed:
            fail(index, "not an HTTP answer: \(text(bytes))")
            return false
        case .complete(let status, let body, let closes):
            slots[index].closing = closes
            guard status == 200, ResponseScanner.contains(bytes, body, expected) else {
                fail(index, "answer: \(text(bytes))")
                return false
            }
            guard rotation?.take(bytes, body, of: index) ?? true else {
                fail(index, "no refresh token: \(text(bytes))")
                return false
            }
            return finish(index)
        }
    }

    /// Counts the answer; true when the slot goes on with its next operation at once.
    private mutating func finish(_ index: Int) -> Bool {
        let now = handfast_monotonic_nanoseconds()
        let work = slots[index].work
        var resumed = false
        var first = false
        if work == .resumed {
            // SAFETY: the connection lives; `SSL_get1_session` gives a reference that `keep` takes
            // over.
            first = !visited[slots[index].identity]
            visited[slots[index].identity] = true
            resumed = unsafe SSL_session_reused(slots[index].connection) == 1
            unsafe keep(SSL_get1_session(slots[index].connection), of: slots[index].identity)
        }
        recorder.succeed(
            work,
            start: slots[index].start,
            now: now,
            resumed: resumed,
            first: first,
            open: open
        )
        slots[index].answered += 1
        guard unopened.isEmpty else {
            slots[index].phase = .idle
            idle.append(index)
            let next = unopened.removeFirst()
            start(next, at: now)
            return false
        }
        guard schedule == nil, plan.pace == .closed, !draining, !opening else {
            slots[index].phase = .idle
            idle.append(index)
            return false
        }
        slots[index].start = now
        slots[index].phase = .starting
        return true
    }

    private mutating func keep(_ session: OpaquePointer?, of identity: Int) {
        guard let session = unsafe session else { return }
        // SAFETY: the table owns one reference for each entry; the one that is replaced is given
        // back.
        guard unsafe SSL_SESSION_is_resumable(session) == 1 else {
            unsafe SSL_SESSION_free(session)
            return
        }
        if let old = unsafe sessions[identity] { unsafe SSL_SESSION_free(old) }
        unsafe sessions[identity] = session
    }

    /// Decides where a step could not finish: false ends the drive, true tries the slot's new
    /// phase.
    private mutating func pause(_ index: Int, _ result: Int32) -> Bool {
        // SAFETY: the connection lives; this asks about its last step.
        switch unsafe SSL_get_error(slots[index].connection, result) {
        case SSL_ERROR_WANT_READ:
            watch(index, for: HANDFAST_READABLE)
            return false
        case SSL_ERROR_WANT_WRITE:
            watch(index, for: HANDFAST_READABLE | HANDFAST_WRITABLE)
            return false
        default: break
        }
        let reading = slots[index].phase == .reading
        if reading, slots[index].received > 0 {
            if take(index, ended: true) { return true }
            return false
        }
        // A server may close a connection after so many requests; the request is then sent again on
        // a new one.
        if slots[index].work == .keptAlive, slots[index].answered > 0 {
            recorder.reconnect()
            disconnect(index)
            slots[index].phase = .resting
            return connect(index, .keptAlive)
        }
        let step =
            switch slots[index].phase {
            case .handshaking: "handshake"
            case .writing: "request"
            default: "answer"
            }
        fail(index, "\(step): \(OpenSSLErrors.take())")
        return false
    }

    private mutating func fail(_ index: Int, _ why: String) {
        recorder.fail(slots[index].work, why)
        ERR_clear_error()
        disconnect(index)
        if unopened.isEmpty, open, schedule != nil {
            slots[index].phase = .idle
            idle.append(index)
        } else {
            slots[index].phase = .resting
            resting.append(index)
        }
    }

    private mutating func disconnect(_ index: Int) {
        // SAFETY: the slot owns the connection and forgets it here. No alert is sent: what is
        // measured is the server.
        guard let connection = unsafe slots[index].connection else { return }
        unsafe SSL_set_shutdown(connection, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
        unsafe SSL_free(connection)
        close(slots[index].descriptor)
        unsafe slots[index].connection = nil
        slots[index].descriptor = -1
        slots[index].interest = 0
        slots[index].closing = false
    }

    private mutating func watch(_ index: Int, for events: Int) {
        let interest = UInt32(events)
        let before = slots[index].interest
        guard before != interest else { return }
        let descriptor = slots[index].descriptor
        if before == 0 {
            _ = handfast_epoll_add(poller, descriptor, interest, UInt64(index))
        } else {
            _ = handfast_epoll_modify(poller, descriptor, interest, UInt64(index))
        }
        slots[index].interest = interest
    }

    private func text(_ bytes: Span<UInt8>) -> String {
        var start: [UInt8] = []
        for place in 0..<min(bytes.count, 400) { start.append(bytes[place]) }
        return String(decoding: start, as: UTF8.self)
    }
}

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
    /// The events that epoll watches for; 0 when the descriptor is not in the set.
    var interest: UInt32 = 0
    /// The server has said that it closes after the answer.
    var closing = false
}
