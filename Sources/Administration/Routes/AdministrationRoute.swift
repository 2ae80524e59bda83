// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Reactor
internal import Storage
internal import Text

/// One thing that administrators can ask for.
///
/// With the role that may, the content and the answers; `openapi.json` is written from these.
struct AdministrationRoute: Sendable {
    /// The content that a route takes.
    enum Content: Sendable, Equatable {
        /// None; what comes is not looked at.
        case none
        /// A JSON object by this schema; empty content is none where it is optional.
        case json(schema: String, isOptional: Bool = false)
        /// A JSON merge patch (RFC 7396) of an object by this schema.
        case mergePatch(schema: String)
        /// Certificates as a file has them.
        case certificate
        /// A few bytes that the action reads, with or without a media type.
        case any(schema: String)
    }

    /// An answer to a good request.
    struct Success: Sendable, Equatable {
        let status: Int
        /// The name of the content's schema; nil without content.
        var schema: String?
        var contentType: Response.ContentType = .json
        /// Whether the answer has an ETag.
        var isTagged = false

        init(
            _ status: Int,
            _ schema: String? = nil,
            _ contentType: Response.ContentType = .json,
            isTagged: Bool = false
        ) {
            self.status = status
            self.schema = schema
            self.contentType = contentType
            self.isTagged = isTagged
        }
    }

    /// How a route is carried out.
    enum Work: Sendable {
        /// At once, on the listener's thread: never blocks.
        case now(@Sendable (AdministrationRequest) throws -> Response)
        /// By a worker that asks the store.
        case store(@Sendable (AdministrationRequest) throws -> Response)
        /// By a worker that may wait for the network.
        case slow(@Sendable (AdministrationRequest) throws -> Response)
        /// The emergency switch: begun at once, and then written by the worker of switches; also
        /// after its late answer where it lasts.
        case switching(
            lasts: Bool,
            @Sendable (AdministrationRequest) -> (work: @Sendable () -> Response, late: Response)
        )
        /// One of the others, by the request: chosen on the listener's thread, and never blocks.
        case chosen(@Sendable (AdministrationRequest) -> Work)
    }

    let method: HTTPMethod
    /// The pattern, such as `/clients/{client_id}`.
    let path: String
    /// The least role; nil where no token is asked for.
    let role: AdministratorRole?
    /// For people.
    let summary: String
    /// The parameters of the query; nil where the action looks at them itself.
    var query: [QueryParameter]? = []
    var content = Content.none
    /// Whether If-Match counts.
    var isConditional = false
    let successes: [Success]
    /// Statuses of problems, besides those that every such route has.
    var problems: [Int] = []
    let work: Work

    /// Of `Content.any`: rules of faults have some hundred bytes.
    static let shortBytesMax = 4096

    /// The media types of a certificate's file: PEM, DER and PKCS #7, by the names that programs
    /// give them.
    static let certificateTypes = [
        "application/pem-certificate-chain", "application/x-pem-file", "application/pkix-cert",
        "application/x-x509-ca-cert", "application/pkcs7-mime", "application/octet-stream",
        "text/plain",
    ]

    /// The media types that the content may have; nil where they do not matter.
    var mediaTypes: [String]? {
        switch content {
        case .none, .any: nil
        case .json: ["application/json"]
        case .mergePatch: ["application/merge-patch+json"]
        case .certificate: Self.certificateTypes
        }
    }

    /// Every status that the route may answer with, in order.
    var statuses: [Int] {
        var statuses = Set(successes.map(\.status) + problems)
        // 400 for the query, 403 for the role or a page elsewhere, 414 and 431 for long requests.
        statuses.formUnion([400, 403, 414, 431])
        if role != nil { statuses.insert(401) }
        if content != .none { statuses.insert(413) }
        if mediaTypes != nil { statuses.insert(415) }
        if isConditional { statuses.insert(412) }
        if path.contains("{") { statuses.insert(404) }
        if case .now = work { return statuses.sorted() }
        statuses.formUnion([500, 503, 507])
        return statuses.sorted()
    }
}

/// A request of an administrator, routed to its action.
struct AdministrationRequest: Sendable {
    /// The one who asks; nil where the route asks for no token.
    let administrator: Administrator?
    /// The values of the route pattern's parameters, in their order.
    let parameters: [String]
    let query: QueryValues
    let received: LocalRequest

    /// The author of what the request changes.
    var author: Author { (administrator ?? .first).author }
    /// The content; empty without any.
    var content: [UInt8] { received.content }
    /// The value of the first parameter of the route's pattern.
    var name: String { parameters[0] }

    /// The content as a JSON object; throws where it is none.
    func object() throws(ProblemDetails) -> [String: JSONValue] {
        guard case .object(let members) = try json() else {
            throw .bad(nil, "The content is not a JSON object.", "Send one.")
        }
        return members
    }

    /// The content as the document of a record, a JSON object.
    func document() throws(ProblemDetails) -> JSONValue { .object(try object()) }

    /// The content as JSON, read strictly.
    func json() throws(ProblemDetails) -> JSONValue {
        do throws(JSONError) {
            return try JSONDocument(content).value
        } catch {
            throw .bad(nil, "The content is not JSON: \(error).", "Send one JSON value, in UTF-8.")
        }
    }

    /// Throws 412 unless the record with `tag`, nil for none, may be changed.
    func require(_ tag: RecordTag?) throws(ProblemDetails) {
        guard received.ifMatch.allowsChange(of: tag?.text), !received.ifNoneMatch.names(tag?.text)
        else { throw .preconditionFailed }
    }
}

/// The entity tag of a record (RFC 9110 §8.8.3): another one with each change.
///
/// With the time of its making, because the versions of a record that is made again begin again.
struct RecordTag: Sendable, Equatable {
    let text: String

    private init(_ made: Int64, _ version: Int64) {
        text = "\"\(made)-\(version)\""
    }

    init(_ client: ClientRecord) { self.init(client.createdAt, client.version) }
    init(_ user: UserRecord) { self.init(user.createdAt, user.version) }
    init(_ set: TrustSetRecord) { self.init(set.created, set.version) }
    init(_ issuer: IssuerRecord) { self.init(issuer.created, issuer.version) }
}

extension Response {
    /// An answer with JSON for people and programs.
    static func json(_ value: JSONValue, status: Int = 200, tag: RecordTag? = nil) -> Response {
        var response = Response(status: status, Array(value.indentedText.utf8))
        if let tag { response.add("ETag", tag.text) }
        return response
    }

    /// 204, with the tag of what is there now.
    static func done(tag: RecordTag? = nil) -> Response {
        var response = Response(status: 204)
        if let tag { response.add("ETag", tag.text) }
        return response
    }

    /// The answer to a look at a record: 304 where If-None-Match names it (RFC 9110 §13.1.2).
    static func looked(
        _ value: JSONValue,
        _ tag: RecordTag,
        for request: AdministrationRequest
    ) -> Response {
        guard request.received.ifNoneMatch.names(tag.text) else { return json(value, tag: tag) }
        var response = Response(status: 304)
        response.add("ETag", tag.text)
        return response
    }

    /// 201 with the address of what was made.
    static func made(_ value: JSONValue, at path: [String], tag: RecordTag?) -> Response {
        var response = json(value, status: 201, tag: tag)
        response.add("Location", "/" + path.map(PercentEncoding.encode).joined(separator: "/"))
        return response
    }
}
