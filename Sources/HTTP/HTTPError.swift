// SPDX-License-Identifier: Apache-2.0
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
    /// Parameters of a form: more than any OAuth request has, and few enough to compare each name
    /// with all others.
    public var formFieldsMax: Int

    /// Takes the bounds; each has a default that fits every request of OAuth's.
    public init(
        headerBytesMax: Int = 16_384,
        targetBytesMax: Int = 8192,
        headerFieldsMax: Int = 64,
        bodyBytesMax: Int = 65_536,
        formFieldsMax: Int = 64
    ) {
        self.headerBytesMax = headerBytesMax
        self.targetBytesMax = targetBytesMax
        self.headerFieldsMax = headerFieldsMax
        self.bodyBytesMax = bodyBytesMax
        self.formFieldsMax = formFieldsMax
    }
}

/// Why bytes are not a request that the server accepts.
///
/// The answer is `status`, and then the connection ends: the beginning of the next request cannot
/// be known any more (RFC 9112 §11.2).
public struct HTTPError: Error, Sendable, Equatable, CustomStringConvertible {
    /// 400, 413, 414, 417, 431, 501 or 505.
    public let status: Int
    /// For the log; a literal, never text from the request.
    public let reason: StaticString

    init(_ status: Int, _ reason: StaticString) {
        self.status = status
        self.reason = reason
    }

    static func malformed(_ reason: StaticString) -> HTTPError { HTTPError(400, reason) }

    /// Status and reason.
    public var description: String { "\(status): \(reason)" }

    /// Whether both have the same status and the same reason.
    public static func == (left: HTTPError, right: HTTPError) -> Bool {
        left.description == right.description
    }
}
