// SPDX-License-Identifier: Apache-2.0
/// What a response says about pages of other origins (Fetch §3.3, CORS protocol).
public enum CrossOrigin: Sendable, Equatable {
    /// Nothing: the resource knows no other origins.
    case unknown
    /// Origins are told apart here, and this request's is none of those that may read.
    case refused
    /// Pages of this origin may read; it is what the request sent, byte for byte.
    case allowed([UInt8])

    /// Judges the request's Origin field by a list of origins, which is never `*` or `null`.
    ///
    /// Compared as bytes. A browser sends one field; with two, none counts.
    public init(_ request: borrowing Request, _ bytes: Span<UInt8>, allowed: [[UInt8]]) {
        self = .unknown
        guard !allowed.isEmpty else { return }
        self = .refused
        guard let origin = request.only("origin", in: bytes) else { return }
        for candidate in allowed where Self.equal(bytes, origin, candidate) {
            self = .allowed(candidate)
        }
    }

    /// Whether the request asks beforehand what a page may send (CORS-preflight request).
    public static func isPreflight(_ request: borrowing Request, _ bytes: Span<UInt8>) -> Bool {
        request.method == .options
            && request.only("access-control-request-method", in: bytes) != nil
    }

    /// How long a browser keeps the answer to a preflight request: Chromium keeps none for longer
    /// than two hours, and a changed configuration should not take that long.
    private static let preflightSeconds = 600
    /// What a token request of a page has beyond the fields that every page may send.
    private static let preflight = [
        ("Access-Control-Allow-Methods", "POST"),
        ("Access-Control-Allow-Headers", "Authorization, Content-Type"),
        ("Access-Control-Max-Age", "\(preflightSeconds)"),
    ]

    /// Adds the fields to a response.
    ///
    /// Credentials of the browser (cookies, client certificates) are not allowed: a page has what
    /// its requests need.
    public func addFields(to response: inout Response, isPreflight: Bool = false) {
        switch self {
        case .unknown: return
        case .refused: break
        case .allowed(let origin):
            response.add("Access-Control-Allow-Origin", origin)
            guard isPreflight else { break }
            for (name, value) in Self.preflight { response.add(name, value) }
        }
        // Caches must not give one origin's answer to another's page.
        response.add("Vary", "Origin")
    }

    private static func equal(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>,
        _ origin: [UInt8]
    ) -> Bool {
        range.count == origin.count
            && origin.indices.allSatisfy { bytes[range.lowerBound + $0] == origin[$0] }
    }
}
