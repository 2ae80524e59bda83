// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import OAuth

/// Which path leads to which endpoint.
package struct Routes: Sendable {
    /// What a path stands for.
    enum Endpoint: Sendable {
        case token
        case introspection
        case keys
        case metadata
        case health
    }

    private let entries: [(path: [UInt8], endpoint: Endpoint)]

    /// The endpoints at the root, below the path of `issuer`, and below those of `others`: base
    /// URLs that the metadata announces too.
    ///
    /// Whatever stands before the server may leave the path as it is or take it away.
    package init(issuer: String, others: [String] = []) {
        let issuerPath = ServerMetadata.path(of: issuer)
        var bases = [""]
        for base in [issuerPath] + others.map(ServerMetadata.path) where !bases.contains(base) {
            bases.append(base)
        }
        // The token endpoint first: each request compares in this order.
        let endpoints: [(String, Endpoint)] = [
            (ServerMetadata.tokenPath, .token), (ServerMetadata.introspectionPath, .introspection),
            (ServerMetadata.keysPath, .keys),
        ]
        var all = endpoints.flatMap { path, endpoint in bases.map { ($0 + path, endpoint) } }
        all.append(("/health", .health))
        all += ServerMetadata.documentPaths(below: issuerPath).map { ($0, .metadata) }
        entries = all.map { (Array($0.0.utf8), $0.1) }
    }

    /// Where the request goes; nil where nothing is.
    func endpoint(of request: borrowing Request, _ bytes: Span<UInt8>) -> Endpoint? {
        for entry in entries where request.pathEquals(entry.path, in: bytes) {
            return entry.endpoint
        }
        return nil
    }
}

/// A document for everybody, and the tag by which readers know that it has not changed.
package struct PublicDocument: Sendable, Equatable {
    let content: [UInt8]
    /// A strong entity tag with its quotation marks: a digest of the content.
    let entityTag: [UInt8]

    /// A document with this content.
    package init(_ content: [UInt8]) {
        self.content = content
        entityTag = Array("\"\(Digest256.of(content).base64URL)\"".utf8)
    }
}
