// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Registration
import Storage
import TestSupport
import Testing
import Text

struct CertificateRegistrationTests {
    private static func pem(_ der: [UInt8]) -> [UInt8] {
        let text = String(decoding: Base64.encode(der.span), as: UTF8.self)
        return Array("-----BEGIN CERTIFICATE-----\n\(text)\n-----END CERTIFICATE-----\n".utf8)
    }

    @Test(arguments: [
        Vectors.one, Vectors.two, Vectors.rsa, Vectors.ed25519, RevocationVectors.root,
        Vectors.leaf,
    ])
    func `a client's certificate is registered whole`(_ der: [UInt8]) throws {
        for content in [der, Self.pem(der)] {
            let accepted = try CertificateRegistration.client(content, now: Vectors.now)
            let record = accepted.record
            #expect(record.der == der && record.thumbprint == Digest256.of(der).bytes)
            #expect(record.createdAt == Vectors.now && record.subject.contains("O=Handfast"))
            #expect(record.notBefore < Vectors.now && record.notAfter > Vectors.now)
        }
    }

    @Test func `a certificate that cannot be used is refused with the reason`() {
        for (content, word) in [
            (Vectors.weak, "1024"), (Vectors.ended, "expired"), ([], "empty"),
            (Array("prose".utf8), "neither"), (Array(Vectors.one.dropLast()), ""),
            (Self.pem(Vectors.one) + Self.pem(Vectors.two), "2 certificates"),
            (
                Array("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".utf8),
                "private"
            ),
        ] {
            let findings = thrownFindings {
                try CertificateRegistration.client(content, now: Vectors.now)
            }
            #expect(findings.map(\.field) == [.certificates])
            #expect(findings.map(\.kind) == [.unusable])
            #expect(findings.first?.words.contains(word) == true, "\(findings)")
        }
    }

    @Test func `a certificate that ends soon is registered with a warning`() throws {
        let end = try Certificate(der: Vectors.one).notAfter
        let accepted = try CertificateRegistration.client(Vectors.one, now: end - 86_400)
        #expect(accepted.warnings.map(\.field) == [.certificates])
        #expect(accepted.warnings.first?.text.contains("expires") == true)
        #expect(try CertificateRegistration.client(Vectors.one, now: Vectors.now).warnings.isEmpty)
    }

    @Test func `CAs of one file are all registered, or none of them`() throws {
        let both = Self.pem(RevocationVectors.root) + Self.pem(RevocationVectors.otherRoot)
        let accepted = try CertificateRegistration.caCertificates(both, now: Vectors.now)
        #expect(
            accepted.map(\.record.subject) == ["CN=Root,O=Handfast", "CN=Second Root,O=Handfast"]
        )
        // Everything that is wrong, each with the certificate that it is about.
        let mixed = both + Self.pem(Vectors.leaf) + Self.pem(Vectors.one)
        let findings = thrownFindings {
            try CertificateRegistration.caCertificates(mixed, now: Vectors.now)
        }
        #expect(findings.map(\.about) == ["CN=leaf,O=Handfast", "CN=one,O=Handfast"])
        #expect(
            findings.allSatisfy { $0.words.contains("not a CA") && $0.field == .caCertificates }
        )
        let alone = thrownFindings {
            try CertificateRegistration.caCertificates(Vectors.leaf, now: Vectors.now)
        }
        #expect(alone.map(\.about) == [nil])
    }

    @Test func `the CAs of a trust set are as a client's own; one that cannot be read is left out`()
    {
        let set = TrustSetRecord(
            name: "a",
            caCertificates: [RevocationVectors.root, [1, 2, 3]],
            created: 7
        )
        let records = CertificateRegistration.records(of: set)
        #expect(records.map(\.der) == [RevocationVectors.root] && records.map(\.createdAt) == [7])
    }

    @Test func `a thumbprint is read in each of its forms`() throws {
        let bytes = (0..<32).map { UInt8($0 * 8) }
        let hexadecimal = Hexadecimal.text(bytes)
        let pairs = stride(from: 0, to: 64, by: 2).map { at in
            String(hexadecimal.dropFirst(at).prefix(2))
        }
        for text in [
            Thumbprint.text(bytes), hexadecimal, hexadecimal.uppercased(),
            pairs.joined(separator: ":"),
        ] {
            #expect(try Thumbprint.parse(text) == bytes)
        }
        for text in [
            "", "zz", Thumbprint.text(bytes) + "A", String(hexadecimal.dropLast()),
            hexadecimal + "0", "g" + hexadecimal.dropFirst(), hexadecimal.dropLast(2) + "é",
        ] {
            #expect(thrownFindings { try Thumbprint.parse(text) }.map(\.field) == [.certificates])
        }
    }
}

struct SubjectRegistrationTests {
    @Test func `each kind of subject is read to the form that is compared`() throws {
        let table: [(CertificateSubject.Kind, String, String)] = [
            (.distinguishedName, "CN=a,O=Handfast", "CN=a,O=Handfast"),
            (.distinguishedName, "/O=Handfast/CN=a", "CN=a,O=Handfast"),
            (.dns, "A.Example", "a.example"),
            (.uri, "https://a.example/x", "https://a.example/x"),
            (.ip, "2001:DB8:0::1", "2001:db8::1"),
            (.email, "a@B.example", "a@b.example"),
        ]
        for (kind, text, canonical) in table {
            let subject = try SubjectRegistration(kind, text)
            #expect(subject.kind == kind && subject.canonical == canonical)
            #expect(RegistrationField(kind).rawValue == kind.rawValue)
        }
    }

    @Test func `a subject of several lines becomes one, and Go's order is turned back`() throws {
        let lines = try SubjectRegistration(.distinguishedName, "C=LK\nO=a\nCN=b")
        #expect(!lines.text.contains("\n"))
        let go = try SubjectRegistration(
            .distinguishedName,
            "CN=go,ST=West,L=Colombo,OU=a+OU=b,O=WSO2,C=LK",
            order: .go
        )
        #expect(go.text == "CN=go,OU=b,OU=a,O=WSO2,L=Colombo,ST=West,C=LK")
    }

    @Test func `a subject that could never match is refused`() {
        let table: [(CertificateSubject.Kind, String)] = [
            (.distinguishedName, ""), (.distinguishedName, "CN="), (.distinguishedName, "CN=a\nb"),
            (.distinguishedName, "CN=a\u{0}"), (.dns, ""), (.dns, "a b"), (.uri, "no uri"),
            (.ip, "1.2.3"), (.ip, "[::1]"), (.email, "nobody"),
        ]
        for (kind, text) in table {
            let findings = thrownFindings { try SubjectRegistration(kind, text) }
            #expect(findings.map(\.field) == [RegistrationField(kind)])
            #expect(findings.first?.words.hasPrefix("The subject is refused. ") == true)
        }
    }
}
