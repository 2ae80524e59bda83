// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import OAuth
internal import Telemetry

/// The answer to an exchange; HTTP frames it.
enum Answer {
    /// 200 with `Endpoints.content`, a buffer that the next answer overwrites: the hot path's
    /// answer.
    case content
    /// Any other answer.
    case response(Response)
    /// No answer yet: the request waits for another thread.
    case parked

    var isParked: Bool {
        if case .parked = self { true } else { false }
    }
}

/// One endpoint of the listeners: its place, its methods and its handler.
///
/// An object, so that finding one copies nothing.
final class Endpoint: Sendable {
    /// Answers one complete request, which is ranges into the bytes.
    typealias Handler =
        @Sendable (Endpoints, borrowing Request, Span<UInt8>, HTTP1Session) -> Answer

    /// The path, as it is matched.
    enum Place: Sendable, Equatable {
        /// At this path below the issuer, below the URL of another listener that the metadata
        /// names, and below the root: a proxy before the server may leave a path as it is, or strip
        /// its prefix.
        case everyURL(String)
        /// At this path alone.
        case root(String)
        /// The well-known path of the issuer's metadata (RFC 8414 §3.1).
        case wellKnown
    }

    let place: Place
    /// Its path below the issuer; empty for the well-known one.
    let path: String
    /// The allowed methods, as Allow names them.
    let methods: [HTTPMethod]
    /// The label of its latency metric.
    let measured: MeasuredEndpoint
    /// Whether pages of a listener's origins may use it.
    let isForPages: Bool
    let handler: Handler

    /// An endpoint from its parts.
    init(
        _ place: Place,
        _ methods: [HTTPMethod],
        measured: MeasuredEndpoint = .other,
        isForPages: Bool = false,
        handler: @escaping Handler
    ) {
        self.place = place
        path =
            switch place {
            case .everyURL(let path), .root(let path): path
            case .wellKnown: ""
            }
        self.methods = methods
        self.measured = measured
        self.isForPages = isForPages
        self.handler = handler
    }

    /// All endpoints, in the order in which each request compares paths: the token endpoint first.
    static let all = [
        Endpoint(
            .everyURL(ServerMetadata.tokenPath),
            [.post],
            measured: .token,
            isForPages: true
        ) { $0.clients.answer(.token, $1, $2, $3) },
        Endpoint(
            .everyURL(ServerMetadata.introspectionPath),
            [.post],
            measured: .introspection
        ) { $0.clients.answer(.introspection(.asked(by: $1, $2)), $1, $2, $3) },
        Endpoint(.everyURL(ServerMetadata.revocationPath), [.post]) {
            $0.clients.answer(.revocation, $1, $2, $3)
        },
        Endpoint(.everyURL(ServerMetadata.pushedRequestPath), [.post]) {
            $0.clients.answer(.pushedRequest, $1, $2, $3)
        },
        Endpoint(.everyURL(ServerMetadata.authorizationPath), [.get, .head, .post]) {
            $0.pages.authorize($1, $2, $3)
        },
        Endpoint(.everyURL(ServerMetadata.signOutPath), [.get, .head, .post]) {
            $0.pages.signOut($1, $2, $3)
        },
        Endpoint(.everyURL(ServerMetadata.keysPath), [.get, .head]) {
            $0.documents.keySet($1, $2, $3)
        },
        Endpoint(.root("/health"), [.get, .head]) { $0.documents.health($1, $2, $3) },
        Endpoint(.root("/ready"), [.get, .head]) { $0.documents.ready($1, $2, $3) },
        Endpoint(.wellKnown, [.get, .head]) { $0.documents.metadata($1, $2, $3) },
    ]
}

/// The routing table.
///
/// Paths are compared byte for byte as they were sent, in the order of the endpoints: no request of
/// the hot path pays for a better way.
package struct EndpointTable: Sendable {
    private struct Entry: Sendable {
        let path: [UInt8]
        let endpoint: Endpoint
    }

    private let entries: [Entry]

    /// The endpoints below the path of `issuer`, and below those of `others`: base URLs that the
    /// metadata announces too.
    package init(issuer: String, others: [String] = []) {
        self.init(Endpoint.all, issuer: issuer, others: others)
    }

    /// The same of other endpoints.
    init(_ endpoints: [Endpoint], issuer: String, others: [String]) {
        let issuerPath = ServerMetadata.path(of: issuer)
        var bases = [""]
        for base in [issuerPath] + others.map(ServerMetadata.path) where !bases.contains(base) {
            bases.append(base)
        }
        entries = endpoints.flatMap { endpoint in
            let paths =
                switch endpoint.place {
                case .everyURL(let path): bases.map { $0 + path }
                case .root(let path): [path]
                case .wellKnown: ServerMetadata.documentPaths(below: issuerPath)
                }
            return paths.map { Entry(path: Array($0.utf8), endpoint: endpoint) }
        }
    }

    /// The endpoint that a request is for; nil where nothing is.
    func endpoint(of request: borrowing Request, _ bytes: Span<UInt8>) -> Endpoint? {
        for entry in entries where request.pathEquals(entry.path, in: bytes) {
            return entry.endpoint
        }
        return nil
    }
}
