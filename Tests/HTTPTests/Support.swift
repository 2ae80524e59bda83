// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

/// Bytes of a text, one for each scalar: `\u{ff}` is the byte 0xff.
func octets(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
}

/// The reverse of `octets`.
func text(_ bytes: some Sequence<UInt8>) -> String {
    var text = ""
    for byte in bytes { text.unicodeScalars.append(Unicode.Scalar(byte)) }
    return text
}

/// The result of parsing a request, however its bytes were delivered.
enum ParseResult: Equatable {
    case complete(consumed: Int, facts: String)
    case refused(HTTPError)
    case needsHeader
    case needsBody

    var status: Int? {
        if case .refused(let error) = self { error.status } else { nil }
    }

    var facts: String? {
        if case .complete(_, let facts) = self { facts } else { nil }
    }
}

/// The parser's parseResult when `bytes` come in parts that end at `cuts`, and then as a whole.
func parseResult(
    _ bytes: [UInt8],
    cuts: some Sequence<Int> = [],
    limits: HTTPLimits = HTTPLimits()
) -> ParseResult {
    var parser = RequestParser(limits: limits)
    return parseResult(bytes, cuts: cuts, parser: &parser)
}

/// The same with a parser that may have served before.
func parseResult(_ bytes: [UInt8], cuts: some Sequence<Int>, parser: inout RequestParser)
    -> ParseResult
{
    var last = ParseResult.needsHeader
    for end in Array(cuts) + [bytes.count] {
        let part = bytes.span.extracting(first: end)
        do throws(HTTPError) {
            switch try parser.advance(part) {
            case .complete(let consumed):
                let facts = facts(parser.request, bytes)
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
private func facts(_ request: borrowing Request, _ bytes: [UInt8]) -> String {
    func part(_ range: Range<Int>?) -> String { range.map { text(bytes[$0]) } ?? "-" }
    let pieces = request.bodyPieces.isEmpty ? [request.body] : request.bodyPieces
    let body = pieces.map { part($0) }.joined()
    let (length, isHead, method) = (request.bodyLength, request.isHead, request.method)
    #expect(body.unicodeScalars.count == length)
    #expect(isHead == (method == .head))
    let fields = request.fields.map { "\(part($0.name))=\(part($0.value))" }
    return "\(request.method) \(part(request.path)) ?\(part(request.query))"
        + " 1.\(request.minorVersion) \(request.keepsAlive ? "keeps" : "closes")"
        + " host=\(part(request.host)) {\(fields.joined(separator: ";"))} [\(body)]"
        + " pieces=\(request.bodyPieces.count)"
}

/// The parseResult on the whole; expects the same for every split in two and for single bytes.
func resultHoweverDelivered(
    _ bytes: [UInt8],
    limits: HTTPLimits = HTTPLimits(),
    sourceLocation: SourceLocation = #_sourceLocation
) -> ParseResult {
    let whole = parseResult(bytes, limits: limits)
    for cut in 0..<bytes.count {
        let split = parseResult(bytes, cuts: [cut], limits: limits)
        #expect(split == whole, "cut at \(cut)", sourceLocation: sourceLocation)
    }
    let single = parseResult(bytes, cuts: 0..<bytes.count, limits: limits)
    #expect(single == whole, "byte by byte", sourceLocation: sourceLocation)
    return whole
}

/// A generator that tells its seed's sequence again (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}
