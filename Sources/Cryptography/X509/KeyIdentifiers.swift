// SPDX-License-Identifier: Apache-2.0
/// The authority key identifier: the issuer's certificate as a certificate names it (RFC 5280
/// §4.2.1.1).
struct AuthorityKeyIdentifier: Sendable {
    /// The subject key identifier of the issuer; nil if it is not named.
    private(set) var keyIdentifier: [UInt8]?
    /// The issuer's issuer; nil if it is not named.
    private(set) var issuer: DistinguishedName?
    /// The serial number of the issuer's certificate; nil if it is not named.
    private(set) var serial: [UInt8]?

    init(_ reader: inout DERReader) throws(DERError) {
        var fields = try reader.sequence("the authority key identifier")
        while !fields.isAtEnd {
            let field = try fields.next()
            switch field.tag {
            case DERTag.primitive(0): keyIdentifier = Array(fields.content(of: field))
            case DERTag.constructed(1): issuer = try Self.directoryName(fields.inside(field))
            case DERTag.primitive(2): serial = Array(fields.content(of: field))
            default: throw .malformed("the authority key identifier has another part")
            }
        }
    }

    /// The first name that is in the form of a subject.
    private static func directoryName(
        _ names: DERReader
    ) throws(DERError) -> DistinguishedName? {
        var names = names
        while !names.isAtEnd {
            let name = try names.next()
            guard name.tag == SubjectAlternativeName.directoryTag else { continue }
            var inner = names.inside(name)
            return try DistinguishedName(&inner, "the authority key identifier")
        }
        return nil
    }
}

/// How well a certificate's authority key identifier fits another certificate.
enum IssuerMatch: Int, Comparable {
    /// The identifier names another key or certificate.
    case contradicts
    /// The names go together, and nothing more is said.
    case byName
    /// The key identifiers are the same, too.
    case byKeyIdentifier

    static func < (a: IssuerMatch, b: IssuerMatch) -> Bool { a.rawValue < b.rawValue }
}

extension Certificate {
    /// Whether `issuer`, whose subject is this certificate's issuer, is the one that is meant.
    ///
    /// OpenSSL refuses a path over a contradiction (X509_check_issued), so that none is tried.
    func match(_ issuer: Certificate) -> IssuerMatch {
        guard let named = extensions.authorityKeyIdentifier else { return .byName }
        if let serial = named.serial, serial != issuer.serial { return .contradicts }
        if let name = named.issuer, !name.matches(issuer.issuer) { return .contradicts }
        guard let wanted = named.keyIdentifier,
            let found = issuer.extensions.subjectKeyIdentifier
        else { return .byName }
        return wanted == found ? .byKeyIdentifier : .contradicts
    }
}
