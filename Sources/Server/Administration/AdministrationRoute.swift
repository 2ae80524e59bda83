// SPDX-License-Identifier: Apache-2.0
internal import HTTP

/// What an administrator asks for.
enum AdministrationRoute: Equatable {
    case metrics
    case health
    /// The page of clients that begins after this one.
    case clients(after: String?)
    case client(String)
    case setEnabled(Bool, String)
    /// There is no such path.
    case nothing
    /// The path takes other methods.
    case otherMethod(ResponseWriter.Allow)
    /// The query cannot be read.
    case malformedQuery

    /// Reads a whole request's method, path and query.
    init(_ request: Request, _ bytes: Span<UInt8>) {
        let path = [UInt8](copying: bytes.extracting(request.path))
        let query = [UInt8](copying: bytes.extracting(request.query))
        self.init(request.method, path: path, query: query)
    }

    /// Paths are compared as they were sent; only a `client_id` in one is decoded.
    init(_ method: HTTPMethod, path: [UInt8], query: [UInt8] = []) {
        let segments = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard segments.count > 1, segments[0].isEmpty else {
            self = .nothing
            return
        }
        let names = segments.map { String(decoding: $0, as: UTF8.self) }
        switch (names.count, names[1]) {
        case (2, "metrics"): self = .reading(method, .metrics)
        case (2, "health"): self = .reading(method, .health)
        case (2, "clients"): self = .reading(method, Self.page(query))
        case (3, "clients"):
            self = Self.clientID(segments[2]).map { .reading(method, .client($0)) } ?? .nothing
        case (4, "clients"):
            guard let clientID = Self.clientID(segments[2]),
                names[3] == "enable" || names[3] == "disable"
            else {
                self = .nothing
                return
            }
            self =
                method == .post
                ? .setEnabled(names[3] == "enable", clientID) : .otherMethod(.post)
        default: self = .nothing
        }
    }

    private static func reading(
        _ method: HTTPMethod,
        _ route: AdministrationRoute
    ) -> AdministrationRoute {
        method == .get || method == .head ? route : .otherMethod(.getAndHead)
    }

    /// Percent-encoded UTF-8; empty is nobody's.
    private static func clientID(_ segment: ArraySlice<UInt8>) -> String? {
        // What RFC 3986 §3.3 lets stand for itself in a segment, besides the unreserved.
        let safe = "!$&'()*+,;=:@"
        let sent = Array(segment)
        guard let decoded = PercentEncoding.decode(sent.span, safe: safe),
            !decoded.isEmpty
        else { return nil }
        return String(validating: decoded, as: UTF8.self)
    }

    private static func page(_ query: [UInt8]) -> AdministrationRoute {
        var fields = FormFields()
        do throws(FormError) {
            try fields.parse(query.span)
        } catch {
            return .malformedQuery
        }
        guard let after = fields.range(named: "after") else { return .clients(after: nil) }
        return .clients(after: String(decoding: fields.bytes[after], as: UTF8.self))
    }
}
