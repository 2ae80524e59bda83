// SPDX-License-Identifier: Apache-2.0
internal import Network

/// The addresses that a fetch may connect to.
struct AddressRules: Sendable {
    private let allowsAll: Bool
    private let allowed: [AddressBlock]

    init(_ policy: FetchPolicy) {
        allowsAll = policy.allowsPrivateAddresses
        allowed = policy.allowed
    }

    /// Whether a connection may go to `address`.
    ///
    /// An IPv4-mapped one is checked as the IPv4 address that Linux connects to.
    func allow(_ address: InternetAddress) -> Bool {
        let address = address.unmapped
        if allowsAll || allowed.contains(where: { $0.contains(address) }) { return true }
        switch address {
        case .version4: return !Self.refused4.contains { $0.contains(address) }
        case .version6(let number):
            let carried = Self.carried(by: number)
            if !carried.isEmpty { return carried.allSatisfy { allow(.version4($0)) } }
            // Global unicast only (RFC 4291 §2.4). Everything else is refused: ::1, fc00::/7,
            // fe80::/10, ff00::/8, IPv4-compatible addresses, and unassigned blocks.
            return Self.globalUnicast.contains(address)
                && !Self.refused6.contains { $0.contains(address) }
        }
    }

    /// The IPv4 addresses embedded in a NAT64, 6to4 or Teredo address, to which its packets are
    /// translated; none for any other address.
    private static func carried(by number: UInt128) -> [UInt32] {
        func bits(_ number: UInt128) -> UInt32 { UInt32(truncatingIfNeeded: number) }
        let address = InternetAddress.version6(number)
        if nat64.contains(address) { return [bits(number)] }
        if sixToFour.contains(address) { return [bits(number >> 80)] }
        // RFC 4380 §4: the server, and the client's address with its bits turned over.
        if teredo.contains(address) { return [bits(number >> 64), bits(~number)] }
        return []
    }

    private static func block4(
        _ a: UInt32,
        _ b: UInt32,
        _ c: UInt32,
        prefix: Int
    ) -> AddressBlock {
        AddressBlock(.version4(a << 24 | b << 16 | c << 8), prefixLength: prefix)
    }

    /// A block of IPv6 from its first two groups.
    private static func block6(_ a: UInt128, _ b: UInt128, prefix: Int) -> AddressBlock {
        AddressBlock(.version6(a << 112 | b << 96), prefixLength: prefix)
    }

    private static let globalUnicast = block6(0x2000, 0, prefix: 3)
    private static let nat64 = block6(0x64, 0xFF9B, prefix: 96)
    private static let sixToFour = block6(0x2002, 0, prefix: 16)
    private static let teredo = block6(0x2001, 0, prefix: 32)

    /// IANA's registry of special addresses: those that are not globally reachable.
    private static let refused4: [AddressBlock] = [
        block4(0, 0, 0, prefix: 8),  // this network; 0.0.0.0 is this machine to Linux
        block4(10, 0, 0, prefix: 8),  // RFC 1918
        block4(100, 64, 0, prefix: 10),  // behind a carrier's NAT
        block4(127, 0, 0, prefix: 8),  // loopback
        block4(169, 254, 0, prefix: 16),  // link-local; metadata services
        block4(172, 16, 0, prefix: 12),  // RFC 1918
        block4(192, 0, 0, prefix: 24),  // protocol assignments
        block4(192, 0, 2, prefix: 24),  // documentation
        block4(192, 88, 99, prefix: 24),  // relays of 6to4
        block4(192, 168, 0, prefix: 16),  // RFC 1918
        block4(198, 18, 0, prefix: 15),  // measurements
        block4(198, 51, 100, prefix: 24),  // documentation
        block4(203, 0, 113, prefix: 24),  // documentation
        block4(224, 0, 0, prefix: 4),  // multicast
        block4(240, 0, 0, prefix: 4),  // reserved, broadcast
    ]

    /// Special blocks within 2000::/3 that do not translate to IPv4.
    private static let refused6: [AddressBlock] = [
        block6(0x2001, 0, prefix: 23),  // protocol assignments
        block6(0x2001, 0xDB8, prefix: 32),  // documentation
        block6(0x3FFF, 0, prefix: 20),  // documentation
    ]
}
