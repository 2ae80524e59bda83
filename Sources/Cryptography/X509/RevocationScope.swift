// SPDX-License-Identifier: Apache-2.0
/// For which certificates of its issuer a list speaks (RFC 5280 §5.2.5).
struct RevocationScope: Sendable {
    /// More than a list has use for; each is compared with each name in a certificate.
    private static let namesMax = 64

    /// Whether it speaks for end entities only.
    private(set) var onlyUsers = false
    /// Whether it speaks for CAs only.
    private(set) var onlyCAs = false
    /// The distribution point, by the DER of each of its names; empty for all certificates.
    private(set) var names: [[UInt8]] = []
    /// Why lists with this extension are not taken at all; nil if they are.
    private(set) var error: RevocationListError?

    /// Whether both are about the same certificates of their issuer.
    func isSame(as other: RevocationScope) -> Bool {
        onlyUsers == other.onlyUsers && onlyCAs == other.onlyCAs
            && Set(names) == Set(other.names)
    }

    /// All certificates of the issuer, as without the extension.
    init() {}

    /// Takes an IssuingDistributionPoint.
    init(_ reader: inout DERReader) throws(DERError) {
        var fields = try reader.sequence("the issuing distribution point")
        if let point = try fields.nextIfPresent(DERTag.constructed(0)) {
            var choice = fields.inside(point)
            if let found = try Self.fullName(&choice) {
                guard !found.isEmpty, found.count <= Self.namesMax else {
                    throw .malformed("the distribution point has no name, or too many")
                }
                names = found
            } else {
                refuse(.partial, "for a distribution point that has no full name")
            }
        }
        onlyUsers = try Self.flag(&fields, 1)
        onlyCAs = try Self.flag(&fields, 2)
        if try fields.nextIfPresent(DERTag.primitive(3)) != nil {
            refuse(.partial, "about some reasons of revocation only")
        }
        if try Self.flag(&fields, 4) {
            refuse(.indirect, "indirect: it names certificates of several issuers")
        }
        if try Self.flag(&fields, 5) {
            refuse(.partial, "about attribute certificates only")
        }
        try fields.finish()
        guard !(onlyUsers && onlyCAs) else {
            throw .malformed("it is for users only and for CAs only")
        }
    }

    /// Whether the list would name `certificate`, which its issuer issued, if it were revoked.
    func covers(_ certificate: Certificate) -> Bool {
        if certificate.isCA ? onlyUsers : onlyCAs { return false }
        guard !names.isEmpty else { return true }
        let points = Self.distributionPoints(certificate)
        return points.contains { names.contains($0) }
    }

    private mutating func refuse(_ kind: RevocationListError.Kind, _ what: String) {
        error = RevocationListError(
            kind,
            "The list is \(what). Give one that the CA issues for all of its certificates."
        )
    }

    /// The names of a DistributionPointName, each whole; nil if it is relative to the issuer's.
    private static func fullName(_ choice: inout DERReader) throws(DERError) -> [[UInt8]]? {
        let element = try choice.next()
        try choice.finish()
        switch element.tag {
        case DERTag.constructed(0):
            var found: [[UInt8]] = []
            var names = choice.inside(element)
            while !names.isAtEnd { found.append(Array(names.whole(try names.next()))) }
            return found
        case DERTag.constructed(1): return nil
        default: throw .malformed("the distribution point's name has the wrong type")
        }
    }

    private static func flag(
        _ fields: inout DERReader,
        _ number: UInt8
    ) throws(DERError) -> Bool {
        guard let element = try fields.nextIfPresent(DERTag.primitive(number)) else { return false }
        let octets = fields.content(of: element)
        guard octets.count == 1, octets.first == 0xFF || octets.first == 0 else {
            throw .malformed("the issuing distribution point has a flag that is no boolean")
        }
        return octets.first == 0xFF
    }

    // MARK: the certificate's side

    /// The distribution points in `certificate` for lists of all reasons; none without the
    /// extension.
    private static func distributionPoints(_ certificate: Certificate) -> [[UInt8]] {
        guard var points = try? extensionValue(certificate, .distributionPoints) else { return [] }
        var found: [[UInt8]] = []
        while !points.isAtEnd {
            guard var point = try? points.sequence("") else { return [] }
            // One with reasons or with another issuer does not do for what is taken here.
            guard let element = try? point.nextIfPresent(DERTag.constructed(0)), point.isAtEnd
            else { continue }
            var choice = point.inside(element)
            if let names = try? fullName(&choice) { found += names }
        }
        return found
    }

    /// The content of an extension's SEQUENCE; nil without that extension.
    ///
    /// The certificate was parsed before, so its form is not checked again.
    private static func extensionValue(
        _ certificate: Certificate,
        _ type: ASN1ObjectIdentifier
    ) throws(DERError) -> DERReader? {
        var file = DERReader(certificate.der)
        var outer = try file.sequence("")
        var fields = try outer.sequence("")
        while !fields.isAtEnd {
            let element = try fields.next()
            guard element.tag == DERTag.constructed(3) else { continue }
            var wrapper = fields.inside(element)
            var list = try wrapper.sequence("")
            while !list.isAtEnd {
                var item = try list.sequence("")
                guard try item.objectIdentifier("") == type else { continue }
                _ = try item.nextIfPresent(DERTag.boolean)
                var value = item.inside(try item.next(DERTag.octetString, ""))
                return try value.sequence("")
            }
        }
        return nil
    }
}

extension ASN1ObjectIdentifier {
    fileprivate static let distributionPoints = extensionType(31)
}
