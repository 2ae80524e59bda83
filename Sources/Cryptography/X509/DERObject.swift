// SPDX-License-Identifier: Apache-2.0
/// Things other than certificates that people hand in for one, told by label or by structure.
enum DERObject: Equatable {
    case privateKey
    /// With the format's name.
    case keystore(String)
    /// With the thing's name and article.
    case other(String)

    /// A certificate with what OpenSSL may trust it for behind it, which nothing else reads.
    static let trustedCertificate = DERObject.other(
        "OpenSSL's own form of a certificate with trust settings"
    )

    /// The object of a PEM label other than `CERTIFICATE`; nil for that label.
    init?(label: String) {
        switch label {
        case "CERTIFICATE", "X509 CERTIFICATE": return nil
        case "TRUSTED CERTIFICATE": self = .trustedCertificate
        case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST":
            self = .other("a certificate signing request")
        case "PUBLIC KEY", "RSA PUBLIC KEY", "DSA PUBLIC KEY", "EC PUBLIC KEY":
            self = .other("a public key")
        case "X509 CRL": self = .other("a revocation list")
        case "PKCS7", "CMS": self = .keystore("PKCS#7")
        case "PKCS12": self = .keystore("PKCS#12")
        case _ where label.hasSuffix("PRIVATE KEY"): self = .privateKey
        default: self = .other("a `\(label)` block")
        }
    }

    /// Tells by magic numbers and by the first elements; nil for what may be a certificate.
    static func recognise(_ bytes: [UInt8]) -> DERObject? {
        if bytes.starts(with: [0xFE, 0xED, 0xFE, 0xED]) { return .keystore("JKS") }
        if bytes.starts(with: [0xCE, 0xCE, 0xCE, 0xCE]) { return .keystore("JCEKS") }
        // PKCS#12 may use indefinite lengths, so it is told by its first bytes.
        if bytes.starts(with: [0x30, 0x80, 0x02, 0x01, 0x03, 0x30]) { return .keystore("PKCS#12") }
        var file = DERReader(bytes)
        guard var fields = try? file.sequence("") else { return nil }
        var elements: [DERElement] = []
        while elements.count < 4, let element = try? fields.next() { elements.append(element) }
        let tags = elements.map(\.tag)
        func starts(_ expected: UInt8...) -> Bool { tags.starts(with: expected) }
        if starts(DERTag.integer, DERTag.sequence, DERTag.octetString) { return .privateKey }
        if starts(DERTag.integer, DERTag.integer, DERTag.integer) { return .privateKey }
        if starts(DERTag.integer, DERTag.octetString) { return .privateKey }
        if tags == [DERTag.sequence, DERTag.octetString] { return .privateKey }
        if starts(DERTag.integer, DERTag.sequence), let version = elements.first,
            fields.content(of: version).elementsEqual([3])
        {
            return .keystore("PKCS#12")
        }
        if starts(DERTag.objectIdentifier, DERTag.constructed(0)) { return .keystore("PKCS#7") }
        if tags == [DERTag.sequence, DERTag.bitString] { return .other("a public key") }
        if tags == [DERTag.integer, DERTag.integer] { return .other("a public key") }
        return signed(fields, elements)
    }

    /// Tells a request and a revocation list from a certificate: all three are signed bodies.
    private static func signed(_ fields: DERReader, _ elements: [DERElement]) -> DERObject? {
        guard elements.map(\.tag) == [DERTag.sequence, DERTag.sequence, DERTag.bitString],
            let body = elements.first
        else { return nil }
        var reader = fields.inside(body)
        var tags: [UInt8] = []
        while tags.count < 7, let element = try? reader.next() { tags.append(element.tag) }
        if tags == [
            DERTag.integer, DERTag.sequence, DERTag.sequence, DERTag.constructed(0),
        ] {
            return .other("a certificate signing request")
        }
        let afterVersion = tags.first == DERTag.integer ? tags.dropFirst() : tags[...]
        let isList =
            afterVersion.starts(with: [DERTag.sequence, DERTag.sequence])
            && [DERTag.utcTime, DERTag.generalizedTime].contains(afterVersion.dropFirst(2).first)
        return isList ? .other("a revocation list") : nil
    }
}
