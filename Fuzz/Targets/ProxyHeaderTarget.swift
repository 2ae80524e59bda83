// SPDX-License-Identifier: Apache-2.0
internal import Network

@testable import HTTP

/// The first byte says where the bytes are split; the rest comes over the connection.
///
/// Promises: the result depends on the bytes alone, however they come; it comes after `bytesMax`
/// at the latest; what was read is read the same from either version's other spelling.
enum ProxyHeaderTarget {
    private enum ParseResult: Equatable {
        case progress(ProxyProtocol.Progress)
        case refused(ProxyProtocolError)
    }

    static func test(_ input: [UInt8]) {
        guard let first = input.first else { return }
        let bytes = Array(input.dropFirst())
        let whole = result(bytes[...])
        var cuts = [min(Int(first), bytes.count), bytes.count * Int(first) / 256]
        if bytes.count < 160 { cuts += 0..<bytes.count }
        for cut in cuts {
            let part = result(bytes[..<cut])
            claim(part == .progress(.needsMore) || part == whole, "a part has the same result")
        }
        switch whole {
        case .refused: return
        case .progress(.needsMore):
            claim(bytes.count < ProxyProtocol.bytesMax, "the result comes in time")
        case .progress(.complete(let consumed, let header)):
            claim(consumed <= bytes.count, "no more is taken than is there")
            claim(consumed <= ProxyProtocol.bytesMax, "no more is taken than may be")
            let exact = result(bytes[..<consumed])
            claim(exact == whole, "what comes behind a header means nothing")
            let early = result(bytes[..<(consumed - 1)])
            claim(early == .progress(.needsMore), "a header is not taken before its end")
            checkSpellings(header)
        }
    }

    private static func checkSpellings(_ header: ProxyHeader) {
        guard case .relayed(let source, let destination) = header,
            case .internet(let from, let fromPort) = source,
            case .internet(let to, let toPort) = destination
        else { return }
        let isVersion4: Bool
        var block: [UInt8] = [0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]
        switch (from, to) {
        case (.version4(let a), .version4(let b)):
            isVersion4 = true
            block += [0x21, 0x11, 0, 12] + octets(a) + octets(b)
        case (.version6(let a), .version6(let b)):
            isVersion4 = false
            block += [0x21, 0x21, 0, 36] + octets(a) + octets(b)
        default: return claim(false, "both addresses are of one family")
        }
        block += octets(fromPort) + octets(toPort)
        let line = Array(
            "PROXY TCP\(isVersion4 ? 4 : 6) \(from) \(to) \(fromPort) \(toPort)\r\n".utf8
        )
        for spelling in [block, line] {
            let expected = ProxyProtocol.Progress.complete(consumed: spelling.count, header)
            claim(result(spelling[...]) == .progress(expected), "either version says the same")
        }
    }

    private static func octets(_ number: some FixedWidthInteger) -> [UInt8] {
        (1...number.bitWidth / 8).map { place in
            UInt8(truncatingIfNeeded: number >> (number.bitWidth - 8 * place))
        }
    }

    private static func result(_ bytes: ArraySlice<UInt8>) -> ParseResult {
        let bytes = Array(bytes)
        do throws(ProxyProtocolError) {
            return .progress(try ProxyProtocol.parse(bytes.span))
        } catch {
            return .refused(error)
        }
    }
}
