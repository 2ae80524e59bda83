// SPDX-License-Identifier: Apache-2.0
/// Appends responses to a buffer.
///
/// Nothing is allocated once the buffer has grown.
public enum ResponseWriter {
    /// The methods of a resource, for 405 (RFC 9110 §15.5.6).
    public enum Allow: Sendable {
        case post
        case getAndHead
    }

    /// What a content is, for Content-Type.
    public enum ContentType: Sendable {
        case json
        /// Prometheus text format 0.0.4.
        case metrics
    }

    /// A response as it differs from the ordinary one.
    public struct Head: Sendable {
        /// The status code, 200 to 599.
        public var status: Int
        /// What the resource can do, for 405.
        public var allow: Allow?
        /// The realm of a Basic challenge.
        public var challenge: String?
        /// The realm of a Bearer challenge (RFC 6750 §3).
        public var bearerChallenge: String?
        /// What the content is.
        public var contentType = ContentType.json
        /// Seconds.
        public var retryAfter: Int?
        /// Whether anybody may keep and read it from any origin; all else is not to be stored.
        public var isPublic = false
        /// The entity tag with its quotation marks (RFC 9110 §8.8.3).
        public var entityTag: [UInt8]?
        /// What pages of other origins may do with it.
        public var crossOrigin = CrossOrigin.unknown
        /// Whether it answers a preflight request.
        public var isPreflight = false
        /// Whether another request may follow on the connection.
        public var keepsAlive = true
        /// Whether that is said: peers of HTTP/1.0 do not expect it (RFC 9112 §9.3).
        public var announcesKeepAlive = false
        /// Whether it is said that no content coding is taken, for 415 (RFC 9110 §12.5.3).
        public var takesNoCoding = false
        /// Whether the content is left out though its length is told.
        public var isHead = false

        /// Makes the head of a response that is not to be stored and keeps the connection.
        public init(status: Int) {
            self.status = status
        }
    }

    private static let success = Array("HTTP/1.1 200 OK\r\n".utf8)
    private static let jsonType = Array("Content-Type: application/json\r\n".utf8)
    private static let metricsType = Array(
        "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n".utf8
    )
    private static let noStore = Array("Cache-Control: no-store\r\nPragma: no-cache\r\n".utf8)
    private static let jsonNoStore = jsonType + noStore
    private static let shared = Array(
        "Cache-Control: public, max-age=60\r\nAccess-Control-Allow-Origin: *\r\n".utf8
    )
    private static let lengthName = Array("Content-Length: ".utf8)
    private static let lineEnd = Array("\r\n".utf8)
    private static let close = Array("Connection: close\r\n".utf8)
    private static let keepAlive = Array("Connection: keep-alive\r\n".utf8)
    private static let continueResponse = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    /// Appends the interim response that a peer waits for before it sends its content.
    public static func appendContinue(to out: inout [UInt8]) {
        out.append(contentsOf: continueResponse)
    }

    /// Appends the ordinary response: 200, JSON, not to be stored (RFC 6749 §5.1).
    ///
    /// `date` is a whole line, or empty.
    public static func appendSuccess(
        _ json: [UInt8],
        date: [UInt8],
        keepsAlive: Bool,
        announcesKeepAlive: Bool = false,
        to out: inout [UInt8]
    ) {
        out.append(contentsOf: success)
        out.append(contentsOf: date)
        out.append(contentsOf: jsonNoStore)
        appendPersistence(keepsAlive, announcesKeepAlive, to: &out)
        appendLength(json.count, to: &out)
        out.append(contentsOf: lineEnd)
        out.append(contentsOf: json)
    }

    /// Appends any response; `json` may be empty, and is left out with 204 and 304.
    ///
    /// `date` is a whole line, or empty.
    public static func append(
        _ head: Head,
        _ json: [UInt8],
        date: [UInt8],
        to out: inout [UInt8]
    ) {
        out.append(contentsOf: "HTTP/1.1 ".utf8)
        appendNumber(head.status, to: &out)
        out.append(UInt8(ascii: " "))
        out.append(contentsOf: reason(head.status).utf8)
        out.append(contentsOf: lineEnd)
        out.append(contentsOf: date)
        // RFC 9110 §8.6: 204 must not tell a length, 304 would have to tell that of the 200.
        let hasContent = head.status != 204 && head.status != 304
        if hasContent, !json.isEmpty {
            switch head.contentType {
            case .json: out.append(contentsOf: jsonType)
            case .metrics: out.append(contentsOf: metricsType)
            }
        }
        out.append(contentsOf: head.isPublic ? shared : noStore)
        appendConditions(head, to: &out)
        if hasContent { appendLength(json.count, to: &out) }
        out.append(contentsOf: lineEnd)
        if hasContent, !head.isHead { out.append(contentsOf: json) }
    }

    private static func appendConditions(_ head: Head, to out: inout [UInt8]) {
        switch head.allow {
        case .post: out.append(contentsOf: "Allow: POST\r\n".utf8)
        case .getAndHead: out.append(contentsOf: "Allow: GET, HEAD\r\n".utf8)
        case nil: break
        }
        for (scheme, realm) in [("Basic", head.challenge), ("Bearer", head.bearerChallenge)] {
            guard let realm else { continue }
            out.append(contentsOf: "WWW-Authenticate: \(scheme) realm=".utf8)
            appendQuoted(realm, to: &out)
            out.append(contentsOf: lineEnd)
        }
        if let seconds = head.retryAfter {
            out.append(contentsOf: "Retry-After: ".utf8)
            appendNumber(seconds, to: &out)
            out.append(contentsOf: lineEnd)
        }
        if let tag = head.entityTag {
            out.append(contentsOf: "ETag: ".utf8)
            out.append(contentsOf: tag)
            out.append(contentsOf: lineEnd)
        }
        head.crossOrigin.append(isPreflight: head.isPreflight, to: &out)
        if head.takesNoCoding { out.append(contentsOf: "Accept-Encoding: identity\r\n".utf8) }
        appendPersistence(head.keepsAlive, head.announcesKeepAlive, to: &out)
    }

    private static func appendPersistence(
        _ keepsAlive: Bool,
        _ announces: Bool,
        to out: inout [UInt8]
    ) {
        if !keepsAlive {
            out.append(contentsOf: close)
        } else if announces {
            out.append(contentsOf: keepAlive)
        }
    }

    private static func appendLength(_ count: Int, to out: inout [UInt8]) {
        out.append(contentsOf: lengthName)
        appendNumber(count, to: &out)
        out.append(contentsOf: lineEnd)
    }

    // Empty where there is none: the phrase may be (RFC 9112 §4).
    private static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 302: "Found"
        case 303: "See Other"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        case 507: "Insufficient Storage"
        default: ""
        }
    }
}
