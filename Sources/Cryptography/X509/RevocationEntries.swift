// SPDX-License-Identifier: Apache-2.0
/// The serial numbers in a revocation list, sorted by a hash, as places in its DER.
///
/// 16 bytes for each beside the DER; OpenSSL's own form has twenty times as much.
struct RevocationEntries: Sendable {
    private struct Entry: Sendable {
        let hash: UInt64
        let start: UInt32
        let count: UInt16
    }

    private var sorted: [Entry] = []
    /// The number of entries, those included that end a revocation.
    private(set) var count = 0
    /// Why a list with such entries is not taken; nil if it is.
    private(set) var error: RevocationListError?

    /// Longer serial numbers do not occur: RFC 5280 §4.1.2.2 allows 20 octets.
    private static let serialBytesMax = 256
    /// Extensions of one entry; RFC 5280 §5.3 has three.
    private static let extensionsMax = 16

    /// No entries.
    init() {}

    /// Takes the revokedCertificates; `sort` must follow.
    mutating func take(_ list: DERReader, mayHaveExtensions: Bool) throws(DERError) {
        var list = list
        while !list.isAtEnd {
            var entry = try list.sequence("an entry")
            let serial = try entry.integer("an entry's serial number")
            guard serial.count <= Self.serialBytesMax else {
                throw .malformed("an entry's serial number is too long")
            }
            // When it was revoked decides nothing, so that the time itself is not read.
            guard entry.isAtTime else { throw .malformed("an entry has no time") }
            _ = try entry.next()
            count += 1
            var isRevoked = true
            if !entry.isAtEnd {
                guard mayHaveExtensions else {
                    throw .malformed("an entry has extensions but the list has no version")
                }
                var extensions = try entry.sequence("an entry's extensions")
                isRevoked = try takeExtensions(&extensions)
                try entry.finish()
            }
            guard isRevoked else { continue }
            sorted.append(
                Entry(
                    hash: Self.hash(serial),
                    start: UInt32(serial.startIndex),
                    count: UInt16(serial.count)
                )
            )
        }
    }

    /// Makes lookups possible; afterwards they only read.
    mutating func sort() {
        sorted.sort { $0.hash < $1.hash }
    }

    /// Whether an entry has exactly these octets as its serial number.
    func contains(_ serial: [UInt8], in der: [UInt8]) -> Bool {
        let hash = Self.hash(serial[...])
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle].hash < hash { low = middle + 1 } else { high = middle }
        }
        while low < sorted.count, sorted[low].hash == hash {
            let start = Int(sorted[low].start)
            if der[start..<start + Int(sorted[low].count)].elementsEqual(serial) { return true }
            low += 1
        }
        return false
    }

    /// Whether the entry still revokes, by its extensions.
    private mutating func takeExtensions(_ list: inout DERReader) throws(DERError) -> Bool {
        var isRevoked = true
        var count = 0
        while !list.isAtEnd {
            var item = try list.listExtension()
            count += 1
            guard count <= Self.extensionsMax else {
                throw .malformed("an entry has too many extensions")
            }
            switch item.type {
            case .reasonCode:
                let element = try item.value.next(DERTag.enumerated, "a reason")
                let reason = item.value.content(of: element)
                try item.value.finish()
                guard reason.count == 1 else { throw .malformed("a reason is out of range") }
                // RFC 5280 §5.3.1: removeFromCRL; every other one revokes, known or not.
                isRevoked = reason.first != 8
            case .certificateIssuer:
                error = RevocationListError(
                    .indirect,
                    "The list names certificates of another issuer. Give one of the CA's own."
                )
            default:
                guard item.isCritical else { continue }
                error = error ?? .critical(item.type)
            }
        }
        return isRevoked
    }

    /// FNV-1a: serial numbers may share their beginnings, or their ends.
    private static func hash(_ octets: ArraySlice<UInt8>) -> UInt64 {
        octets.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}

extension DERReader {
    /// Whether a Time comes next.
    var isAtTime: Bool { nextTag == DERTag.utcTime || nextTag == DERTag.generalizedTime }
}

extension DERTag {
    fileprivate static let enumerated: UInt8 = 0x0A
}

extension ASN1ObjectIdentifier {
    fileprivate static let reasonCode = extensionType(21)
    fileprivate static let certificateIssuer = extensionType(29)
}
