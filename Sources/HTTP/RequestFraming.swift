// SPDX-License-Identifier: Apache-2.0
/// Frames the requests of one HTTP/1.1 connection, with the deadline of the current one (RFC 9112
/// §9.3).
///
/// Without socket and clock: bytes and times come in as arguments, and the result is the next step.
/// Between two requests a connection keeps no parser; one parser serves all connections of a
/// thread, and an incomplete request takes it along.
public struct RequestFraming: ~Copyable, Sendable {
    /// How long a request may take, in milliseconds.
    public struct Times: Sendable, Equatable {
        /// From the first byte to the end of the header.
        public var header: UInt64
        /// From the end of the header to the last byte.
        public var body: UInt64
        /// From the first byte to the last, whatever the other two allow.
        public var request: UInt64

        /// Times from their parts.
        public init(header: UInt64, body: UInt64, request: UInt64) {
            self.header = header
            self.body = body
            self.request = request
        }
    }

    /// The result of parsing the bytes at hand.
    public enum Step: Sendable, Equatable {
        /// A complete request of this many bytes; the parser has it until it is reset.
        case request(bytes: Int)
        /// An incomplete request: the rest must arrive by `deadline`, or by the earlier deadline
        /// where it is nil.
        ///
        /// With `sendsContinue` the peer waits for an interim response (RFC 9110 §10.1.1).
        case incomplete(deadline: UInt64?, sendsContinue: Bool)
    }

    /// Received bytes that belong to no answered request.
    public var unread: [UInt8] = []
    /// When the current request's first byte was seen, in milliseconds; nil between two requests.
    public private(set) var requestStarted: UInt64?
    /// How the answer to the current request is framed.
    public var response = ResponseFraming()

    /// Whether the content's deadline has been set; it is set once.
    private var isBodyTimed = false
    /// The parser of an incomplete request; last, so that a connection has no padding.
    private var parser: RequestParser?

    /// A connection before its first request.
    public init() {}

    /// Parses `bytes`, which begin with the current request's first byte, at the time `now`.
    ///
    /// `spare` is the parser of all connections of this thread: it holds a complete request until
    /// its owner resets it, and is reset after any other step. After an error the connection can
    /// have one more answer, framed by `response`.
    public mutating func advance(
        _ bytes: Span<UInt8>,
        by spare: inout RequestParser,
        limits: HTTPLimits,
        times: Times,
        now: UInt64
    ) throws(HTTPError) -> Step {
        let started = requestStarted ?? now
        if requestStarted == nil { requestStarted = now }
        if let own = parser.take() { spare = own }
        let progress: RequestParser.Progress
        do throws(HTTPError) {
            progress = try spare.advance(bytes)
        } catch {
            spare.reset(limits)
            response = .closing
            throw error
        }
        let whole = started + times.request
        switch progress {
        case .complete(let count):
            response = ResponseFraming(for: spare.request)
            return .request(bytes: count)
        case .needsMoreHeader:
            keep(&spare, limits)
            return .incomplete(deadline: min(started + times.header, whole), sendsContinue: false)
        case .needsBody(let sendsContinue):
            keep(&spare, limits)
            guard !isBodyTimed else {
                return .incomplete(deadline: nil, sendsContinue: sendsContinue)
            }
            isBodyTimed = true
            let deadline = min(now + times.body, whole)
            return .incomplete(deadline: deadline, sendsContinue: sendsContinue)
        }
    }

    /// Hands the head of an incomplete request to `body`, once it is whole; nil before that.
    ///
    /// For those who must know whom a request is from before they keep its content.
    public borrowing func withHead<Result>(
        _ body: (borrowing Request) -> Result
    ) -> Result? {
        switch parser {
        case .some(let parser) where parser.stage == .body: body(parser.request)
        default: nil
        }
    }

    /// Ends the current request: later bytes belong to the next one.
    public mutating func requestEnded() {
        requestStarted = nil
        isBodyTimed = false
    }

    private mutating func keep(_ spare: inout RequestParser, _ limits: HTTPLimits) {
        var fresh = RequestParser(limits: limits)
        swap(&spare, &fresh)
        parser = consume fresh
    }
}
