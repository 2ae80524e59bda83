// SPDX-License-Identifier: Apache-2.0
/// The uses that a key usage extension allows (RFC 5280 §4.2.1.3).
///
/// Bit n of the raw value is bit n there.
public struct KeyUsage: OptionSet, Sendable {
    /// Bits in RFC 5280's numbering.
    public let rawValue: UInt16

    /// Takes bits in RFC 5280's numbering.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Signatures other than on certificates and CRLs, as in a TLS handshake.
    public static let digitalSignature = KeyUsage(rawValue: 1 << 0)
    /// Signatures on certificates.
    public static let keyCertSign = KeyUsage(rawValue: 1 << 5)
    /// Signatures on CRLs.
    public static let crlSign = KeyUsage(rawValue: 1 << 6)

    /// The names of the bits that are set, in RFC 5280's words.
    public var names: [String] {
        [
            "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment",
            "keyAgreement", "keyCertSign", "cRLSign", "encipherOnly", "decipherOnly",
        ].enumerated().filter { rawValue & (1 << $0.offset) != 0 }.map(\.element)
    }
}

/// The extensions of a certificate that mean something here.
public struct CertificateExtensions: Sendable {
    /// The CA flag of basic constraints; nil if there is no such extension.
    public private(set) var isCA: Bool?
    /// How many intermediates may follow a CA; nil for any number.
    public private(set) var pathLength: Int?
    /// Nil if there is no such extension: any use.
    public private(set) var keyUsage: KeyUsage?
    /// Purposes; nil if there is no such extension: any purpose.
    public private(set) var extendedKeyUsage: [ASN1ObjectIdentifier]?
    /// In the certificate's order; empty without the extension.
    public private(set) var subjectAlternativeNames: [SubjectAlternativeName] = []
    /// Nil if there is no such extension.
    private(set) var nameConstraints: NameConstraints?
    /// The key identifier of the certificate's own key; nil without one that can be read.
    private(set) var subjectKeyIdentifier: [UInt8]?
    /// The authority key identifier (RFC 5280 §4.2.1.1); nil without a readable one.
    private(set) var authorityKeyIdentifier: AuthorityKeyIdentifier?
    /// The extensions about certificate policies.
    private(set) var policies = CertificatePolicies()
    /// The types of the extensions that are critical, in the certificate's order.
    private(set) var criticalTypes: [ASN1ObjectIdentifier] = []

    /// More than any certificate needs; those known from public CAs have below 30.
    static let countMax = 64
    /// More than there are in use.
    static let purposesMax = 64
    /// The largest public certificates have 250 names.
    static let alternativeNamesMax = 512

    /// No extensions, as in certificates before version 3.
    init() {}

    /// Takes the SEQUENCE OF Extension (RFC 5280 §4.1).
    init(_ reader: inout DERReader) throws(DERError) {
        var seen: Set<ASN1ObjectIdentifier> = []
        guard !reader.isAtEnd else { throw .malformed("the list of extensions is empty") }
        while !reader.isAtEnd {
            var item = try reader.sequence("an extension")
            let identifier = try item.objectIdentifier("an extension's type")
            if let critical = try item.nextIfPresent(DERTag.boolean) {
                let octets = item.content(of: critical)
                guard octets.count == 1, octets.first == 0xFF || octets.first == 0 else {
                    throw .malformed("an extension's critical flag is no boolean")
                }
                if octets.first == 0xFF { criticalTypes.append(identifier) }
            }
            let value = try item.next(DERTag.octetString, "an extension's value")
            try item.finish()
            // RFC 5280 §4.2: never two of one kind, else readers disagree on which counts.
            guard seen.insert(identifier).inserted, seen.count <= Self.countMax else {
                throw .malformed("an extension stands there twice, or there are too many")
            }
            var inner = item.inside(value)
            if try take(identifier, &inner) { try inner.finish() }
        }
    }

    /// Whether the purpose stands in an extended key usage.
    public func hasPurpose(_ purpose: ASN1ObjectIdentifier) -> Bool {
        extendedKeyUsage?.contains(purpose) ?? false
    }

