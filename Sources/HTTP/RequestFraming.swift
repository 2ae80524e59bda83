// SPDX-License-Identifier: Apache-2.0
/// Which requests the bytes of one HTTP/1.1 connection are, one after another, and until when the
/// current one has to be whole (RFC 9112 §9.3).
///
/// Knows neither socket nor clock: bytes and moments are handed in, and answered with what there is
/// to do. A connection between two requests keeps no parser; its owner has one for all connections
/// of a thread, and an incomplete request takes it along.
public struct RequestFraming: Sendable {
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

    /// What the front of the bytes is.
    public enum Step: Sendable, Equatable {
        /// A whole request of so many bytes; the parser has it until it is reset.
        case request(bytes: Int)
        /// A part of one: more has to come by `deadline`, or by the one before where it is nil.
        ///
        /// With `sendsContinue` the peer waits for an interim response (RFC 9110 §10.1.1).
        case incomplete(deadline: UInt64?, sendsContinue: Bool)
    }

    /// What came and belongs to no request that was answered.
    public var unread: [UInt8] = []
    /// When the current request's first byte was seen, in milliseconds; nil between two requests.
    public private(set) var requestStarted: UInt64?
    /// How the answer to the current request has to be framed.
    public var response = ResponseFraming()

    /// The time of the content begins once.
    private var isBodyTimed = false
    /// Where an incomplete request has been read to; last, so that a connection has no padding.
    private var parser: RequestParser?

    /// A connection before its first request.
    public init() {}

    /// Reads on in `bytes`, which begin with the current request's first byte, at the moment `now`.
    ///
    /// `spare` is the parser of all connections of this thread. It has the request when that is
    /// whole, until its owner resets it; after anything else it is as new. After an error the
    /// connection can have one answer more, and `response` says so.
    public mutating func advance(
        _ bytes: Span<UInt8>,
        by spare: inout RequestParser,
        limits: HTTPLimits,
        times: Times,
        now: UInt64
    ) throws(HTTPError) -> Step {
        let started = requestStarted ?? now
        if requestStarted == nil { requestStarted = now }
        if var own = parser {
            parser = nil
            swap(&spare, &own)
        }
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

    /// The current request has its answer: what comes next is the next one's.
    public mutating func requestEnded() {
        requestStarted = nil
        isBodyTimed = false
    }

    private mutating func keep(_ spare: inout RequestParser, _ limits: HTTPLimits) {
        var fresh = RequestParser(limits: limits)
        swap(&spare, &fresh)
        parser = fresh
    }
}
