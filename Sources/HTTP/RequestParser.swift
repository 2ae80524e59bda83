// SPDX-License-Identifier: Apache-2.0
/// An incremental, strict parser of HTTP/1.1 requests (RFC 9112).
///
/// Each byte is looked at a bounded number of times however it is delivered, and the result depends
/// on the bytes alone. Where RFC 9112 leaves a choice:
/// - One empty line before the request line is skipped (§2.2); a second one is refused.
/// - Of the absolute form (§3.2.2) only `https://` with an authority equal to Host and a path that
///   begins with a slash is accepted; the asterisk form only with OPTIONS, the authority form
///   never.
/// - Repeated Content-Length fields are refused also when they are equal (§6.3).
/// - Chunk extensions and trailer fields (§7.1) are checked, bounded and ignored.
///
/// After an error only `reset()` makes sense.
public struct RequestParser: ~Copyable, Sendable {
    /// The result of parsing the bytes received so far.
    public enum Progress: Sendable, Equatable {
        /// The header section is not complete.
        case needsMoreHeader
        /// The content is not complete. `expectsContinue` is true at most once for a request, and
        /// only when the peer waits for 100 (RFC 9110 §10.1.1).
        case needsBody(expectsContinue: Bool)
        /// The request is complete and ends after this many bytes.
        case complete(consumed: Int)
    }

    /// The part of the request that is being parsed.
    public enum Stage: Sendable, Equatable {
        case header
        case body
    }

    /// The request as far as it is known; whole after `.complete`, its head after `.needsBody`.
    public private(set) var request = Request()
    /// The part that is being parsed.
    public private(set) var stage = Stage.header

    private var limits: HTTPLimits
    private var scanned = 0
    private var lineStart = 0
    private var sawRequestLine = false
    private var contentStart = 0
    private var chunks = ChunkedBody()
    private var saidContinue = false

    #if DEBUG
        /// How often any byte was looked at to find the ends of lines; tests bound it.
        var looks: Int { headerLooks + chunks.looks }
        private var headerLooks = 0
    #endif

    /// Makes a parser that keeps to these bounds.
    public init(limits: HTTPLimits) {
        self.limits = limits
    }

    /// Resets to the beginning of a request; `limits` replace the old ones.
    public mutating func reset(_ limits: HTTPLimits? = nil) {
        if let limits { self.limits = limits }
        request.reset()
        stage = .header
        scanned = 0
        lineStart = 0
        sawRequestLine = false
        contentStart = 0
        chunks = ChunkedBody()
        saidContinue = false
    }

    /// Parses `bytes`: everything since the request's beginning, bytes of earlier calls included.
    ///
    /// An error has the status of the answer; the connection ends after it.
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
        let bound = min(bytes.count, limits.headerBytesMax)
        while true {
            var index = scanned
            while index < bound, Characters.isText(bytes[index]) { index += 1 }
            #if DEBUG
                headerLooks += index - scanned + 1
            #endif
            scanned = index
            if index < bound, bytes[index] != UInt8(ascii: "\r") {
                throw .malformed("control character or bare line feed")
            }
            guard index + 1 < bound else {
                guard bytes.count < limits.headerBytesMax else { throw tooLarge }
                return false
            }
            guard bytes[index + 1] == UInt8(ascii: "\n") else {
                throw .malformed("bare carriage return")
            }
            let line = lineStart..<index
            scanned = index + 2
            lineStart = scanned
            if try take(line, bytes) { return true }
        }
    }

    private var tooLarge: HTTPError {
        sawRequestLine ? HTTPError(431, "header too large") : HTTPError(414, "target too long")
    }

    /// Parses a line; true for the empty one that ends the section.
    private mutating func take(
        _ line: Range<Int>,
        _ bytes: Span<UInt8>
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
                bytes,
                from: contentStart,
                limits: limits,
                pieces: &request.bodyPieces
            )
            if let end {
                request.bodyLength = chunks.length
                return .complete(consumed: end)
            }
        } else {
            let length = request.contentLength ?? 0
            let end = contentStart + length
            if bytes.count >= end {
                request.body = contentStart..<end
                request.bodyLength = length
                return .complete(consumed: end)
            }
        }
        // A peer that has begun to send the content does not wait for 100.
        let waits = request.expectsContinue && !saidContinue && bytes.count == contentStart
        saidContinue = true
        return .needsBody(expectsContinue: waits)
    }
}