    /// Reads the extensions that are known; false for the others.
    private mutating func take(
        _ identifier: ASN1ObjectIdentifier,
        _ reader: inout DERReader
    ) throws(DERError) -> Bool {
        switch identifier {
        case .basicConstraints: try takeBasicConstraints(&reader)
        case .keyUsage: keyUsage = try Self.keyUsage(&reader)
        case .extendedKeyUsage:
            var purposes = try reader.sequence("extended key usage")
            var found: [ASN1ObjectIdentifier] = []
            repeat {
                found.append(try purposes.objectIdentifier("a purpose"))
                guard found.count <= Self.purposesMax else {
                    throw .malformed("there are too many purposes")
                }
            } while !purposes.isAtEnd
            extendedKeyUsage = found
        case .subjectAlternativeName:
            var names = try reader.sequence("the alternative names")
            while !names.isAtEnd {
                subjectAlternativeNames.append(try SubjectAlternativeName(&names))
                guard subjectAlternativeNames.count <= Self.alternativeNamesMax else {
                    throw .malformed("there are too many alternative names")
                }
            }
        case .nameConstraints: nameConstraints = try NameConstraints(&reader)
        default: return takeForPaths(identifier, reader)
        }
        return true
    }

    /// Parses the extensions that only path validation needs; OpenSSL refuses malformed ones.
    private mutating func takeForPaths(
        _ identifier: ASN1ObjectIdentifier,
        _ reader: DERReader
    ) -> Bool {
        var reader = reader
        switch identifier {
        case .subjectKeyIdentifier:
            guard let element = try? reader.next(DERTag.octetString, "") else { return false }
            subjectKeyIdentifier = Array(reader.content(of: element))
        case .authorityKeyIdentifier:
            authorityKeyIdentifier = try? AuthorityKeyIdentifier(&reader)
        default: policies.take(identifier, &reader)
        }
        return false
    }

    private mutating func takeBasicConstraints(_ reader: inout DERReader) throws(DERError) {
        var fields = try reader.sequence("basic constraints")
        isCA = false
        if let flag = try fields.nextIfPresent(DERTag.boolean) {
            let octets = fields.content(of: flag)
            guard octets.count == 1, octets.first == 0xFF || octets.first == 0 else {
                throw .malformed("the CA flag is no boolean")
            }
            isCA = octets.first == 0xFF
        }
        if !fields.isAtEnd {
            let octets = try fields.integer("the path length")
            guard octets.count == 1, let length = octets.first, length < 0x80 else {
                throw .malformed("the path length is out of range")
            }
            pathLength = Int(length)
        }
        try fields.finish()
    }

    private static func keyUsage(_ reader: inout DERReader) throws(DERError) -> KeyUsage {
        let octets = Array(reader.content(of: try reader.next(DERTag.bitString, "key usage")))
        guard let unused = octets.first, unused < 8, octets.count <= 3 else {
            throw .malformed("key usage is no bit string of at most 9 bits")
        }
        var value: UInt16 = 0
        for (index, octet) in octets.dropFirst().enumerated() {
            for bit in 0..<8 where octet & (0x80 >> UInt8(bit)) != 0 {
                value |= 1 << UInt16(index * 8 + bit)
            }
        }
        return KeyUsage(rawValue: value)
    }
}

extension ASN1ObjectIdentifier {
    static let subjectKeyIdentifier = extensionType(14)
    static let keyUsage = extensionType(15)
    static let subjectAlternativeName = extensionType(17)
    static let basicConstraints = extensionType(19)
    static let nameConstraints = extensionType(30)
    static let certificatePolicies = extensionType(32)
    static let policyMappings = extensionType(33)
    static let authorityKeyIdentifier = extensionType(35)
    static let policyConstraints = extensionType(36)
    static let extendedKeyUsage = extensionType(37)
    static let inhibitAnyPolicy = extensionType(54)
    /// The addresses of the issuer's certificate and its OCSP responder (RFC 5280 §4.2.2.1).
    static let authorityInformationAccess = ASN1ObjectIdentifier(
        known: [0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01]
    )
    /// The purpose that stands for all (RFC 5280 §4.2.1.12).
    public static let anyPurpose = ASN1ObjectIdentifier(known: [0x55, 0x1D, 0x25, 0x00])
    /// A TLS server.
    public static let serverAuthentication = purpose(1)
    /// A TLS client.
    public static let clientAuthentication = purpose(2)

    /// 2.5.29.n, the extensions of X.509.
    static func extensionType(_ last: UInt8) -> ASN1ObjectIdentifier {
        ASN1ObjectIdentifier(known: [0x55, 0x1D, last])
    }

    private static func purpose(_ last: UInt8) -> ASN1ObjectIdentifier {
        ASN1ObjectIdentifier(known: [0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, last])
    }
}
