// SPDX-License-Identifier: Apache-2.0
/// A certificate that is to be signed (RFC 5280 §4.1): for load targets and tests.
public struct CertificateTemplate: Sendable {
    /// The purpose of the certificate, from which its extensions follow.
    public enum Purpose: Sendable {
        /// A CA; `pathLength` is how many CAs may stand below it, nil for any number.
        case ca(pathLength: UInt8?)
        /// A TLS client.
        case client
        /// A TLS server.
        case server
    }

    /// A common name and a public key: of a subject or of an issuer.
    public struct Party: Sendable {
        let name: String
        let subjectPublicKeyInfo: [UInt8]

        /// A party from its parts.
        public init(name: String, subjectPublicKeyInfo: [UInt8]) {
            self.name = name
            self.subjectPublicKeyInfo = subjectPublicKeyInfo
        }
    }

    private let serial: [UInt8]
    private let subject: Party
    private let issuer: Party
    private let validity: ClosedRange<Int64>
    private let purpose: Purpose
    private let alternativeNames: [SubjectAlternativeName]

    /// A certificate for `subject`, which `issuer` is to sign.
    ///
    /// The serial has 1 to 20 bytes and is made positive. Validity is in seconds since 1970, from
    /// 1970 to 9999; of the alternative names DNS names and addresses are taken.
    public init(
        serial: [UInt8],
        subject: Party,
        issuer: Party,
        validity: ClosedRange<Int64>,
        purpose: Purpose,
        alternativeNames: [SubjectAlternativeName] = []
    ) {
        precondition((1...20).contains(serial.count))
        var serial = serial
        // RFC 5280 §4.1.2.2: positive, and no more than 20 octets. The bit below the sign is set,
        // so that every serial has the same length.
        serial[0] = serial[0] & 0x3F | 0x40
        self.serial = serial
        self.subject = subject
        self.issuer = issuer
        self.validity = validity
        self.purpose = purpose
        self.alternativeNames = alternativeNames
    }

    /// The whole certificate in DER, signed by the issuer's key.
    public func signed(by signer: RSASigner) throws(CryptographyError) -> [UInt8] {
        let algorithm = DEREncoding.sequence(ASN1ObjectIdentifier.pkcs1(11).der, [0x05, 0x00])
        let body = DEREncoding.sequence(
            // The version, which is 3, and counted from 0.
            DEREncoding.element(DERTag.constructed(0), DEREncoding.integer([2])),
            DEREncoding.integer(serial),
            algorithm,
            Self.distinguishedName(issuer.name),
            DEREncoding.sequence(Self.time(validity.lowerBound), Self.time(validity.upperBound)),
            Self.distinguishedName(subject.name),
            subject.subjectPublicKeyInfo,
            DEREncoding.element(
                DERTag.constructed(3),
                DEREncoding.element(DERTag.sequence, extensions)
            )
        )
        let signature = try signer.signature(over: body)
        return DEREncoding.sequence(body, algorithm, DEREncoding.bitString(signature))
    }

    // MARK: extensions

    private var extensions: [UInt8] {
        let usage: KeyUsage
        var constraints: [UInt8] = []
        var purposes: [ASN1ObjectIdentifier] = []
        switch purpose {
        case .ca(let pathLength):
            usage = [.keyCertSign, .crlSign]
            constraints = [DERTag.boolean, 1, 0xFF]
            if let pathLength { constraints += DEREncoding.integer([pathLength]) }
        case .client: (usage, purposes) = (.digitalSignature, [.clientAuthentication])
        case .server: (usage, purposes) = (.digitalSignature, [.serverAuthentication])
        }
        var all = Self.extension(
            .basicConstraints,
            isCritical: true,
            DEREncoding.element(DERTag.sequence, constraints)
        )
        all += Self.extension(.keyUsage, isCritical: true, Self.bits(usage))
        if !purposes.isEmpty {
            let list = DEREncoding.element(DERTag.sequence, purposes.flatMap(\.der))
            all += Self.extension(.extendedKeyUsage, list)
        }
        if !alternativeNames.isEmpty {
            let names = DEREncoding.element(DERTag.sequence, alternativeNames.flatMap(Self.name))
            all += Self.extension(.subjectAlternativeName, names)
        }
        let own = DEREncoding.octetString(Self.identifier(of: subject.subjectPublicKeyInfo))
        all += Self.extension(.subjectKeyIdentifier, own)
        let above = DEREncoding.element(
            DERTag.primitive(0),
            Self.identifier(of: issuer.subjectPublicKeyInfo)
        )
        return all + Self.extension(.authorityKeyIdentifier, DEREncoding.sequence(above))
    }

    private static func `extension`(
        _ type: ASN1ObjectIdentifier,
        isCritical: Bool = false,
        _ value: [UInt8]
    ) -> [UInt8] {
        DEREncoding.sequence(
            type.der,
            isCritical ? [DERTag.boolean, 1, 0xFF] : [],
            DEREncoding.octetString(value)
        )
    }

    /// The leftmost 160 bits of a SHA-256 over the key (after RFC 7093 §2): an identifier may be
    /// anything, and this needs no SHA-1.
    private static func identifier(of key: [UInt8]) -> [UInt8] {
        Array(Digest256.of(key).bytes.prefix(20))
    }

    /// A BIT STRING without its trailing zeros; bit 0 stands first (X.690 §11.2.2).
    private static func bits(_ usage: KeyUsage) -> [UInt8] {
        let octet = (0..<8).reduce(UInt8(0)) { octet, bit in
            usage.rawValue & (1 << bit) == 0 ? octet : octet | 0x80 >> bit
        }
        return DEREncoding.element(
            DERTag.bitString,
            [UInt8(octet.trailingZeroBitCount), octet]
        )
    }

    private static func name(_ alternative: SubjectAlternativeName) -> [UInt8] {
        switch alternative {
        case .dns(let name): DEREncoding.element(SubjectAlternativeName.dnsTag, Array(name.utf8))
        case .ip(let octets): DEREncoding.element(SubjectAlternativeName.ipTag, octets)
        default: []
        }
    }

    // MARK: names and times

    private static func distinguishedName(_ common: String) -> [UInt8] {
        let text = DEREncoding.element(DERTag.utf8String, Array(common.utf8))
        let attribute = DEREncoding.sequence(ASN1ObjectIdentifier.x520(3).der, text)
        return DEREncoding.sequence(DEREncoding.element(DERTag.set, attribute))
    }

    /// RFC 5280 §4.1.2.5: a UTCTime through the year 2049, a GeneralizedTime from 2050 on.
    private static func time(_ seconds: Int64) -> [UInt8] {
        let digits = CertificateTime.text(seconds).utf8.filter { (0x30...0x39).contains($0) }
        let ending = [UInt8(ascii: "Z")]
        return seconds < 2_524_608_000
            ? DEREncoding.element(DERTag.utcTime, digits.dropFirst(2) + ending)
            : DEREncoding.element(DERTag.generalizedTime, digits + ending)
    }
}
