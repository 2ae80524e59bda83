// SPDX-License-Identifier: Apache-2.0
package import Cryptography
package import HTTP
package import Reactor

/// The answers of a local HTTP service: who may ask, and what comes of a request.
///
/// Called on the service's thread alone, which nothing here may block.
package protocol LocalHTTPHandler: AnyObject {
    /// The one who asks, and for what, as the head of a request says.
    associatedtype Caller

    /// Judges a request by its head, before any of its content is kept.
    func admission(
        of request: borrowing Request,
        _ bytes: Span<UInt8>,
        from peer: LocalPeer
    ) -> LocalAdmission<Caller>

    /// Answers a request that was admitted.
    func reply(to request: LocalRequest, of caller: Caller) -> LocalReply

    /// The answer where the service itself refuses, by this status; `reason` is for the log.
    func refusal(status: Int, reason: String, of peer: PeerAddress) -> Response

    /// Called once a second.
    func tick(now: UInt64)

    /// Called once, last: nobody waits for an answer any more.
    func end()
}

/// The peer of a connection, as far as the connection itself shows it.
package struct LocalPeer: Sendable {
    package let address: PeerAddress
    /// SHA-256 of the SubjectPublicKeyInfo of the certificate that TLS has shown, possession of
    /// whose key is proven; nil without one.
    let key: Digest256?

    /// A peer at an address.
    package init(_ address: PeerAddress, key: Digest256? = nil) {
        self.address = address
        self.key = key
    }
}

/// Whether a request may go on.
package enum LocalAdmission<Caller> {
    case admitted(Caller)
    /// Answered at once; the content is not looked at.
    case refused(Response)
}

/// A request with its content, as plain values for another thread.
package struct LocalRequest: Sendable {
    /// The query, without its question mark.
    package var query: [UInt8]
    /// The content's media type in lower case, without parameters; nil where none is named.
    package var mediaType: String?
    /// If-Match.
    package var ifMatch: EntityTagCondition
    /// If-None-Match.
    package var ifNoneMatch: EntityTagCondition
    /// The content; empty without any.
    package var content: [UInt8]

    /// Whether it asks for something on a condition.
    var hasCondition: Bool { ifMatch != .absent || ifNoneMatch != .absent }

    /// A request from its parts.
    package init(
        query: [UInt8] = [],
        mediaType: String? = nil,
        ifMatch: EntityTagCondition = .absent,
        ifNoneMatch: EntityTagCondition = .absent,
        content: [UInt8] = []
    ) {
        self.query = query
        self.mediaType = mediaType
        self.ifMatch = ifMatch
        self.ifNoneMatch = ifNoneMatch
        self.content = content
    }

    /// The parts of a request that was parsed from `bytes`.
    init(_ request: borrowing Request, _ bytes: Span<UInt8>) {
        query = [UInt8](copying: bytes.extracting(request.query))
        mediaType = request.contentType.map { Self.mediaType(bytes.extracting($0)) }
        ifMatch = EntityTagCondition("if-match", request, bytes)
        ifNoneMatch = EntityTagCondition("if-none-match", request, bytes)
        content = Self.content(of: request, bytes)
    }

    private static func mediaType(_ value: Span<UInt8>) -> String {
        let text = String(decoding: [UInt8](copying: value), as: UTF8.self)
        let type = text.prefix { $0 != ";" && $0 != " " && $0 != "\t" }
        return type.lowercased()
    }

    private static func content(of request: borrowing Request, _ bytes: Span<UInt8>) -> [UInt8] {
        guard !request.bodyPieces.isEmpty else {
            return [UInt8](copying: bytes.extracting(request.body))
        }
        var content: [UInt8] = []
        for piece in request.bodyPieces { content.append(contentsOf: bytes.extracting(piece)) }
        return content
    }
}

/// An answer, or the work that leads to one.
package enum LocalReply {
    case now(Response)
    /// Work that blocks: a thread of the pool runs it, in the order of the requests, while the
    /// service goes on. The last is the answer where the work takes too long, or where the pool has
    /// no room; work that has not begun by then never does, and work that has goes on.
    case later(@Sendable () -> Response, on: WorkerPool, else: Response)
    /// Work that is to be done whenever its turn comes, also after the last answer.
    case whenever(@Sendable () -> Response, on: WorkerPool, else: Response)
}
