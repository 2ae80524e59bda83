// SPDX-License-Identifier: Apache-2.0
/// The CORS protocol's fields of a response (Fetch §3.3).
public enum CrossOrigin: Sendable, Equatable {
    /// No fields: the resource does not support CORS.
    case unknown
    /// The resource supports CORS, and this request's origin is not allowed.
    case refused
    /// Pages of this origin may read the response; the request's value, byte for byte.
    case allowed([UInt8])

    /// Compares the request's Origin field with a list of origins, which is never `*` or `null`.
    ///
    /// Compared as bytes. A browser sends one field; two count as none.
    public init(_ request: borrowing Request, _ bytes: Span<UInt8>, allowed: [[UInt8]]) {
        self = .unknown
        guard !allowed.isEmpty else { return }
        self = .refused
        guard let origin = request.only("origin", in: bytes) else { return }
        for candidate in allowed where Self.equal(bytes, origin, candidate) {
            self = .allowed(candidate)
        }
    }

    /// Whether the request is a CORS-preflight request.
    public static func isPreflight(_ request: borrowing Request, _ bytes: Span<UInt8>) -> Bool {
        request.method == .options
            && request.only("access-control-request-method", in: bytes) != nil
    }

    /// How long a browser keeps the answer to a preflight request: Chromium keeps none for longer
    /// than two hours, and a changed configuration should not take that long.
    private static let preflightSeconds = 600
    /// The methods and fields of a page's token request that need a preflight.
    private static let preflight = [
        ("Access-Control-Allow-Methods", "POST"),
        ("Access-Control-Allow-Headers", "Authorization, Content-Type"),
        ("Access-Control-Max-Age", "\(preflightSeconds)"),
    ]

    /// Adds the fields to a response.
    ///
    /// Credentials of the browser (cookies, client certificates) are not allowed: a page
    /// authenticates in its requests.
    public func addFields(to response: inout Response, isPreflight: Bool = false) {
        switch self {
        case .unknown: return
        case .refused: break
        case .allowed(let origin):
            response.add("Access-Control-Allow-Origin", origin)
            guard isPreflight else { break }
            for (name, value) in Self.preflight { response.add(name, value) }
        }
        // Separate cache entries for each origin.
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
