internal import Glibc

/// A block of Internet addresses: an address, or one with the length of its prefix (RFC 4632).
public struct FetchNetwork: Sendable, Equatable {
    private let first: FetchAddress
    private let mask: UInt128

    /// Reads `192.0.2.1`, `10.1.0.0/16`, `::1/128`; nil for any other text.
    ///
    /// Bits behind the prefix must be zero: whoever sets them meant another prefix.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = FetchAddress(String(parts[0])) else { return nil }
        // An IPv4 address that is written as IPv6, ::ffff:192.0.2.1, has the prefix of IPv6.
        let bits = parts[0].contains(":") ? 128 : 32
        var length = bits
        if parts.count == 2 {
            guard let given = UInt8(parts[1]), String(given) == parts[1], Int(given) <= bits else {
                return nil
            }
            length = Int(given)
        }
        self.init(address, length: length + 128 - bits)
        // A shorter prefix would hold both of IPv4 and of IPv6.
        guard address.number & ~mask == 0, !address.isVersion4 || length + 128 - bits >= 96 else {
            return nil
        }
    }

    /// `length` counts from the front of an IPv6 address, so it is 96 more for IPv4.
    private init(_ address: FetchAddress, length: Int) {
        first = address
        mask = UInt128.max << UInt128(128 - length)
    }

    /// A block of IPv4 addresses.
    init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, prefix: Int) {
        self.init(FetchAddress([a, b, c, d]), length: prefix + 96)
    }

    /// A block of IPv6 addresses, from its first three groups.
    init(groups: (UInt16, UInt16, UInt16), prefix: Int) {
        let number = UInt128(groups.0) << 112 | UInt128(groups.1) << 96 | UInt128(groups.2) << 80
        self.init(FetchAddress(number: number), length: prefix)
    }

    /// IPv4 lies in no block of IPv6, `::/0` neither.
    func contains(_ address: FetchAddress) -> Bool {
        address.isVersion4 == first.isVersion4 && address.number & mask == first.number
    }
}

/// An Internet address as a number; IPv4 is mapped into IPv6 (::ffff:0:0/96).
///
/// Linux connects to the mapped form as to IPv4, so there is no difference to keep.
struct FetchAddress: Sendable, Equatable {
    let number: UInt128

    init(number: UInt128) {
        self.number = number
    }

    /// From 4 or 16 bytes in network byte order.
    init(_ bytes: [UInt8]) {
        let read = bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        self.init(number: bytes.count == 4 ? read | 0xFFFF_0000_0000 : read)
    }

    /// From four decimal numbers, or from IPv6 without a zone; nil for any other text.
    init?(_ text: String) {
        let family = text.contains(":") ? AF_INET6 : AF_INET
        var bytes = [UInt8](repeating: 0, count: family == AF_INET6 ? 16 : 4)
        // A NUL would end the text for C.
        guard !text.utf8.contains(0) else { return nil }
        // SAFETY: inet_pton writes 16 bytes for IPv6 and 4 for IPv4, the array's length.
        let read = unsafe bytes.withUnsafeMutableBytes {
            unsafe inet_pton(family, text, $0.baseAddress)
        }
        guard read == 1 else { return nil }
        self.init(bytes)
    }

    /// From the last 32 bits of a number.
    init(version4: UInt128) {
        self.init(number: 0xFFFF_0000_0000 | version4 & 0xFFFF_FFFF)
    }

    var isVersion4: Bool { number >> 32 == 0xFFFF }
}

extension FetchAddress: CustomStringConvertible {
    /// Decimal numbers, or groups without the shortening of zeros: for a log line.
    var description: String {
        if isVersion4 {
            return [24, 16, 8, 0].map { String(number >> UInt128($0) & 0xFF) }.joined(
                separator: "."
            )
        }
        return stride(from: 112, through: 0, by: -16)
            .map { String(number >> UInt128($0) & 0xFFFF, radix: 16) }
            .joined(separator: ":")
    }
}
