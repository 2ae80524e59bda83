// SPDX-License-Identifier: Apache-2.0
/// A response without its framing: status, fields and content (RFC 9110 §6, §15).
///
/// A value that allocates: answers of the token endpoint that succeed are written by
/// `ResponseWriter.appendSuccess` instead.
public struct Response: Sendable, Equatable {
    /// The status code, three digits.
    public var status: Int
    /// The content; a response without any has no Content-Type.
    public var content: [UInt8]
    /// The media type of the content.
    public var contentType: ContentType
    /// The Cache-Control policy.
    public var caching = Caching.noStore
    /// Further fields in the order in which they are sent; a name may stand several times.
    public private(set) var fields: [Field] = []

    /// A media type as it stands in Content-Type (RFC 9110 §8.3).
    public struct ContentType: Sendable, Equatable {
        /// The field's value.
        public let value: String

        /// Takes the field's value, such as `text/css`.
        public init(_ value: String) {
            self.value = value
        }

        /// `application/json` (RFC 8259).
        public static let json = ContentType("application/json")
        /// A signed introspection response (RFC 9701 §5).
        public static let tokenIntrospection = ContentType(
            "application/token-introspection+jwt"
        )
        /// Prometheus' text format.
        public static let metrics = ContentType("text/plain; version=0.0.4; charset=utf-8")
        /// Problem details (RFC 9457).
        public static let problem = ContentType("application/problem+json")
        /// A page for people.
        public static let html = ContentType("text/html; charset=utf-8")
        /// Text for people.
        public static let text = ContentType("text/plain; charset=utf-8")
    }

    /// The Cache-Control of a response (RFC 9111 §5.2).
    public enum Caching: Sendable, Equatable {
        /// Not to be stored; RFC 6749 §5.1 wants this of tokens.
        case noStore
        /// Public, readable by pages of all origins, and fresh for a minute.
        case everybody
        /// Kept by one browser for as long as it likes: the address changes with the content.
        case immutable
    }

    /// One field beside those that framing, caching and content have.
    public struct Field: Sendable, Equatable {
        /// The name, a token.
        public let name: String
        /// The value, without control characters.
        public let value: [UInt8]
    }

    /// A response with `status`, and with `content` of the type `contentType`.
    public init(status: Int, _ content: [UInt8] = [], _ contentType: ContentType = .json) {
        self.status = status
        self.content = content
        self.contentType = contentType
    }

    /// A redirection (RFC 9110 §15.4) to `location`, a URI reference.
    public static func redirection(to location: String, status: Int = 303) -> Response {
        var response = Response(status: status)
        response.add("Location", location)
        return response
    }

    /// 405 with the methods that the resource has (RFC 9110 §15.5.6).
    public static func methodNotAllowed(_ allowed: [HTTPMethod]) -> Response {
        var response = Response(status: 405)
        response.add("Allow", allowed.map(\.name).joined(separator: ", "))
        return response
    }

    /// Adds a field behind the existing ones.
    ///
    /// Control characters are removed from the value, against response splitting (RFC 9110 §5.5).
    /// `name` is a literal of the program, a token, and never a field that framing writes.
    public mutating func add(_ name: String, _ value: String) {
        add(name, Array(value.utf8))
    }

    /// Adds a field, as `add(_:_:)` with a text does.
    public mutating func add(_ name: String, _ value: [UInt8]) {
        precondition(Self.isFieldName(name), "\(name) is no name of a field to add")
        fields.append(Field(name: name, value: value.filter(Characters.isText)))
    }

    /// Adds a challenge (RFC 9110 §11.6.1) of the scheme `scheme` for `realm`.
    public mutating func addChallenge(_ scheme: String, realm: String) {
        var value = Array("\(scheme) realm=".utf8)
        ResponseWriter.appendQuoted(realm, to: &value)
        add("WWW-Authenticate", value)
    }

    /// Adds Retry-After in seconds (RFC 9110 §10.2.3).
    public mutating func addRetryAfter(_ seconds: Int) {
        add("Retry-After", "\(max(0, seconds))")
    }

    /// Fields that `ResponseWriter` alone writes: a second one would change the framing, and with
    /// it the beginning of the next response (RFC 9112 §11.1).
    private static let framing = [
        "connection", "content-length", "content-type", "transfer-encoding", "date",
        "cache-control", "pragma",
    ]

    private static func isFieldName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy(Characters.isToken)
            && !framing.contains(name.lowercased())
    }
}

/// How a response is framed for its request (RFC 9112 §6.3, §9).
public struct ResponseFraming: Sendable, Equatable {
    /// Whether the request is HEAD: the fields of GET's answer, without its content.
    public var isHead: Bool
    /// Whether more requests may follow on this connection.
    public var keepsAlive: Bool
    /// Whether to announce keep-alive, to a client of HTTP/1.0.
    public var announcesKeepAlive: Bool

    /// A framing from its parts; without any, for a request of HTTP/1.1 that is not HEAD.
    public init(isHead: Bool = false, keepsAlive: Bool = true, announcesKeepAlive: Bool = false) {
        self.isHead = isHead
        self.keepsAlive = keepsAlive
        self.announcesKeepAlive = announcesKeepAlive
    }

    /// The framing that `request` asks for.
    public init(for request: borrowing Request) {
        isHead = request.isHead
        keepsAlive = request.keepsAlive
        announcesKeepAlive = request.mustAnnounceKeepAlive
    }

    /// For the last answer of a connection: one whose request could not be read.
    public static let closing = ResponseFraming(keepsAlive: false)
}
