// SPDX-License-Identifier: Apache-2.0
/// An Internet address, as a number of its own kind.
///
/// An IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) is one of IPv6 until `unmapped` is asked for.
package enum InternetAddress: Sendable, Hashable {
    /// The four octets, the first in the highest bits.
    case version4(UInt32)
    /// The sixteen octets, the first in the highest bits.
    case version6(UInt128)

    /// Takes 4 or 16 octets in network byte order; nil for any other count.
    package init?(octets: [UInt8]) {
        let number = octets.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        switch octets.count {
        case 4: self = .version4(UInt32(number))
        case 16: self = .version6(number)
        default: return nil
        }
    }

    /// The 4 or 16 octets in network byte order.
    package var octets: [UInt8] {
        switch self {
        case .version4(let address):
            (0..<4).map { UInt8(truncatingIfNeeded: address >> (24 - 8 * UInt32($0))) }
        case .version6(let address):
            (0..<16).map { UInt8(truncatingIfNeeded: address >> (120 - 8 * UInt128($0))) }
        }
    }

    /// The high bits of all IPv4-mapped IPv6 addresses, ::ffff:0:0/96.
    static let mappedPrefix: UInt128 = 0xffff_0000_0000

    /// The address as one number, IPv4 mapped into IPv6.
    package var number: UInt128 {
        switch self {
        case .version4(let address): Self.mappedPrefix | UInt128(address)
        case .version6(let address): address
        }
    }

    /// The IPv4 address that an IPv4-mapped address stands for; any other address unchanged.
    ///
    /// Linux connects to both forms alike, so decisions about an address use this.
    package var unmapped: InternetAddress {
        guard case .version6(let address) = self, address >> 32 == Self.mappedPrefix >> 32 else {
            return self
        }
        return .version4(UInt32(truncatingIfNeeded: address))
    }
}

extension InternetAddress: CustomStringConvertible {
    /// Four decimal numbers, or groups as RFC 5952 §4 wants them.
    package var description: String {
        switch self {
        case .version4: octets.map { String($0) }.joined(separator: ".")
        case .version6(let address):
            Self.text((0..<8).map { UInt16(truncatingIfNeeded: address >> (112 - 16 * $0)) })
        }
    }

    private static func text(_ groups: [UInt16]) -> String {
        func joined(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        let hidden = longestZeros(groups)
        guard !hidden.isEmpty else { return joined(groups[...]) }
        return joined(groups[..<hidden.lowerBound]) + "::" + joined(groups[hidden.upperBound...])
    }

    // RFC 5952 §4.2: the longest run, the first of equals, and never a single group.
    private static func longestZeros(_ groups: [UInt16]) -> Range<Int> {
        var best = 0..<0
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start > max(best.count, 1) { best = start..<index }
            start = index + 1
        }
        return best
    }
}
