// SPDX-License-Identifier: Apache-2.0
/// The content of a CertificateList (RFC 5280 §5.1).
struct RevocationListContent {
    let signed: SignedParts
    let issuer: DistinguishedName
    let thisUpdate: Int64
    /// Nil where it is missing, which RFC 5280 §5.1.2.5 forbids.
    let nextUpdate: Int64?
    let entries: RevocationEntries
    let extensions: RevocationListExtensions
    /// Why the signature's algorithm is refused; nil if it is accepted.
    private let reasonToRefuseSignature: String?

    /// Takes all of `der`.
    init(_ der: [UInt8]) throws(DERError) {
        var file = DERReader(der)
        var outer = try file.sequence("the list")
        try file.finish()
        let body = try outer.next(DERTag.sequence, "the list's body")
        let algorithm = try outer.next(DERTag.sequence, "the signature algorithm")
        let signature = try outer.octetsOfBitString("the signature")
        try outer.finish()
        signed = SignedParts(
            body: body.whole,
            algorithm: algorithm.whole,
            signature: signature.startIndex..<signature.endIndex
        )

        var fields = outer.inside(body)
        let hasVersion = try Self.hasVersion(&fields)
        let innerAlgorithm = try fields.next(DERTag.sequence, "the signature algorithm")
        // RFC 5280 §5.1.1.2: only the inner one is signed, so the outer one must repeat it.
        guard fields.whole(innerAlgorithm) == outer.whole(algorithm) else {
            throw .malformed("the two signature algorithms differ")
        }
        var algorithmFields = fields.inside(innerAlgorithm)
        reasonToRefuseSignature = try Self.reasonToRefuse(signature: &algorithmFields)
        issuer = try DistinguishedName(&fields, "the issuer")
        guard !issuer.isEmpty else { throw .malformed("the issuer has no name") }
        guard fields.isAtTime else { throw .malformed("the time of issue is missing") }
        thisUpdate = try CertificateTime.parse(&fields)
        nextUpdate = fields.isAtTime ? try CertificateTime.parse(&fields) : nil
        let list = try fields.nextIfPresent(DERTag.sequence)
        var found = RevocationEntries()
        if let list { try found.take(fields.inside(list), mayHaveExtensions: hasVersion) }
        found.sort()
        entries = found
        extensions = try Self.extensions(&fields, mayBePresent: hasVersion)
        try fields.finish()
    }

    /// Why a list that is well formed is not taken all the same; nil if it is.
    var error: RevocationListError? {
        if let error = extensions.error ?? entries.error { return error }
        if let reasonToRefuseSignature {
            return RevocationListError(.signatureAlgorithm, reasonToRefuseSignature)
        }
        guard let nextUpdate, nextUpdate < thisUpdate else { return nil }
        return RevocationListError(.dates, "The list ends before it begins. Have it issued again.")
    }

    /// Whether it is of version 2; version 1, which OpenSSL issues too, has no such field.
    private static func hasVersion(_ fields: inout DERReader) throws(DERError) -> Bool {
        guard fields.nextTag == DERTag.integer else { return false }
        guard try fields.integer("the version").elementsEqual([1]) else {
            throw .malformed("the version is not 2")
        }
        return true
    }

    private static func extensions(
        _ fields: inout DERReader,
        mayBePresent: Bool
    ) throws(DERError) -> RevocationListExtensions {
        guard let element = try fields.nextIfPresent(DERTag.constructed(0)) else {
            return RevocationListExtensions()
        }
        guard mayBePresent else { throw .malformed("it has extensions but no version") }
        var wrapper = fields.inside(element)
        var list = try wrapper.sequence("the extensions")
        try wrapper.finish()
        return try RevocationListExtensions(&list)
    }

    // MARK: signature algorithms

    private static let strong: Set<ASN1ObjectIdentifier> = [
        .pkcs1(11), .pkcs1(12), .pkcs1(13), .ecdsaWithSHA2(2), .ecdsaWithSHA2(3),
        .ecdsaWithSHA2(4), .ed25519,
    ]

