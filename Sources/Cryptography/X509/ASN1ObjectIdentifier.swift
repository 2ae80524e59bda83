// SPDX-License-Identifier: Apache-2.0
/// An ASN.1 object identifier, kept as the octets that DER gives it.
public struct ASN1ObjectIdentifier: Sendable, Hashable {
    /// The content octets, without tag and length.
    public let content: [UInt8]

    /// Longest accepted encoding; the longest in use have about 20 octets.
    static let contentBytesMax = 64

    /// Takes DER content octets; nil if they encode no identifier (X.690 §8.19).
    init?(content: ArraySlice<UInt8>) {
        guard let last = content.last, last & 0x80 == 0 else { return nil }
        guard content.count <= Self.contentBytesMax else { return nil }
        var startsArc = true
        for octet in content {
            // An arc with leading zero bits would give one identifier two encodings.
            if startsArc, octet == 0x80 { return nil }
            startsArc = octet & 0x80 == 0
        }
        self.content = Array(content)
    }

    /// Takes the dotted form, such as `2.5.4.3`; nil if it is not one.
    public init?(dotted: String) {
        var arcs: [UInt64] = []
        for part in dotted.utf8.split(
            separator: UInt8(ascii: "."),
            omittingEmptySubsequences: false
        ) {
            let digits = Substring(part)
            let isCanonical = part.first != UInt8(ascii: "0") || part.count == 1
            guard isCanonical, part.allSatisfy({ (0x30...0x39).contains($0) }),
                let arc = UInt64(digits), arc <= UInt64.max - 80
            else { return nil }
            arcs.append(arc)
        }
        guard arcs.count >= 2, arcs[0] <= 2, arcs[0] == 2 || arcs[1] < 40 else { return nil }
        var octets = Self.base128(arcs[0] * 40 + arcs[1])
        for arc in arcs.dropFirst(2) {
            octets += Self.base128(arc)
        }
        self.init(content: octets[...])
    }

    /// For the identifiers written in this source, whose octets are known to be right.
    init(known octets: [UInt8]) {
        content = octets
    }

    /// The dotted form; an arc beyond 64 bits is shown as `?`.
    public var dotted: String {
        var arcs: [String] = []
        var arc: UInt64 = 0
        var overflows = false
        for octet in content {
            overflows = overflows || arc >> 57 != 0
            arc = arc << 7 | UInt64(octet & 0x7F)
            guard octet & 0x80 == 0 else { continue }
            if arcs.isEmpty, !overflows {
                let root = min(arc / 40, 2)
                arcs.append("\(root)")
                arc -= root * 40
            }
            arcs.append(overflows ? "?" : "\(arc)")
            (arc, overflows) = (0, false)
        }
        return arcs.joined(separator: ".")
    }

    /// The whole element: tag, length, content.
    var der: [UInt8] { [DERTag.objectIdentifier, UInt8(content.count)] + content }

    private static func base128(_ value: UInt64) -> [UInt8] {
        var octets = [UInt8(value & 0x7F)]
        var rest = value >> 7
        while rest != 0 {
            octets.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return octets.reversed()
    }
}
