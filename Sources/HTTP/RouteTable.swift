// SPDX-License-Identifier: Apache-2.0
/// Maps a method and a path to an action; modules add theirs to one table.
///
/// Paths are compared as they were sent, segment by segment, in the order in which routes were
/// added: linear in the routes. Only parameters are decoded.
public struct RouteTable<Action: Sendable>: Sendable {
    /// The result of a look-up.
    public enum Match {
        /// The action, with the values of its parameters in their order.
        case action(Action, parameters: [String])
        /// The path has routes, with these methods only (RFC 9110 §15.5.6).
        case otherMethods([HTTPMethod])
        /// The path has no route.
        case nothing
    }

    private enum Segment: Sendable {
        case literal([UInt8])
        case parameter
    }

    private struct Route: Sendable {
        let method: HTTPMethod
        let segments: [Segment]
        let action: Action
    }

    private var routes: [Route] = []

    /// The characters that RFC 3986 §3.3 allows unescaped in a segment, besides the unreserved
    /// ones.
    private static var safe: String { "!$&'()*+,;=:@" }

    /// A table without routes.
    public init() {}

    /// Adds an action for the method on `pattern`, such as `/clients/{client_id}/disable`.
    ///
    /// A segment in braces is a parameter: UTF-8, percent-encoded, and never empty. A route of GET
    /// is one of HEAD too (RFC 9110 §9.3.2).
    public mutating func add(_ method: HTTPMethod, _ pattern: String, _ action: Action) {
        precondition(pattern.hasPrefix("/"), "a pattern begins with a slash")
        let segments = pattern.utf8.dropFirst().split(
            separator: UInt8(ascii: "/"),
            omittingEmptySubsequences: false
        ).map { segment in
            let isParameter =
                segment.first == UInt8(ascii: "{") && segment.last == UInt8(ascii: "}")
            return isParameter ? Segment.parameter : .literal(Array(segment))
        }
        routes.append(Route(method: method, segments: segments, action: action))
    }

    /// Looks for the route of a request.
    public func match(_ request: borrowing Request, _ bytes: Span<UInt8>) -> Match {
        match(request.method, path: [UInt8](copying: bytes.extracting(request.path)))
    }

    /// Looks for the route of a method and a path.
    public func match(_ method: HTTPMethod, path: [UInt8]) -> Match {
        guard path.first == UInt8(ascii: "/") else { return .nothing }
        let sent = path.dropFirst().split(
            separator: UInt8(ascii: "/"),
            omittingEmptySubsequences: false
        )
        var others: [HTTPMethod] = []
        for route in routes {
            guard let parameters = Self.parameters(route.segments, sent) else { continue }
            if route.method == method || route.method == .get && method == .head {
                return .action(route.action, parameters: parameters)
            }
            others.append(route.method)
            if route.method == .get { others.append(.head) }
        }
        return others.isEmpty ? .nothing : .otherMethods(others)
    }

    private static func parameters(
        _ segments: [Segment],
        _ sent: [ArraySlice<UInt8>]
    ) -> [String]? {
        guard segments.count == sent.count else { return nil }
        var parameters: [String] = []
        for (segment, bytes) in zip(segments, sent) {
            switch segment {
            case .literal(let wanted): guard wanted.elementsEqual(bytes) else { return nil }
            case .parameter:
                guard let text = decoded(Array(bytes)) else { return nil }
                parameters.append(text)
            }
        }
        return parameters
    }

    private static func decoded(_ segment: [UInt8]) -> String? {
        guard let decoded = PercentEncoding.decode(segment.span, safe: safe), !decoded.isEmpty
        else { return nil }
        return String(validating: decoded, as: UTF8.self)
    }
}
