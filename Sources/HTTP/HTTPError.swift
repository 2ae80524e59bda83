/// Bounds of a request, in bytes and counts.
public struct HTTPLimits: Sendable, Equatable {
    /// Request line and header section together.
    public var headerBytesMax: Int
    /// The request target alone.
    public var targetBytesMax: Int
    /// Header fields.
    public var headerFieldsMax: Int
    /// Content, after chunked framing is taken off.
    public var bodyBytesMax: Int

    public init(
        headerBytesMax: Int = 16_384, targetBytesMax: Int = 8192, headerFieldsMax: Int = 64,
        bodyBytesMax: Int = 65_536
    ) {
        self.headerBytesMax = headerBytesMax
        self.targetBytesMax = targetBytesMax
        self.headerFieldsMax = headerFieldsMax
        self.bodyBytesMax = bodyBytesMax
    }
}

/// Bytes that are no request as we accept it. The answer is `status`, and then the connection ends: where the next
/// request would begin cannot be known any more (RFC 9112 §11.2).
public struct HTTPError: Error, Sendable, CustomStringConvertible {
    public let status: Int
    /// For the log.
    public let reason: StaticString

    init(_ status: Int, _ reason: StaticString) {
        self.status = status
        self.reason = reason
    }

    static func malformed(_ reason: StaticString) -> HTTPError { HTTPError(400, reason) }

    public var description: String { "\(status): \(reason)" }
}
