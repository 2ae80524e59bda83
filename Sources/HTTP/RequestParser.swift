/// Parses HTTP/1.1 requests strictly (RFC 9112), as their bytes come in.
///
/// Each byte is looked at a bounded number of times however it is delivered. Chunk extensions and trailer fields are
/// checked, bounded and ignored, as RFC 9112 §7.1 wants it.
public struct RequestParser: Sendable {
    /// What the bytes so far amount to.
    public enum Progress: Sendable, Equatable {
        /// The header section is not complete.
        case needsMoreHeader
        /// The content is not complete. `expectsContinue` once, when the peer waits for 100 (RFC 9110 §10.1.1).
        case needsBody(expectsContinue: Bool)
        /// The request is complete and ends after this many bytes.
        case complete(consumed: Int)
    }

    /// What is being waited for.
    public enum Stage: Sendable, Equatable {
        case header
        case body
    }

    /// The request as far as it is known; whole after `.complete`, its head after `.needsBody`.
    public private(set) var request = Request()
    /// Where the parser stands.
    public private(set) var stage = Stage.header

    private let limits: HTTPLimits
    private var scanned = 0
    private var lineStart = 0
    private var sawRequestLine = false
    private var contentStart = 0
    private var chunks = ChunkedBody()
    private var saidContinue = false

    public init(limits: HTTPLimits) {
        self.limits = limits
    }

    /// Makes ready for the next request.
    public mutating func reset() {
        request.reset()
        stage = .header
        scanned = 0
        lineStart = 0
        sawRequestLine = false
        contentStart = 0
        chunks = ChunkedBody()
        saidContinue = false
    }

    /// Goes on with `bytes`: everything since the request's beginning, what earlier calls saw included.
    public mutating func advance(_ bytes: Span<UInt8>) throws(HTTPError) -> Progress {
        if stage == .header {
            guard try readHeader(bytes) else { return .needsMoreHeader }
            try HeaderRules.finish(&request, bytes, limits)
            stage = .body
        }
        return try readBody(bytes)
    }

    /// Whether the header section is complete.
    private mutating func readHeader(_ bytes: Span<UInt8>) throws(HTTPError) -> Bool {
        while scanned < bytes.count {
            let byte = bytes[scanned]
            scanned += 1
            if byte == UInt8(ascii: "\n") {
                guard scanned - lineStart >= 2, bytes[scanned - 2] == UInt8(ascii: "\r") else {
                    throw .malformed("bare line feed")
                }
                let line = lineStart..<scanned - 2
                lineStart = scanned
                if try take(line, bytes) { return true }
            } else if byte < 0x20, byte != 9, byte != UInt8(ascii: "\r") {
                throw .malformed("control character")
            } else if scanned - lineStart >= 2, bytes[scanned - 2] == UInt8(ascii: "\r") {
                throw .malformed("bare carriage return")
            }
            guard scanned <= limits.headerBytesMax else { throw tooLarge }
        }
        return false
    }

    private var tooLarge: HTTPError {
        sawRequestLine ? HTTPError(431, "header too large") : HTTPError(414, "target too long")
    }

    /// Takes a line; true when it was the empty one that ends the section.
    private mutating func take(
        _ line: Range<Int>, _ bytes: Span<UInt8>
    ) throws(HTTPError) -> Bool {
        if !sawRequestLine {
            // RFC 9112 §2.2: one empty line before the request line is tolerated.
            if line.isEmpty && line.lowerBound == 0 { return false }
            try RequestLine.parse(line, bytes, limits, &request)
            sawRequestLine = true
            return false
        }
        guard !line.isEmpty else {
            contentStart = scanned
            return true
        }
        guard request.fields.count < limits.headerFieldsMax else {
            throw HTTPError(431, "too many header fields")
        }
        let field = try HeaderField.parse(line, bytes)
        request.fields.append(field)
        try HeaderRules.note(field, bytes, &request)
        return false
    }

    private mutating func readBody(_ bytes: Span<UInt8>) throws(HTTPError) -> Progress {
        if request.isChunked {
            let end = try chunks.advance(
                bytes, from: contentStart, limits: limits, pieces: &request.bodyPieces)
            if let end { return .complete(consumed: end) }
        } else {
            let end = contentStart + (request.contentLength ?? 0)
            if bytes.count >= end {
                request.body = contentStart..<end
                return .complete(consumed: end)
            }
        }
        // A peer that has begun to send does not wait for us.
        let waits = request.expectsContinue && !saidContinue && bytes.count == contentStart
        saidContinue = true
        return .needsBody(expectsContinue: waits)
    }
}
