// SPDX-License-Identifier: Apache-2.0
/// The bags of PKCS#12 (RFC 7292 §4.2): certificates with their names, and the number of keys.
///
/// Keys are stepped over: nothing here decrypts one.
struct KeystoreBags {
    private static let key = "1.2.840.113549.1.12.10.1.1"
    private static let shroudedKey = "1.2.840.113549.1.12.10.1.2"
    private static let certificate = "1.2.840.113549.1.12.10.1.3"
    private static let nested = "1.2.840.113549.1.12.10.1.6"
    private static let x509 = "1.2.840.113549.1.9.22.1"
    private static let friendlyName = "1.2.840.113549.1.9.20"
    private static let localKeyID = "1.2.840.113549.1.9.21"
    /// The limit of nesting, which real keystores do not use; each level is a recursive call.
    private static let depthMax = 4

    private struct FoundCertificate {
        let der: [UInt8]
        let attributes: Attributes
    }

    private struct Attributes {
        var alias: String?
        var keyID: [UInt8]?
    }

    private var found: [FoundCertificate] = []
    private var keyIDs: Set<[UInt8]> = []
    private(set) var privateKeys = 0

    /// Takes a SafeBag in DER.
    mutating func add(_ bag: [UInt8]) throws(DERError) {
        var reader = DERReader(bag)
        try read(&reader, depth: 0)
    }

    /// The certificates, that of a private key first, the others in the order of the file.
    func entries() throws(CertificateError) -> [Keystore.Entry] {
        guard found.count <= JavaKeystore.entriesMax else {
            throw CertificateError(
                .tooLarge,
                "The keystore has more than \(JavaKeystore.entriesMax) certificates. Export the "
                    + "one that you need."
            )
        }
        func isOwn(_ found: FoundCertificate) -> Bool {
            found.attributes.keyID.map(keyIDs.contains) ?? false
        }
        var entries: [Keystore.Entry] = []
        for one in found.filter(isOwn) + found.filter({ !isOwn($0) }) {
            entries.append(
                Keystore.Entry(
                    alias: one.attributes.alias,
                    certificate: try Certificate(der: one.der),
                    isOfPrivateKey: isOwn(one)
                )
            )
        }
        return entries
    }

    private mutating func read(_ reader: inout DERReader, depth: Int) throws(DERError) {
        var bag = try reader.sequence("a bag")
        let type = try bag.objectIdentifier("a bag's type").dotted
        var value = bag.inside(try bag.next(DERTag.constructed(0), "a bag's content"))
        let attributes = try Self.attributes(&bag)
        switch type {
        case Self.key, Self.shroudedKey:
            privateKeys += 1
            if let keyID = attributes.keyID { keyIDs.insert(keyID) }
        case Self.certificate:
            var content = try value.sequence("a certificate's bag")
            // The other kind, SDSI, has not been seen since the format was written down.
            guard try content.objectIdentifier("a certificate's kind").dotted == Self.x509 else {
                return
            }
            var inside = content.inside(
                try content.next(DERTag.constructed(0), "a certificate's bag")
            )
            let octets = try inside.next(DERTag.octetString, "a certificate's bag")
            found.append(
                FoundCertificate(der: Array(inside.content(of: octets)), attributes: attributes)
            )
        case Self.nested:
            guard depth < Self.depthMax else { throw .malformed("bags in bags") }
            var bags = try value.sequence("bags in a bag")
            while !bags.isAtEnd { try read(&bags, depth: depth + 1) }
        default:
            // A revocation list, or a secret of another program.
            return
        }
    }

    private static func attributes(_ bag: inout DERReader) throws(DERError) -> Attributes {
        var found = Attributes()
        guard let element = try bag.nextIfPresent(DERTag.set) else { return found }
        var set = bag.inside(element)
        while !set.isAtEnd {
            var attribute = try set.sequence("an attribute of a bag")
            let type = try attribute.objectIdentifier("an attribute's type").dotted
            var values = attribute.inside(try attribute.next(DERTag.set, "an attribute's values"))
            guard let value = try? values.next() else { continue }
            let content = values.content(of: value)
            if type == friendlyName, value.tag == DERTag.bmpString {
                let name = text(content)
                found.alias = name.isEmpty ? nil : name
            } else if type == localKeyID, value.tag == DERTag.octetString {
                found.keyID = Array(content)
            }
        }
        return found
    }

    /// UTF-16, which programs write into a BMPString; names are only shown and compared.
    private static func text(_ octets: ArraySlice<UInt8>) -> String {
        let bytes = Array(octets)
        let units = stride(from: 0, to: bytes.count - 1, by: 2).map {
            UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1])
        }
        return String(decoding: units, as: UTF16.self)
    }
}
