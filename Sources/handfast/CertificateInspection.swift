// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Text

/// What `handfast certificate inspect` shows.
struct CertificateInspection: Encodable {
    /// One thing that registration has to say.
    struct Finding: Encodable {
        let severity: String
        let code: String
        let text: String
    }

    let subject: String
    let subjectGeneralFirst: String
    let issuer: String
    let alternativeNames: [String]
    let serial: String
    let version: Int
    let notBefore: String
    let notAfter: String
    let key: String
    let keyBits: Int
    let signatureAlgorithm: String
    let selfIssued: Bool
    let authority: Bool
    let keyUsage: [String]?
    let extendedKeyUsage: [String]?
    let thumbprint: String
    let sha256: String
    let spkiSHA256: String
    let registrable: Bool
    let findings: [Finding]

    enum CodingKeys: String, CodingKey {
        case subject, issuer, serial, version, key, authority, registrable, findings, sha256
        case subjectGeneralFirst = "subject_general_first"
        case alternativeNames = "alternative_names"
        case notBefore = "not_before"
        case notAfter = "not_after"
        case keyBits = "key_bits"
        case signatureAlgorithm = "signature_algorithm"
        case selfIssued = "self_issued"
        case keyUsage = "key_usage"
        case extendedKeyUsage = "extended_key_usage"
        case thumbprint = "x5t#S256"
        case spkiSHA256 = "spki_sha256"
    }

    /// Inspects as of `now`, in seconds since 1970.
    init(_ certificate: Certificate, now: Int64) {
        subject = certificate.subject.canonical
        subjectGeneralFirst = certificate.subject.canonicalReversed
        issuer = certificate.issuer.canonical
        let extensions = certificate.extensions
        alternativeNames = extensions.subjectAlternativeNames.map(\.description)
        serial = certificate.serialHexadecimal
        version = certificate.version
        notBefore = CertificateTime.text(certificate.notBefore)
        notAfter = CertificateTime.text(certificate.notAfter)
        key = certificate.publicKey.name
        keyBits = certificate.publicKey.bits
        signatureAlgorithm = certificate.signatureAlgorithmName
        selfIssued = certificate.isSelfIssued
        authority = certificate.isAuthority
        keyUsage = extensions.keyUsage?.names
        extendedKeyUsage = extensions.extendedKeyUsage?.map(Self.purposeName)
        thumbprint = certificate.thumbprint.base64URL
        sha256 = Self.colons(certificate.thumbprint)
        spkiSHA256 = Self.colons(certificate.subjectPublicKeyInfoDigest)
        findings = RegistrationPolicy.findings(certificate, now: now).map { finding in
            Finding(severity: finding.severity.rawValue, code: finding.code, text: finding.text)
        }
        registrable = RegistrationPolicy.accepts(certificate, now: now)
    }

    /// Lines of a name and a value.
    var text: String {
        var lines = [
            ("subject", subject), ("  general first", subjectGeneralFirst),
            ("issuer", selfIssued ? "itself" : issuer),
        ]
        lines += alternativeNames.map { ("alternative name", $0) }
        lines += [
            ("serial number", serial), ("version", "\(version)"),
            ("valid from", notBefore), ("valid until", notAfter),
            ("key", keyBits > 0 ? "\(key), \(keyBits) bits" : key),
            ("signature", signatureAlgorithm), ("authority", authority ? "yes" : "no"),
        ]
        if let keyUsage { lines.append(("key usage", keyUsage.joined(separator: ", "))) }
        if let extendedKeyUsage {
            lines.append(("purposes", extendedKeyUsage.joined(separator: ", ")))
        }
        lines += [
            ("x5t#S256", thumbprint), ("SHA-256", sha256), ("SHA-256 of the key", spkiSHA256),
            ("registration", registrable ? "can be registered" : "would be refused"),
        ]
        lines += findings.map { ("  \($0.severity)", $0.text) }
        return lines.map { name, value in
            name + String(repeating: " ", count: max(1, 20 - name.utf8.count)) + value
        }.joined(separator: "\n")
    }

    private static func purposeName(_ purpose: ASN1ObjectIdentifier) -> String {
        switch purpose {
        case .clientAuthentication: "clientAuth"
        case .serverAuthentication: "serverAuth"
        case .anyPurpose: "anyExtendedKeyUsage"
        default: purpose.dotted
        }
    }

    /// As `openssl x509 -fingerprint` prints it.
    private static func colons(_ digest: Digest256) -> String {
        digest.bytes.map { Hexadecimal.text([$0]).uppercased() }.joined(separator: ":")
    }
}
