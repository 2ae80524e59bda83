// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import LoadTarget
internal import Logging
internal import Network
internal import OAuth
internal import Reactor
internal import Telemetry

/// HTTP/1.1 on the connections of one reactor: bytes to exchanges, and answers to bytes.
///
/// A state machine without socket and timer: bytes and moments go in, and each call returns the
/// next step. Answers gather in `output`, which belongs to the connection that is served, until
/// they are written.
final class HTTP1 {
    /// The next step of a connection, besides writing the answers that have gathered.
    enum Step {
        /// No bytes are left: the next request may come.
        case idle
        /// An incomplete request; the rest must come by `deadline`, or where nil by the one before.
        case incomplete(deadline: UInt64?)
        /// More is unread: write the answers, then `resumeReading`.
        case more
        /// More is unread, and the slice is over: `resumeReading` after the others' turns.
        case yield
        /// The request is parked until `deadline`; nothing is read meanwhile.
        case park(deadline: UInt64)
        /// The answer, or the rest of it, is held back until `moment`, as a load target's rules ask
        /// for; nothing is read meanwhile.
        case hold(until: UInt64)
        /// The connection is reset, without an answer.
        case reset
        /// The last answer; the close lingers where the peer may still be sending.
        case close(peerMaySend: Bool)
    }

    /// Answers that have gathered for the connection that is served.
    var output: [UInt8] { gathered.bytes }

    private let endpoints: Endpoints
    private let counters: Counters
    private let log: Logger
    private var limits: ConnectionSettings
    #if !DEBUG
        @safe @exclusivity(unchecked)
    #endif
    private var parser: RequestParser
    #if !DEBUG
        @safe @exclusivity(unchecked)
    #endif
    private var gathered: AnswerOutput
    /// When the slice of the connection that is served began, from its second request on.
    private var sliceBegan: UInt64?
    private var isDraining = false

    /// The time slice of one connection's pipelined requests: about three signatures.
    ///
    /// A record holds sixty requests, and two hundred connections that send such records would take
    /// half a second of every turn.
    private static let sliceNanoseconds: UInt64 = 100_000

    init(
        _ endpoints: Endpoints,
        limits: ConnectionSettings,
        clock: WallClock,
        counters: Counters,
        log: Logger
    ) {
        self.endpoints = endpoints
        self.limits = limits
        gathered = AnswerOutput(clock)
        self.counters = counters
        self.log = log
        parser = RequestParser(limits: limits.http)
    }

    /// Sets the limits, from the next request of each connection on.
    func update(_ limits: ConnectionSettings) {
        self.limits = limits
        parser = RequestParser(limits: limits.http)
    }

    /// Makes every further answer its connection's last.
    func drain() {
        isDraining = true
    }

    /// Empties the output after it was written.
    func clearOutput() {
        gathered.clear()
    }

    // MARK: reading

    /// Begins the slice of another connection.
    func beginSlice() {
        sliceBegan = nil
    }

    /// Answers the complete requests in received bytes, behind those that are unread.
    func receive(
        _ bytes: Span<UInt8>,
        on session: HTTP1Session,
        at moment: TurnMoment
    ) -> Step {
        guard session.framing.unread.isEmpty else {
            session.framing.unread.append(contentsOf: bytes)
            return resumeReading(session, at: moment)
        }
        var consumed = 0
        let step = answer(bytes, &consumed, session, moment)
        if consumed < bytes.count {
            session.framing.unread.append(contentsOf: bytes.extracting(consumed...))
        }
        return step
    }

    /// Answers the complete requests in bytes that were left unread.
    func resumeReading(_ session: HTTP1Session, at moment: TurnMoment) -> Step {
        var unread = session.framing.unread
        session.framing.unread = []
        var consumed = 0
        let step = answer(unread.span, &consumed, session, moment)
        if consumed > 0 { unread.removeFirst(consumed) }
        session.framing.unread = unread
        return step
    }

