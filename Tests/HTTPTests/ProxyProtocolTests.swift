// SPDX-License-Identifier: Apache-2.0
import Network
import Testing
import Text

@testable import HTTP

/// The result of parsing a PROXY header.
private enum HeaderResult: Equatable {
    case progress(ProxyProtocol.Progress)
    case refused(ProxyProtocolError)

    init(_ bytes: [UInt8]) {
        do throws(ProxyProtocolError) {
            self = .progress(try ProxyProtocol.parse(bytes.span))
        } catch {
            self = .refused(error)
        }
    }

    static let needsMore = HeaderResult.progress(.needsMore)

    static func complete(_ consumed: Int, _ header: ProxyHeader) -> HeaderResult {
        .progress(.complete(consumed: consumed, header))
    }
}

private func hexadecimal(_ text: String) -> [UInt8] {
    let digits = text.utf8.compactMap { Hexadecimal.value(of: $0) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

private func internet(_ source: String, _ from: UInt16, _ target: String, _ to: UInt16)
    -> ProxyHeader
{
    func address(_ text: String) -> InternetAddress {
        let bytes = octets(text)
        let range = 0..<bytes.count
        return InternetAddress.version4(range, bytes.span).map { .version4($0) }
            ?? .version6(InternetAddress.version6(range, bytes.span) ?? 0)
    }
    return .relayed(
        source: .internet(address(source), port: from),
        destination: .internet(address(target), port: to)
    )
}

private let signature = hexadecimal("0d0a0d0a000d0a515549540a")

/// A header of version 2 with the length that it has.
private func block(_ command: UInt8, _ family: UInt8, _ rest: [UInt8]) -> [UInt8] {
    signature + [command, family, UInt8(rest.count >> 8), UInt8(rest.count & 255)] + rest
}

private let version4 = hexadecimal("7f000001 7f000002 0050 01bb")
private let version6 = hexadecimal(
    "20010db8000000000000000000000001 20010db8000000000000000000000002 0050 01bb"
)

struct ProxyProtocolTests {
    /// As HAProxy 2.6 has sent them.
    private static let sent: [([UInt8], HeaderResult)] = [
        (
            octets("PROXY TCP4 127.0.0.1 127.0.0.1 33000 18450\r\n"),
            .complete(44, internet("127.0.0.1", 33000, "127.0.0.1", 18450))
        ),
        (
            hexadecimal(
                "0d0a0d0a000d0a515549540a2111 0045 7f0000017f000001c8ea4813 03000455d71a2a"
                    + "20002f0700000000 210007544c5376312e33 2200046c656166"
                    + "230016544c535f4145535f3235365f47434d5f534841333834"
            ),
            .complete(85, internet("127.0.0.1", 51434, "127.0.0.1", 18451))
        ),
        (
            hexadecimal(
                "0d0a0d0a000d0a515549540a2121 002b 00000000000000000000000000000001"
                    + "00000000000000000000000000000001 951e4814 03000433cc15a9"
            ),
            .complete(59, internet("::1", 38174, "::1", 18452))
        ),
        (hexadecimal("0d0a0d0a000d0a515549540a20000000"), .complete(16, .local)),
    ]

    /// Further valid headers.
    private static let good: [([UInt8], HeaderResult)] = [
        (
            octets("PROXY TCP6 2001:db8::1 ::ffff:1.2.3.4 0 65535\r\n"),
            .complete(47, internet("2001:db8::1", 0, "::ffff:1.2.3.4", 65535))
        ),
        (octets("PROXY UNKNOWN\r\n"), .complete(15, .unknown)),
        (octets("PROXY UNKNOWN \u{0}what ever\u{ff} \r\n"), .complete(28, .unknown)),
        (block(0x21, 0x11, version4), .complete(28, internet("127.0.0.1", 80, "127.0.0.2", 443))),
        (
            block(0x21, 0x21, version6),
            .complete(52, internet("2001:db8::1", 80, "2001:db8::2", 443))
        ),
        (
            block(0x21, 0x11, version4 + hexadecimal("04 0000 05 0001 ff e0 0002 0102")),
            .complete(40, internet("127.0.0.1", 80, "127.0.0.2", 443))
        ),
        (
            block(0x21, 0x31, path("/run/a") + path("\u{0}abstract")),
            .complete(
                232,
                .relayed(
                    source: .unix(path: octets("/run/a")),
                    destination: .unix(path: octets("\u{0}abstract"))
                )
            )
        ),
        (
            block(0x21, 0x31, path("") + path(String(repeating: "x", count: 108))),
            .complete(
                232,
                .relayed(
                    source: .unix(path: []),
                    destination: .unix(path: [UInt8](repeating: 0x78, count: 108))
                )
            )
        ),
        (block(0x21, 0x00, []), .complete(16, .unknown)),
        (block(0x21, 0x00, [1, 2, 3]), .complete(19, .unknown)),
        (block(0x21, 0x10, version4), .complete(28, .unknown)),
        (block(0x21, 0x12, version4), .complete(28, .unknown)),
        (block(0x21, 0x32, []), .complete(16, .unknown)),
        (block(0x20, 0xff, [1, 2, 3]), .complete(19, .local)),
        (block(0x20, 0x11, version4), .complete(28, .local)),
        (block(0x20, 0, [UInt8](repeating: 0, count: 4096)), .complete(4112, .local)),
    ]

    private static func path(_ text: String) -> [UInt8] {
        octets(text) + [UInt8](repeating: 0, count: 108 - text.unicodeScalars.count)
    }

    @Test(arguments: 0..<sent.count + good.count)
    func `good headers are read, whatever follows them`(number: Int) {
        let (bytes, result) = (Self.sent + Self.good)[number]
        #expect(HeaderResult(bytes) == result)
        #expect(HeaderResult(bytes + octets("\r\nGET / HTTP/1.1\r\n")) == result)
        #expect(HeaderResult(bytes + bytes) == result)
    }

    @Test(arguments: 0..<sent.count + good.count)
    func `no part of a header is one`(number: Int) {
        let bytes = (Self.sent + Self.good)[number].0
        for count in 0..<bytes.count {
            #expect(HeaderResult(Array(bytes.prefix(count))) == .needsMore, "cut to \(count)")
        }
    }

    static let badLines: [(String, ProxyProtocolError)] = [
        ("GET / HTTP/1.1\r\n", .notProxyProtocol), ("PROXZ TCP4", .notProxyProtocol),
        ("proxy TCP4", .notProxyProtocol), (" PROXY", .notProxyProtocol),
        ("PROXY\tTCP4", .notProxyProtocol), ("PROXY\r\n", .notProxyProtocol),
        ("PROXY \r\n", .malformedLine), ("PROXY UNKNOWNX\r\n", .malformedLine),
        ("PROXY unknown\r\n", .malformedLine), ("PROXY  UNKNOWN\r\n", .malformedLine),
        ("PROXY UNKNOWN\n", .malformedLine), ("PROXY UNKNOWN\rx", .malformedLine),
        ("PROXY UNKNOWN a\nb\r\n", .malformedLine), ("PROXY UNKNOWN a\rb\r\n", .malformedLine),
        ("PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n", .malformedLine),
        ("PROXY TCP4\r\n", .malformedLine), ("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", .malformedLine),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n", .malformedLine),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n", .malformedLine),
        ("PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n", .malformedLine),
        ("PROXY TCP4 1.2.3.4  1.2.3.4 2\r\n", .malformedAddress),
        ("PROXY TCP4 ::1 ::1 1 2\r\n", .malformedAddress),
        ("PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n", .malformedAddress),
        ("PROXY TCP4 01.2.3.4 1.2.3.4 1 2\r\n", .malformedAddress),
        ("PROXY TCP4 1.2.3.4 1.2.3.256 1 2\r\n", .malformedAddress),
        ("PROXY TCP4 1.2.3.4 1.2.3 1 2\r\n", .malformedAddress),
        ("PROXY TCP6 ::1 [::1] 1 2\r\n", .malformedAddress),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n", .malformedPort),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 1 00\r\n", .malformedPort),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n", .malformedPort),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n", .malformedPort),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n", .malformedPort),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 1 99999999999999999999\r\n", .malformedPort),
        ("PROXY TCP4 1.2.3.4 1.2.3.4  2\r\n", .malformedPort),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 1 0x2\r\n", .malformedPort),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\t\r\n", .malformedPort),
    ]

    @Test(arguments: badLines)
    func `a line that is not exactly right is refused`(line: String, error: ProxyProtocolError) {
        #expect(HeaderResult(octets(line)) == .refused(error))
    }

    @Test func `a line has at most 107 bytes`() {
        let rest = String(repeating: "x", count: 91)
        #expect(HeaderResult(octets("PROXY UNKNOWN \(rest)\r\n")) == .complete(107, .unknown))
        #expect(HeaderResult(octets("PROXY UNKNOWN \(rest)x\r\n")) == .refused(.tooLong))
        #expect(HeaderResult(octets("PROXY UNKNOWN \(rest)x\r")) == .refused(.tooLong))
        #expect(HeaderResult(octets("PROXY UNKNOWN \(rest)x")) == .needsMore)
        #expect(HeaderResult(octets("PROXY UNKNOWN \(rest)xx")) == .refused(.tooLong))
    }

    @Test func `a signature that is wrong is refused at its first wrong byte`() {
        for index in signature.indices {
            for bit in 0..<8 {
                var bytes = Array(signature.prefix(index + 1))
                bytes[index] ^= 1 << UInt8(bit)
                // One such byte begins the other version.
                let isOther = bytes == octets("P")
                let expected: HeaderResult = isOther ? .needsMore : .refused(.notProxyProtocol)
                #expect(HeaderResult(bytes) == expected)
            }
        }
        #expect(HeaderResult([0x16, 0x03, 0x01]) == .refused(.notProxyProtocol))
    }

    private static let badBlocks: [([UInt8], ProxyProtocolError)] = [
        (block(0x11, 0x11, version4), .unknownCommand),
        (block(0x31, 0x11, version4), .unknownCommand),
        (block(0x22, 0x11, version4), .unknownCommand),
        (block(0x2f, 0x11, version4), .unknownCommand),
        (block(0x00, 0x11, version4), .unknownCommand),
        (block(0x21, 0x41, version4), .unknownFamily),
        (block(0x21, 0xf1, version4), .unknownFamily),
        (block(0x21, 0x13, version4), .unknownFamily),
        (block(0x21, 0x1f, version4), .unknownFamily),
        (block(0x21, 0x11, Array(version4.dropLast())), .tooShort),
        (block(0x21, 0x11, []), .tooShort), (block(0x21, 0x21, version4), .tooShort),
        (block(0x21, 0x31, version6), .tooShort),
        (signature + [0x20, 0, 0x10, 0x01], .tooLong),
        (signature + [0x21, 0x11, 0xff, 0xff], .tooLong),
        (block(0x21, 0x11, version4 + [1]), .malformedValues),
        (block(0x21, 0x11, version4 + [1, 0]), .malformedValues),
        (block(0x21, 0x11, version4 + [1, 0, 1]), .malformedValues),
        (block(0x21, 0x11, version4 + [1, 0xff, 0xff, 0]), .malformedValues),
        (block(0x21, 0x11, version4 + [4, 0, 0, 1]), .malformedValues),
        (block(0x21, 0x11, version4 + [3, 0, 3, 0, 0, 0]), .malformedValues),
        (block(0x21, 0x11, version4 + [3, 0, 5, 0, 0, 0, 0, 0]), .malformedValues),
        (block(0x21, 0x11, version4 + [3, 0, 4, 0, 0, 0, 0]), .wrongChecksum),
        (
            block(0x21, 0x11, version4 + [3, 0, 4, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0]),
            .malformedValues
        ),
    ]

    @Test(arguments: 0..<badBlocks.count)
    func `a block that is not exactly right is refused`(number: Int) {
        let (bytes, error) = Self.badBlocks[number]
        #expect(HeaderResult(bytes) == .refused(error))
    }

    @Test func `a checksum guards every bit`() {
        let bytes = Self.sent[1].0
        for index in 16..<bytes.count {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << UInt8(bit)
                // The type of the checksum itself: with another one, there is none.
                if index == 28 { continue }
                guard case .refused = HeaderResult(changed) else {
                    Issue.record("byte \(index), bit \(bit)")
                    continue
                }
            }
        }
    }

    @Test(arguments: [0, UInt64.random(in: 1 ... .max)])
    func `mutated headers get one parseResult however they come`(seed: UInt64) throws {
        print("PROXY fuzz seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let seeds = (Self.sent + Self.good).map(\.0).filter { $0.count < 300 }
        var seen = (complete: 0, more: 0, refused: 0)
        for _ in 0..<20_000 {
            var bytes = seeds[.random(in: 0..<seeds.count, using: &generator)]
            for _ in 0..<Int.random(in: 0...3, using: &generator) where !bytes.isEmpty {
                let at = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[at] = .random(in: 0...255, using: &generator)
                case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 2: bytes.removeSubrange(at...)
                default: bytes.insert(bytes[at], at: at)
                }
            }
            let whole = HeaderResult(bytes)
            let part = HeaderResult(
                Array(bytes.prefix(.random(in: 0...bytes.count, using: &generator)))
            )
            // A part is open, or has the parseResult of the whole.
            try #require(part == .needsMore || part == whole, "seed \(seed): \(bytes)")
            switch whole {
            case .progress(.complete(let consumed, _)):
                try #require(consumed <= min(bytes.count, ProxyProtocol.bytesMax))
                seen.complete += 1
            case .progress: seen.more += 1
            case .refused: seen.refused += 1
            }
        }
        #expect(seen.complete > 500 && seen.more > 500 && seen.refused > 500, "\(seen)")
    }
}
