// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

/// Random requests, the same for the same seed; each run takes a new seed and tells it.
struct ParserFuzzTests {
    private static let seeds = [
        "GET /health HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /t HTTP/1.1\r\nHost: a:9443\r\nContent-Type: x\r\nContent-Length: 11\r\n\r\n"
            + "scope=a&b=c",
        "POST /t HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\nTr: x\r\n\r\n",
        "OPTIONS * HTTP/1.0\r\nConnection: keep-alive, x\r\nExpect: 100-continue\r\n\r\n",
        "\r\nGET https://[::1]:1/b?c HTTP/1.1\r\nHost: [::1]:1\r\nTransfer-Encoding: gzip\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: a\r\nAuthorization: Basic eDp5\r\nAccept: */*\r\n\r\nGET /b",
    ].map(octets)

    private static let pieces = [
        "\r\n", "\r", "\n", "\0", " ", "\t", ":", "\r\n\r\n", "\r\n ", "Content-Length: 5\r\n", ";",
        "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "ffffffff", "HTTP/1.1", "?", "[", "%", ",",
        "Host: a\r\n", "Content-Length: 99999999999999999999\r\n", "\u{7f}", "\u{ff}", "-", "+",
    ].map(octets)

    private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        let at = Int.random(in: 0..<bytes.count, using: &generator)
        let end = min(bytes.count, at + .random(in: 1...8, using: &generator))
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[at] = .random(in: 0...255, using: &generator)
        case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: if end - at < bytes.count { bytes.removeSubrange(at..<end) }
        case 3: bytes.insert(contentsOf: Array(bytes[at..<end]), at: at)
        case 4: if at > 0 { bytes.removeLast(bytes.count - at) }
        default:
            let piece = Self.pieces[.random(in: 0..<Self.pieces.count, using: &generator)]
            bytes.insert(contentsOf: piece, at: at)
        }
    }

    private let limits = HTTPLimits(
        headerBytesMax: 256,
        targetBytesMax: 40,
        headerFieldsMax: 5,
        bodyBytesMax: 64
    )

    @Test(arguments: [0, UInt64.random(in: 1 ... .max)])
    func `mutated requests get one parseResult however they come`(seed: UInt64) throws {
        print("parser fuzz seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        var seen: [String: Int] = [:]
        for _ in 0..<6_000 {
            var bytes = Self.seeds[.random(in: 0..<Self.seeds.count, using: &generator)]
            for _ in 0..<Int.random(in: 0...3, using: &generator) { mutate(&bytes, &generator) }
            let whole = parseResult(bytes, limits: limits)
            let cuts = (0..<3).map { _ in Int.random(in: 0...bytes.count, using: &generator) }
            let split = parseResult(bytes, cuts: cuts.sorted(), limits: limits)
            let single = parseResult(bytes, cuts: 0..<bytes.count, limits: limits)
            try #require(split == whole, "seed \(seed), cuts \(cuts): \(bytes)")
            try #require(single == whole, "seed \(seed): \(bytes)")
            if case .complete(let consumed, _) = whole { try #require(consumed <= bytes.count) }
            let kind = whole.status.map(String.init) ?? (whole.facts == nil ? "more" : "done")
            seen[kind, default: 0] += 1
        }
        // The mutations must reach the answers, or the loop shows nothing.
        for parseResult in ["done", "more", "400"] { #expect(seen[parseResult, default: 0] > 50) }
    }

    @Test(arguments: [0, UInt64.random(in: 1 ... .max)])
    func `random forms are read or refused, and decoding is the standard library's`(
        seed: UInt64
    ) throws {
        print("form fuzz seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        var fields = FormFields()
        let alphabet = octets("ab=&%+ce29AC0f\u{c3}\u{a9}\u{e2}\u{0}")
        var accepted = 0
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...24, using: &generator)
            let form = (0..<count).map { _ in
                alphabet[.random(in: 0..<alphabet.count, using: &generator)]
            }
            do throws(FormError) {
                try fields.parse(form.span)
            } catch {
                continue
            }
            accepted += 1
            let text = String(validating: fields.bytes, as: UTF8.self)
            try #require(text != nil, "seed \(seed): \(form)")
            let isClean = fields.bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
            try #require(isClean, "seed \(seed): \(form)")
        }
        #expect(accepted > 1_000 && accepted < 19_000)
    }

    @Test(arguments: [0, UInt64.random(in: 1 ... .max)])
    func `UTF-8 is validated as the standard library does`(seed: UInt64) throws {
        print("UTF-8 fuzz seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let edges: [UInt8] = [
            0, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1,
            0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xff,
        ]
        for _ in 0..<30_000 {
            let bytes = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                edges[.random(in: 0..<edges.count, using: &generator)]
            }
            let isValid = UTF8Text.isValid(bytes.span)
            try #require(isValid == (String(validating: bytes, as: UTF8.self) != nil), "\(bytes)")
        }
    }
}
