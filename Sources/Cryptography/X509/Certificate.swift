// SPDX-License-Identifier: Apache-2.0
internal import Text

/// An X.509 certificate (RFC 5280) as a value: parsed once, strictly, and held with its DER.
///
/// Parsing says that the bytes are well formed, not that anything in them is true or trusted.
public struct Certificate: Sendable {
    /// All of it, exactly as it came.
    public let der: [UInt8]
    /// SHA-256 of `der`: the `x5t#S256` of RFC 8705 §3.1.
    public let thumbprint: Digest256
    /// 1, 2 or 3.
    public let version: Int
    /// The serial number's two's complement octets, big-endian, at least one.
    public let serial: [UInt8]
    /// The subject's name.
    public let subject: DistinguishedName
    /// The issuer's name, as the certificate claims it.
    public let issuer: DistinguishedName
    /// First second of validity, since 1970 in UTC.
    public let notBefore: Int64
    /// Last second of validity, since 1970 in UTC.
    public let notAfter: Int64
    /// The description of the public key.
    public let publicKey: PublicKeyDescription
    /// The SubjectPublicKeyInfo's DER.
    public let subjectPublicKeyInfo: [UInt8]
    /// SHA-256 of `subjectPublicKeyInfo`, as in RFC 7469 pins.
    public let subjectPublicKeyInfoDigest: Digest256
    /// The signature's algorithm.
    public let signatureAlgorithm: ASN1ObjectIdentifier
    /// The extensions that are used here.
    public let extensions: CertificateExtensions

    /// The range of the issuer's name in `der`.
    private let issuerRange: Range<Int>
    /// The range of the subject's name in `der`.
    private let subjectRange: Range<Int>

    /// Longest DER that is parsed; TLS takes no larger list of certificates either.
    public static let derBytesMax = 32 * 1024

    /// Parses exactly one certificate; bytes after it are refused.
    public init(der: [UInt8]) throws(CertificateError) {
        guard der.count <= Self.derBytesMax else {
            throw CertificateError(
                .tooLarge,
                "The certificate has \(der.count) bytes; at most \(Self.derBytesMax) are accepted."
            )
        }
        do throws(DERError) {
            try self.init(strict: der)
        } catch {
            throw CertificateError(error)
        }
    }

    private init(strict der: [UInt8]) throws(DERError) {
        var file = DERReader(der)
        var outer = try file.sequence("the certificate")
        try file.finish()
        var fields = try outer.sequence("the certificate's body")
        let outerAlgorithm = try outer.next(DERTag.sequence, "the signature algorithm")
        _ = try outer.octetsOfBitString("the signature")
        try outer.finish()

        version = try Self.version(&fields)
        serial = Array(try fields.integer("the serial number"))
        let innerAlgorithm = try fields.next(DERTag.sequence, "the signature algorithm")
        // RFC 5280 §4.1.1.2: only the inner one is signed, so the outer one must repeat it.
        guard fields.whole(innerAlgorithm) == outer.whole(outerAlgorithm) else {
            throw .malformed("the two signature algorithms differ")
        }
        var algorithm = fields.inside(innerAlgorithm)
        signatureAlgorithm = try algorithm.objectIdentifier("the signature algorithm")

        let issuerStart = fields.position
        issuer = try DistinguishedName(&fields, "the issuer")
        issuerRange = issuerStart..<fields.position
        var validity = try fields.sequence("the validity")
        notBefore = try CertificateTime.parse(&validity)
        notAfter = try CertificateTime.parse(&validity)
        try validity.finish()
        let subjectStart = fields.position
        subject = try DistinguishedName(&fields, "the subject")
        subjectRange = subjectStart..<fields.position

        let keyElement = try fields.next(DERTag.sequence, "the public key")
        subjectPublicKeyInfo = Array(fields.whole(keyElement))
        var keyFields = fields.inside(keyElement)
        publicKey = try PublicKeyDescription(&keyFields)
        extensions = try Self.extensions(&fields, version)
        try fields.finish()

        self.der = der
        thumbprint = Digest256.of(der)
        subjectPublicKeyInfoDigest = Digest256.of(subjectPublicKeyInfo)
    }

    private static func version(_ fields: inout DERReader) throws(DERError) -> Int {
        guard let element = try fields.nextIfPresent(DERTag.constructed(0)) else { return 1 }
        var inner = fields.inside(element)
        let octets = try inner.integer("the version")
        try inner.finish()
        guard octets.count == 1, let number = octets.first, number <= 2 else {
            throw .malformed("the version is not 1, 2 or 3")
        }
        return Int(number) + 1
    }

    private static func extensions(
        _ fields: inout DERReader,
        _ version: Int
    ) throws(DERError) -> CertificateExtensions {
        // The unique identifiers of version 2 mean nothing to anyone.
        _ = try fields.nextIfPresent(DERTag.primitive(1))
        _ = try fields.nextIfPresent(DERTag.primitive(2))
        guard let element = try fields.nextIfPresent(DERTag.constructed(3)) else {
            return CertificateExtensions()
        }
        guard version == 3 else {
            throw .malformed("it has extensions but says that its version is \(version)")
        }
        var wrapper = fields.inside(element)
        var list = try wrapper.sequence("the extensions")
        try wrapper.finish()
        return try CertificateExtensions(&list)
    }
}

extension Certificate: Hashable {
    /// Whether both are the same bytes.
    public static func == (a: Certificate, b: Certificate) -> Bool {
        a.thumbprint == b.thumbprint
    }

    /// Agrees with `==`.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(thumbprint)
    }
}

extension Certificate {
    /// The issuer's name in DER.
    var issuerBytes: ArraySlice<UInt8> { der[issuerRange] }

    /// The subject's name in DER.
    var subjectBytes: ArraySlice<UInt8> { der[subjectRange] }

    /// Whether subject and issuer are the same name, as in self-signed certificates.
    public var isSelfIssued: Bool { issuerBytes == subjectBytes || subject.matches(issuer) }

    /// Whether the serial number is above zero and fits 20 octets (RFC 5280 §4.1.2.2).
    public var hasSaneSerial: Bool {
        guard let first = serial.first, first < 0x80 else { return false }
        return serial.count <= 20 && serial.contains { $0 != 0 }
    }

    /// The serial number's octets in hexadecimal.
    public var serialHexadecimal: String { Hexadecimal.text(serial) }

    /// The name of `signatureAlgorithm`, or its numbers.
    public var signatureAlgorithmName: String { signatureAlgorithm.signatureAlgorithmName }

    /// Whether basic constraints say that it may sign certificates.
    public var isCA: Bool { extensions.isCA ?? false }

    /// Whether a NUL stands in a name, which some readers take for the name's end.
    public var hasEmbeddedNUL: Bool {
        subject.hasEmbeddedNUL
            || extensions.subjectAlternativeNames.contains(where: \.hasEmbeddedNUL)
    }

    /// Whether `now`, in seconds since 1970, is within its validity.
    public func isValid(at now: Int64) -> Bool { notBefore <= now && now <= notAfter }
}
