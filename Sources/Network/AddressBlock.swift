// SPDX-License-Identifier: Apache-2.0
/// A block of addresses of one kind: an address, or one with the length of its prefix (RFC 4632).
package struct AddressBlock: Sendable, Hashable {
    /// The address whose bits behind the prefix are zero.
    package let first: InternetAddress
    /// How many bits all addresses have in common: 0 to 32, or 0 to 128.
    package let prefixLength: Int

    /// All of IPv4.
    package static let version4 = AddressBlock(.version4(0), prefixLength: 0)

    /// The block of `first`, whose bits behind the prefix must be zero.
    package init(_ first: InternetAddress, prefixLength: Int) {
        self.first = first
        self.prefixLength = prefixLength
        precondition((0...first.bitWidth).contains(prefixLength) && isAligned)
    }

    /// Reads `192.0.2.1`, `10.0.0.0/8`, `2001:db8::/32`; nil for any other text.
    ///
    /// Bits behind the prefix must be zero: set bits are a mistake in the prefix. A block of
    /// IPv4-mapped addresses, such as `::ffff:10.0.0.0/104`, is the block of IPv4 that it maps.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = InternetAddress(String(parts[0])) else { return nil }
        var length = address.bitWidth
        if parts.count == 2 {
            guard let given = UInt8(parts[1]), String(given) == parts[1], Int(given) <= length
            else { return nil }
            length = Int(given)
        }
        if case .version4 = address.unmapped, address.bitWidth == 128, length >= 96 {
            (first, prefixLength) = (address.unmapped, length - 96)
        } else {
            (first, prefixLength) = (address, length)
        }
        guard isAligned else { return nil }
    }

    private var isAligned: Bool {
        switch first {
        case .version4(let first): first & ~mask4 == 0
        case .version6(let first): first & ~mask6 == 0
        }
    }

    // A shift by the whole width leaves nothing.
    private var mask4: UInt32 { UInt32.max << (32 - prefixLength) }
    private var mask6: UInt128 { UInt128.max << (128 - prefixLength) }

    /// Whether the address is of the block's kind and begins with its prefix.
    ///
    /// An IPv4-mapped IPv6 address is in no block of IPv4: take `unmapped` first.
    package func contains(_ address: InternetAddress) -> Bool {
        switch (first, address) {
        case (.version4(let first), .version4(let address)): address & mask4 == first
        case (.version6(let first), .version6(let address)): address & mask6 == first
        default: false
        }
    }

    /// Whether the block is of IPv6 and contains all IPv4-mapped addresses, ::ffff:0:0/96.
    package var holdsMappedAddresses: Bool {
        guard case .version6(let first) = first else { return false }
        return InternetAddress.mappedPrefix & mask6 == first && prefixLength <= 96
    }
}

extension AddressBlock: CustomStringConvertible {
    /// The first address and the length of the prefix.
    package var description: String { "\(first)/\(prefixLength)" }
}

extension InternetAddress {
    /// How many bits an address of this kind has.
    fileprivate var bitWidth: Int {
        switch self {
        case .version4: 32
        case .version6: 128
        }
    }
}
