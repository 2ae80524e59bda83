/// Which addresses a fetch may connect to.
struct AddressRules: Sendable {
    private let allowsAll: Bool
    private let allowed: [FetchNetwork]

    init(_ policy: FetchPolicy) {
        allowsAll = policy.allowsPrivateAddresses
        allowed = policy.allowed
    }

    func allow(_ address: FetchAddress) -> Bool {
        if allowsAll || allowed.contains(where: { $0.contains(address) }) { return true }
        if address.isVersion4 {
            return !Self.refused4.contains { $0.contains(address) }
        }
        let carried = Self.carried(by: address)
        if !carried.isEmpty { return carried.allSatisfy(allow) }
        // Whatever is not global unicast (RFC 4291 §2.4) is not for everybody: ::1, fc00::/7,
        // fe80::/10, ff00::/8, IPv4-compatible addresses, and all that is not assigned yet.
        return Self.globalUnicast.contains(address)
            && !Self.refused6.contains { $0.contains(address) }
    }

    /// The IPv4 addresses that packets to such an IPv6 address are taken to, where it is a way
    /// there.
    private static func carried(by address: FetchAddress) -> [FetchAddress] {
        let number = address.number
        if nat64.contains(address) { return [FetchAddress(version4: number)] }
        if sixToFour.contains(address) { return [FetchAddress(version4: number >> 80)] }
        // RFC 4380 §4: the server, and the client's address with its bits turned over.
        if teredo.contains(address) {
            return [FetchAddress(version4: number >> 64), FetchAddress(version4: ~number)]
        }
        return []
    }

    private static let globalUnicast = FetchNetwork(groups: (0x2000, 0, 0), prefix: 3)
    private static let nat64 = FetchNetwork(groups: (0x64, 0xFF9B, 0), prefix: 96)
    private static let sixToFour = FetchNetwork(groups: (0x2002, 0, 0), prefix: 16)
    private static let teredo = FetchNetwork(groups: (0x2001, 0, 0), prefix: 32)

    /// IANA's registry of special addresses: those that are not globally reachable.
    private static let refused4: [FetchNetwork] = [
        FetchNetwork(0, 0, 0, 0, prefix: 8),  // this network; 0.0.0.0 is this machine to Linux
        FetchNetwork(10, 0, 0, 0, prefix: 8),  // RFC 1918
        FetchNetwork(100, 64, 0, 0, prefix: 10),  // behind a carrier's NAT
        FetchNetwork(127, 0, 0, 0, prefix: 8),  // loopback
        FetchNetwork(169, 254, 0, 0, prefix: 16),  // link-local; metadata services
        FetchNetwork(172, 16, 0, 0, prefix: 12),  // RFC 1918
        FetchNetwork(192, 0, 0, 0, prefix: 24),  // protocol assignments
        FetchNetwork(192, 0, 2, 0, prefix: 24),  // documentation
        FetchNetwork(192, 88, 99, 0, prefix: 24),  // relays of 6to4
        FetchNetwork(192, 168, 0, 0, prefix: 16),  // RFC 1918
        FetchNetwork(198, 18, 0, 0, prefix: 15),  // measurements
        FetchNetwork(198, 51, 100, 0, prefix: 24),  // documentation
        FetchNetwork(203, 0, 113, 0, prefix: 24),  // documentation
        FetchNetwork(224, 0, 0, 0, prefix: 4),  // multicast
        FetchNetwork(240, 0, 0, 0, prefix: 4),  // reserved, broadcast
    ]

    /// Within 2000::/3, and no way to IPv4.
    private static let refused6: [FetchNetwork] = [
        FetchNetwork(groups: (0x2001, 0, 0), prefix: 23),  // protocol assignments
        FetchNetwork(groups: (0x2001, 0xDB8, 0), prefix: 32),  // documentation
        FetchNetwork(groups: (0x3FFF, 0, 0), prefix: 20),  // documentation
    ]
}