    /// Answers the complete requests at the front of `bytes`.
    private func answer(
        _ bytes: Span<UInt8>,
        _ consumed: inout Int,
        _ session: HTTP1Session,
        _ moment: TurnMoment
    ) -> Step {
        while consumed < bytes.count {
            let rest = bytes.extracting(consumed...)
            let framed: RequestFraming.Step
            do throws(HTTPError) {
                framed = try session.framing.advance(
                    rest,
                    by: &parser,
                    limits: limits.http,
                    times: limits.times,
                    now: moment.milliseconds
                )
            } catch {
                consumed = bytes.count
                return refuse(error, session, moment)
            }
            switch framed {
            case .incomplete(let deadline, let sendsContinue):
                if sendsContinue { gathered.appendContinue() }
                return .incomplete(deadline: deadline)
            case .request(let count):
                consumed += count
                let end = answerRequest(rest.extracting(first: count), session, moment)
                parser.reset(limits.http)
                if let end { return end }
            }
            guard consumed < bytes.count else { break }
            if isSliceOver() { return .yield }
            if gathered.count >= limits.pipelineDepth { return .more }
        }
        return .idle
    }

    /// Whether the slice is over; the clock is looked at from the second request on, because most
    /// connections send one at a time.
    private func isSliceOver() -> Bool {
        guard let began = sliceBegan else {
            sliceBegan = Clock.nanoseconds
            return false
        }
        return Clock.nanoseconds - began > Self.sliceNanoseconds
    }

    /// Answers one request; nil where the next may follow.
    private func answerRequest(
        _ bytes: Span<UInt8>,
        _ session: HTTP1Session,
        _ moment: TurnMoment
    ) -> Step? {
        session.target?.begin(isRepeated: session.exchange.hasWaitedForKeys)
        session.exchange.begin()
        if isDraining { session.framing.response.keepsAlive = false }
        // A request that was parked was counted when it came.
        if !session.exchange.hasWaitedForKeys {
            counters.requests.add(1)
            counters.listeners[session.listener].requests.add(1)
        }
        let answer = endpoints.answer(parser.request, bytes, session)
        return conclude(answer, session, moment)
    }

    // MARK: answers

    /// Writes an answer; nil where the next request may follow.
    private func conclude(
        _ answer: Answer,
        _ session: HTTP1Session,
        _ moment: TurnMoment
    ) -> Step? {
        if let strike = session.target?.call?.strike, !answer.isParked {
            return hold(answer, strike, session, moment)
        }
        return write(answer, session, moment) ?? end(session, moment)
    }

    /// Appends an answer to the output; the step of a request that has none yet.
    private func write(
        _ answer: Answer,
        _ session: HTTP1Session,
        _ moment: TurnMoment
    ) -> Step? {
        switch answer {
        case .content:
            gathered.append(json: endpoints.content, session.framing.response)
        case .response(let response): gathered.append(response, session.framing.response)
        case .parked:
            let started = session.framing.requestStarted ?? moment.milliseconds
            return .park(deadline: started + limits.request)
        }
        return nil
    }

    /// Ends the exchange after its answer; nil where the next may follow.
    private func end(_ session: HTTP1Session, _ moment: TurnMoment) -> Step? {
        gathered.countAnswer()
        measure(session, moment)
        session.framing.requestEnded()
        session.exchange.end()
        guard session.framing.response.keepsAlive else { return .close(peerMaySend: false) }
        session.noteAnswered(at: moment.milliseconds)
        return nil
    }

    /// Records the latency of the request: from the turn in which its first byte came to its
    /// answer.
    ///
    /// Reads the clock once, because the beginning of this turn is known. A request that began in
    /// an earlier turn is measured to the millisecond.
    private func measure(_ session: HTTP1Session, _ moment: TurnMoment) {
        guard let started = session.framing.requestStarted else { return }
        let began =
            started == moment.milliseconds ? moment.nanoseconds : started * 1_000_000
        let ended = Clock.nanoseconds
        let nanoseconds = Int(ended > began ? ended - began : 0)
        counters.latencies[session.exchange.endpoint.index].record(nanoseconds: nanoseconds)
        session.target?.call?.record(nanoseconds: nanoseconds)
    }

