internal import HTTP

/// A block of Internet addresses: an address, or one with the length of its prefix (RFC 4632).
public struct AddressRange: Sendable, Equatable, CustomStringConvertible {
    /// As it was written.
    public let description: String
    private let first: UInt128
    private let mask: UInt128

    /// Reads `192.0.2.1`, `10.0.0.0/8`, `2001:db8::/32`; nil for any other text.
    ///
    /// Bits behind the prefix must be zero: whoever sets them meant another prefix.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = InternetAddress(String(parts[0])) else { return nil }
        let bits =
            switch address {
            case .version4: 32
            case .version6: 128
            }
        var length = bits
        if parts.count == 2 {
            guard let given = UInt8(parts[1]), String(given) == parts[1], Int(given) <= bits else {
                return nil
            }
            length = Int(given)
        }
        mask = length == 0 && bits == 128 ? 0 : UInt128.max << UInt128(bits - length)
        first = address.number
        guard first & ~mask == 0 else {
            return nil
        }
        description = text
    }

    /// Whether the address with this number, version 4 mapped into version 6, is one of them.
    func contains(_ number: UInt128) -> Bool {
        number & mask == first & mask
    }
}
