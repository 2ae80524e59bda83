// SPDX-License-Identifier: Apache-2.0
internal import Text

@testable import OAuth

/// The first byte is the kind of a subject; then come the claims of a token as JSON, or, with the
/// highest bit of the first byte, the content of a sealed token.
///
/// Promises: claims that are taken are within their bounds, have an identity for each actor, and
/// are read again as they were written, by a JWT's reader and by that of sealed tokens; a `jti` is
/// taken for no more than its length says.
enum ActorChainTarget {
    static func test(_ input: [UInt8]) {
        guard let first = input.first else { return }
        let rest = Array(input.dropFirst())
        identifier(rest)
        let kind = SubjectKind(rawValue: first & 0x7f)
        guard first & 0x80 == 0 else {
            guard let read = ExchangedClaims(kind: first & 0x7f, sealed: rest) else { return }
            claim(read.subjectKind == kind, "the kind is the one that was written")
            return check(read)
        }
        guard let kind, let value = JSONValue(rest.span) else { return }
        guard let claims = ExchangedClaims(kind, of: value) else {
            claim(
                value["act"] != nil || value["may_act"] != nil,
                "only these two can be malformed"
            )
            return
        }
        claim((claims.actors == nil) == (value["act"] == nil), "no actor is left out or made up")
        claim(
            (claims.permittedActor == nil) == (value["may_act"] == nil),
            "nor is the party that may act"
        )
        check(claims)
    }

    private static func check(_ claims: ExchangedClaims) {
        if let actors = claims.actors {
            claim((1...ActorChain.depthMax).contains(actors.depth), "a chain has a depth")
            claim(actors.json.count <= ActorChain.bytesMax, "and a length")
            claim(
                JSONValue(actors.json.span).flatMap { ActorChain($0) } == actors,
                "a chain is read as it was written"
            )
            let newer = actors.acted(by: actors.newest)
            claim(newer == nil || newer?.depth == actors.depth + 1, "a newer actor is one more")
            claim(actors.depth < ActorChain.depthMax || newer == nil, "the fifth is too many")
        }
        let again = ExchangedClaims(kind: claims.subjectKind.rawValue, sealed: claims.sealed)
        claim(again == claims, "a sealed token has the same claims")
    }

    private static func identifier(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        let count = Base64URL.decode(bytes.span)?.count
        guard let parts = IdentifierParts(text) else {
            return claim(count == 17 || count == 33, "only a kind can be unknown")
        }
        claim((parts.grantID != nil) == (count == 32 || count == 33), "a grant has its length")
        claim((parts.subjectKind != nil) == (count == 17 || count == 33), "and so has a kind")
    }
}
