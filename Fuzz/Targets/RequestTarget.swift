// SPDX-License-Identifier: Apache-2.0
@testable import HTTP

/// The first three bytes say where the bytes are split; the rest comes over the connection.
///
/// Promises: the result depends on the bytes alone, however they come and whatever the parser has
/// read before; every part of a request lies inside it; the bounds are kept.
enum RequestTarget {
    private static let limits = HTTPLimits(
        headerBytesMax: 512,
        targetBytesMax: 128,
        headerFieldsMax: 12,
        bodyBytesMax: 128
    )

    private enum ParseResult: Equatable {
        case complete(consumed: Int, facts: String)
        case refused(HTTPError)
        case needsHeader
        case needsBody
    }

    static func test(_ input: [UInt8]) {
        guard input.count >= 3 else { return }
        let bytes = Array(input.dropFirst(3))
        var parser = RequestParser(limits: limits)
        let whole = result(bytes, cuts: [], &parser)
        let cuts = input[..<3].map { bytes.count * Int($0) / 256 }.sorted()
        parser.reset()
        claim(result(bytes, cuts: cuts, &parser) == whole, "a split request is the same")
        if bytes.count < 200 {
            parser.reset()
            let single = result(bytes, cuts: Array(0..<bytes.count), &parser)
            claim(single == whole, "a request in single bytes is the same")
        }
        switch whole {
        case .refused(let error): claim((400...505).contains(error.status), "an error has a status")
        case .needsHeader: claim(bytes.count < limits.headerBytesMax, "a header has an end")
        case .needsBody:
            // Chunks have lines around them.
            claim(bytes.count < 64 * 1024, "a body has an end")
        case .complete(let consumed, let facts):
            claim(consumed <= bytes.count, "no more is taken than is there")
            parser.reset()
            let exact = result(Array(bytes[..<consumed]), cuts: [], &parser)
            claim(exact == whole, "what comes behind means nothing: \(facts)")
            parser.reset()
            let early = result(Array(bytes[..<(consumed - 1)]), cuts: [], &parser)
            claim(early == .needsHeader || early == .needsBody, "it is not taken before its end")
        }
    }

    private static func result(
        _ bytes: [UInt8],
        cuts: [Int],
        _ parser: inout RequestParser
    ) -> ParseResult {
        var last = ParseResult.needsHeader
        for end in cuts + [bytes.count] {
            do throws(HTTPError) {
                switch try parser.advance(bytes.span.extracting(first: end)) {
                case .complete(let consumed):
                    let facts = facts(parser.request, bytes, consumed)
                    return .complete(consumed: consumed, facts: facts)
                case .needsMoreHeader: last = .needsHeader
                case .needsBody: last = .needsBody
                }
            } catch {
                return .refused(error)
            }
        }
        return last
    }

    /// Everything that a request tells, in one line.
    private static func facts(_ request: borrowing Request, _ bytes: [UInt8], _ consumed: Int)
        -> String
    {
        func part(_ range: Range<Int>?) -> [UInt8] {
            guard let range else { return [UInt8(ascii: "-")] }
            claim(range.upperBound <= consumed, "every part lies inside the request")
            return Array(bytes[range])
        }
        let pieces = request.bodyPieces.isEmpty ? [request.body] : request.bodyPieces
        let body = pieces.flatMap { part($0) }
        claim(body.count == request.bodyLength, "the pieces are the body")
        claim(body.count <= limits.bodyBytesMax, "the body is not too large")
        claim(request.fields.count <= limits.headerFieldsMax, "there are not too many fields")
        claim(request.target.count <= limits.targetBytesMax, "the target is not too long")
        let fields = request.fields.map { (part($0.name), part($0.value)) }
        for (name, value) in fields {
            claim(!name.isEmpty && name.allSatisfy { $0 > 0x20 && $0 < 0x7f }, "a name is a token")
            claim(!value.contains { $0 < 0x20 && $0 != 0x09 }, "a value has no control character")
        }
        let known = [
            request.path, request.query, request.host, request.contentType, request.authorization,
            request.accept, request.ifNoneMatch, request.origin, request.userAgent,
        ]
        return "\(request.method) \(request.minorVersion) \(request.keepsAlive)"
            + " \(request.authorizationCount) \(known.map { part($0) }) \(fields) \(body)"
    }
}
