// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Telemetry

/// The public documents: the JWK Set, the metadata, and the health of the server.
final class Documents {
    private var keySetDocument: PublicDocument
    private var metadataDocument: PublicDocument
    private var isDraining = false
    private let staleness: StoreStaleness?

    init(
        _ settings: ReactorSettings,
        keySet: PublicDocument,
        staleness: StoreStaleness? = nil
    ) {
        self.staleness = staleness
        keySetDocument = keySet
        metadataDocument = settings.metadata
    }

    /// Replaces the metadata after a reload.
    func update(_ settings: ReactorSettings) {
        metadataDocument = settings.metadata
    }

    /// Sets the JWK Set.
    func update(keySet: PublicDocument) {
        keySetDocument = keySet
    }

    /// Makes the health endpoint report that the server is draining, for load balancers.
    func drain() {
        isDraining = true
    }

    /// The public keys of signed tokens (RFC 7517 §5).
    func keySet(
        _ request: borrowing Request,
        _ bytes: Span<UInt8>,
        _: HTTP1Session
    ) -> Answer {
        document(keySetDocument, request, bytes)
    }

    /// The metadata of the authorization server, for clients (RFC 8414 §3.2).
    func metadata(
        _ request: borrowing Request,
        _ bytes: Span<UInt8>,
        _: HTTP1Session
    ) -> Answer {
        document(metadataDocument, request, bytes)
    }

    /// The health of the server: 200 while load balancers should send requests here, else 503.
    func health(_: borrowing Request, _: Span<UInt8>, _: HTTP1Session) -> Answer {
        guard isDraining else {
            return .response(Response(status: 200, Array(#"{"status":"ok"}"#.utf8)))
        }
        var response = Response(status: 503, Array(#"{"status":"draining"}"#.utf8))
        response.addRetryAfter(1)
        return .response(response)
    }

    /// Whether balancers should send requests here: 200 with `full`, or with `snapshot`, its age in
    /// seconds and the operations that are refused, while the store is away; 503 while the server
    /// drains or its registry is too old to go by.
    func ready(_: borrowing Request, _: Span<UInt8>, _: HTTP1Session) -> Answer {
        let readiness = ServerReadiness(isDraining: isDraining, staleness?.state)
        var response = Response(status: readiness.isReady ? 200 : 503, readiness.json)
        if !readiness.isReady { response.addRetryAfter(1) }
        return .response(response)
    }

    /// A document, unless the reader has it already (RFC 9110 §13.1.2).
    private func document(
        _ document: PublicDocument,
        _ request: borrowing Request,
        _ bytes: Span<UInt8>
    ) -> Answer {
        let isKnown = EntityTag.noneMatches(document.entityTag, request, bytes)
        var response = Response(status: isKnown ? 304 : 200, document.content)
        response.caching = .everybody
        response.add("ETag", document.entityTag)
        return .response(response)
    }
}

/// A public document, and its entity tag for caches.
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
