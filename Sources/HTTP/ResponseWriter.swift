// SPDX-License-Identifier: Apache-2.0
/// Appends responses to a buffer (RFC 9112).
///
/// `appendSuccess` and `appendContinue` allocate nothing once the buffer has grown.
public enum ResponseWriter {
    private static let success = Array("HTTP/1.1 200 OK\r\n".utf8)
    private static let jsonType = Array("Content-Type: application/json\r\n".utf8)
    private static let noStore = Array("Cache-Control: no-store\r\nPragma: no-cache\r\n".utf8)
    private static let jsonNoStore = jsonType + noStore
    private static let shared = Array(
        "Cache-Control: public, max-age=60\r\nAccess-Control-Allow-Origin: *\r\n".utf8
    )
    private static let immutable = Array(
        "Cache-Control: private, max-age=31536000, immutable\r\n".utf8
    )
    private static let lengthName = Array("Content-Length: ".utf8)
    private static let lineEnd = Array("\r\n".utf8)
    private static let close = Array("Connection: close\r\n".utf8)
    private static let keepAlive = Array("Connection: keep-alive\r\n".utf8)
    private static let continueResponse = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    /// Appends the interim response 100, for which a peer waits before it sends its content.
    public static func appendContinue(to out: inout [UInt8]) {
        out.append(contentsOf: continueResponse)
    }

    /// Appends the usual response: 200, JSON, not to be stored (RFC 6749 §5.1).
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

    /// Appends a response, framed for its request.
    ///
    /// `date` is the line of the Date field, or empty.
    public static func append(
        _ response: Response,
        _ framing: ResponseFraming,
        date: [UInt8],
        to out: inout [UInt8]
    ) {
        out.append(contentsOf: "HTTP/1.1 ".utf8)
        appendNumber(response.status, to: &out)
        out.append(UInt8(ascii: " "))
        out.append(contentsOf: reason(response.status).utf8)
        out.append(contentsOf: lineEnd)
        out.append(contentsOf: date)
        // RFC 9110 §8.6: 204 must not have a length, 304 would need that of the 200.
        let hasContent = response.status != 204 && response.status != 304
        if hasContent, !response.content.isEmpty {
            out.append(contentsOf: "Content-Type: ".utf8)
            out.append(contentsOf: response.contentType.value.utf8)
            out.append(contentsOf: lineEnd)
        }
        out.append(contentsOf: caching(response.caching))
        for field in response.fields {
            out.append(contentsOf: field.name.utf8)
            out.append(contentsOf: ": ".utf8)
            out.append(contentsOf: field.value)
            out.append(contentsOf: lineEnd)
        }
        appendPersistence(framing.keepsAlive, framing.announcesKeepAlive, to: &out)
        if hasContent { appendLength(response.content.count, to: &out) }
        out.append(contentsOf: lineEnd)
        if hasContent, !framing.isHead { out.append(contentsOf: response.content) }
    }

    private static func caching(_ caching: Response.Caching) -> [UInt8] {
        switch caching {
        case .noStore: noStore
        case .everybody: shared
        case .immutable: immutable
        }
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

    /// The reason phrase; empty where there is none, which RFC 9112 §4 allows.
    public static func reason(_ status: Int) -> String {
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
        case 409: "Conflict"
        case 412: "Precondition Failed"
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