    private static func reasonToRefuse(
        signature reader: inout DERReader
    ) throws(DERError) -> String? {
        let algorithm = try reader.objectIdentifier("the signature algorithm")
        if strong.contains(algorithm) { return nil }
        var name = algorithm.signatureAlgorithmName
        if algorithm == .rsaPSS {
            let digest = try pssDigest(&reader)
            if let digest, ASN1ObjectIdentifier.sha2.contains(digest) { return nil }
            name += " with \(digest?.dotted ?? "SHA-1")"
        }
        return "The list is signed with \(name), which is weak or not known here. Have the CA sign "
            + "its lists with SHA-256 or better."
    }

    /// The digest of RSASSA-PSS-params (RFC 4055 §3.1); nil for the default, SHA-1.
    private static func pssDigest(
        _ reader: inout DERReader
    ) throws(DERError) -> ASN1ObjectIdentifier? {
        guard !reader.isAtEnd else { return nil }
        var parameters = try reader.sequence("the signature's parameters")
        guard let element = try parameters.nextIfPresent(DERTag.constructed(0)) else { return nil }
        var wrapper = parameters.inside(element)
        var digest = try wrapper.sequence("the signature's digest")
        return try digest.objectIdentifier("the signature's digest")
    }
}

/// The extensions of a list that mean something here.
struct RevocationListExtensions {
    /// For which certificates it speaks.
    private(set) var scope = RevocationScope()
    /// Why a list with such extensions is not taken; nil if it is.
    private(set) var error: RevocationListError?

    /// As for certificates; real lists have below ten.
    private static let countMax = 64

    /// No extensions.
    init() {}

    /// Takes the SEQUENCE OF Extension.
    init(_ reader: inout DERReader) throws(DERError) {
        var seen: Set<ASN1ObjectIdentifier> = []
        while !reader.isAtEnd {
            var item = try reader.listExtension()
            guard seen.insert(item.type).inserted, seen.count <= Self.countMax else {
                throw .malformed("an extension stands there twice, or there are too many")
            }
            switch item.type {
            case .issuingDistributionPoint:
                scope = try RevocationScope(&item.value)
                try item.value.finish()
                error = error ?? scope.error
            case .deltaIndicator:
                error = RevocationListError(
                    .delta,
                    "The list is a delta: it has only what changed. Give the complete list."
                )
            // Ignored: the signature check finds the key.
            case .authorityKeyIdentifier: break
            default:
                guard item.isCritical else { continue }
                error = error ?? .critical(item.type)
            }
        }
    }
}

/// One extension of a list or of an entry in it.
struct RevocationListExtension {
    let type: ASN1ObjectIdentifier
    let isCritical: Bool
    /// At what is in the OCTET STRING.
    var value: DERReader
}

extension DERReader {
    /// Takes an Extension (RFC 5280 §4.1).
    mutating func listExtension() throws(DERError) -> RevocationListExtension {
        var item = try sequence("an extension")
        let type = try item.objectIdentifier("an extension's type")
        var isCritical = false
        if let flag = try item.nextIfPresent(DERTag.boolean) {
            let octets = item.content(of: flag)
            guard octets.count == 1, octets.first == 0xFF || octets.first == 0 else {
                throw .malformed("an extension's critical flag is no boolean")
            }
            isCritical = octets.first == 0xFF
        }
        let value = try item.next(DERTag.octetString, "an extension's value")
        try item.finish()
        return RevocationListExtension(
            type: type,
            isCritical: isCritical,
            value: item.inside(value)
        )
    }
}

extension RevocationListError {
    /// RFC 5280 §5.2: a list with an unknown critical extension must not be used.
    static func critical(_ type: ASN1ObjectIdentifier) -> RevocationListError {
        RevocationListError(
            .criticalExtension,
            "The list has a critical extension that is not known here, \(type.dotted). Give one "
                + "without it."
        )
    }
}

extension ASN1ObjectIdentifier {
    fileprivate static let issuingDistributionPoint = extensionType(28)
    fileprivate static let deltaIndicator = extensionType(27)
    /// SHA-256, SHA-384 and SHA-512: 2.16.840.1.101.3.4.2.n.
    fileprivate static let sha2 = (1...3).map { last in
        ASN1ObjectIdentifier(known: [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last])
    }
}