    /// Refuses bytes that are no request, and ends the connection: its framing cannot be trusted.
    private func refuse(
        _ error: HTTPError,
        _ session: HTTP1Session,
        _ moment: TurnMoment
    ) -> Step {
        log.info(
            "request refused",
            metadata: [
                "status": "\(error.status)", "reason": "\(error.reason)",
                "peer": "\(session.peer)",
            ]
        )
        return refuse(status: error.status, session, moment)
    }

    /// Answers with a bare status, the last answer of the connection.
    private func refuse(
        status: Int,
        _ session: HTTP1Session,
        _ moment: TurnMoment
    ) -> Step {
        session.exchange.forget()
        session.target?.begin(isRepeated: false)
        session.framing.response = .closing
        gathered.append(Response(status: status), session.framing.response)
        _ = end(session, moment)
        return .close(peerMaySend: true)
    }

    /// Answers 408: the request did not come in time (RFC 9110 §15.5.9).
    func timeOut(_ session: HTTP1Session, at moment: TurnMoment) -> Step {
        refuse(status: 408, session, moment)
    }

    // MARK: parked requests

    /// Resumes the request of this number with its met need; nil where it is parked no more.
    func resume(
        _ number: UInt64,
        with met: Met,
        on session: HTTP1Session,
        at moment: TurnMoment
    ) -> Step? {
        guard let parked = session.exchange.take(number) else { return nil }
        if case .again = parked.continuation, case .clientKeys = met {
            session.exchange.hasWaitedForKeys = true
            session.framing.unread = parked.request + session.framing.unread
            return .more
        }
        let answer = endpoints.resume(parked.continuation, with: met, session)
        if let end = conclude(answer, session, moment) { return end }
        return session.framing.unread.isEmpty ? .idle : .more
    }

    /// Answers a parked request whose need was not met in time, and ends the connection, because
    /// the requests behind it have waited as long; sends the next part of an answer that is held.
    func endWait(_ session: HTTP1Session, at moment: TurnMoment) -> Step {
        if let held = session.target?.takeHeld() { return release(held, session, moment) }
        guard let parked = session.exchange.take(session.exchange.number) else {
            return .close(peerMaySend: false)
        }
        session.framing.response.keepsAlive = false
        let met = Needs.unmet(parked.continuation)
        let answer = endpoints.resume(parked.continuation, with: met, session)
        return conclude(answer, session, moment) ?? .idle
    }

    // MARK: answers that a load target holds back

    /// Takes an answer out of the output, and sends it as `strike` asks for.
    private func hold(
        _ answer: Answer,
        _ strike: Strike,
        _ session: HTTP1Session,
        _ moment: TurnMoment
    ) -> Step? {
        let start = output.count
        _ = write(answer, session, moment)
        let held = HeldAnswer(
            gathered.take(from: start),
            contentCount: contentCount(of: answer),
            strike
        )
        var until = moment.milliseconds + UInt64(strike.delayMilliseconds)
        if case .silence = strike.fault { until = moment.milliseconds + limits.request }
        guard until > moment.milliseconds else {
            let step = release(held, session, moment)
            if case .idle = step { return nil }
            return step
        }
        session.target?.held = held
        return .hold(until: until)
    }

    private func contentCount(of answer: Answer) -> Int {
        switch answer {
        case .content: endpoints.content.count
        case .response(let response): response.content.count
        case .parked: 0
        }
    }

    /// Sends what is due of an answer that is held back.
    private func release(
        _ held: HeldAnswer,
        _ session: HTTP1Session,
        _ moment: TurnMoment
    ) -> Step {
        let part = held.takePart(now: moment.milliseconds)
        gathered.append(part: part.bytes)
        if let next = part.next {
            session.target?.held = held
            return .hold(until: next)
        }
        switch held.end {
        case .none: return .idle
        case .answered:
            if let end = end(session, moment) { return end }
            return session.framing.unread.isEmpty ? .idle : .more
        case .closed: return .close(peerMaySend: false)
        case .reset: return .reset
        }
    }
}
