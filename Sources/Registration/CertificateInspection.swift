// SPDX-License-Identifier: Apache-2.0
package import Cryptography
package import Text

/// The contents of a certificate, and whether a client may register it; for people and for
/// programs.
package struct CertificateInspection: Presentable, Sendable {
    /// One thing that it says: a member for programs, and lines for people, of which it may have
    /// none or several.
    private struct Fact: Sendable {
        let member: String
        let value: JSONValue
        let lines: [(name: String, text: String)]

        init(_ member: String, _ value: JSONValue, lines: [(name: String, text: String)] = []) {
            (self.member, self.value, self.lines) = (member, value, lines)
        }

        /// A text that is the same for both.
        init(_ member: String, _ name: String, _ text: String) {
            self.init(member, .string(text), lines: [(name, text)])
        }

        /// Texts that people read in one line.
        init(_ member: String, _ name: String, list: [String]) {
            let value = JSONValue.array(list.map { .string($0) })
            self.init(member, value, lines: [(name, list.joined(separator: ", "))])
        }
    }

    /// In the order in which people read them.
    private let facts: [Fact]

    /// Inspects as of `now`, in seconds since 1970.
    package init(_ certificate: Certificate, now: Int64) {
        facts =
            Self.names(certificate) + Self.content(certificate) + Self.digests(certificate)
            + Self.registration(certificate, now: now)
    }

    /// For programs.
    package var value: JSONValue {
        .object(Dictionary(uniqueKeysWithValues: facts.map { ($0.member, $0.value) }))
    }

    /// Lines of a name and a value.
    package var text: String {
        facts.flatMap(\.lines).map { name, text in
            name + String(repeating: " ", count: max(1, 20 - name.utf8.count)) + text
        }.joined(separator: "\n")
    }

    private static func names(_ certificate: Certificate) -> [Fact] {
        let issuer = certificate.issuer.canonical
        let isSelfIssued = certificate.isSelfIssued
        let alternatives = certificate.extensions.subjectAlternativeNames.map(\.description)
        return [
            Fact("subject", "subject", certificate.subject.canonical),
            Fact(
                "subject_general_first",
                "  general first",
                certificate.subject.canonicalReversed
            ),
            Fact(
                "issuer",
                .string(issuer),
                lines: [("issuer", isSelfIssued ? "itself" : issuer)]
            ),
            Fact("self_issued", .boolean(isSelfIssued)),
            Fact(
                "alternative_names",
                .array(alternatives.map { .string($0) }),
                lines: alternatives.map { ("alternative name", $0) }
            ),
        ]
    }

    private static func content(_ certificate: Certificate) -> [Fact] {
        let (key, version) = (certificate.publicKey, certificate.version)
        let keyText = key.bits > 0 ? "\(key.name), \(key.bits) bits" : key.name
        let isCA = certificate.isCA
        let facts = [
            Fact("serial", "serial number", certificate.serialHexadecimal),
            Fact("version", .integer(Int64(version)), lines: [("version", "\(version)")]),
            Fact("not_before", "valid from", CertificateTime.text(certificate.notBefore)),
            Fact("not_after", "valid until", CertificateTime.text(certificate.notAfter)),
            Fact("key", .string(key.name), lines: [("key", keyText)]),
            Fact("key_bits", .integer(Int64(key.bits))),
            Fact("signature_algorithm", "signature", certificate.signatureAlgorithmName),
            Fact(
                "authority",
                .boolean(isCA),
                lines: [("CA", isCA ? "yes" : "no")]
            ),
        ]
        let usage = certificate.extensions.keyUsage?.names
        let purposes = certificate.extensions.extendedKeyUsage?.map(purposeName)
        return facts
            + [
                usage.map { Fact("key_usage", "key usage", list: $0) },
                purposes.map { Fact("extended_key_usage", "purposes", list: $0) },
            ].compactMap { $0 }
    }

    private static func digests(_ certificate: Certificate) -> [Fact] {
        [
            Fact("x5t#S256", "x5t#S256", certificate.thumbprint.base64URL),
            Fact("sha256", "SHA-256", colons(certificate.thumbprint)),
            Fact(
                "spki_sha256",
                "SHA-256 of the key",
                colons(certificate.subjectPublicKeyInfoDigest)
            ),
        ]
    }

    private static func registration(_ certificate: Certificate, now: Int64) -> [Fact] {
        let findings = RegistrationPolicy.findings(certificate, now: now)
        let isRegistrable = RegistrationPolicy.reasonToRefuse(findings) == nil
        return [
            Fact(
                "registrable",
                .boolean(isRegistrable),
                lines: [
                    ("registration", isRegistrable ? "can be registered" : "would be refused")
                ]
            ),
            Fact(
                "findings",
                .array(
                    findings.map { finding in
                        .object([
                            "severity": .string(finding.severity.rawValue),
                            "code": .string(finding.code),
                            "text": .string(finding.text),
                        ])
                    }
                ),
                lines: findings.map { ("  \($0.severity.rawValue)", $0.text) }
            ),
        ]
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
