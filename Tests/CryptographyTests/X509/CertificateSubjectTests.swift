// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

/// One row of a table of names.
private struct Row: CustomStringConvertible {
    let result: String
    let certificate: String
    let registered: String
    let reason: String

    var description: String { "\(result): `\(certificate)` and `\(registered)` (\(reason))" }

    static func all(_ table: String) -> [Row] {
        table.split(separator: "\n").map { line in
            let cells = line.split(separator: "¦", omittingEmptySubsequences: false).map { cell in
                // One space on either side belongs to the table, all others to the value.
                var cell = cell
                if cell.first == " " { cell.removeFirst() }
                if cell.last == " " { cell.removeLast() }
                return String(cell)
            }
            return Row(
                result: cells[0].filter { $0 != " " },
                certificate: cells[1],
                registered: SyntheticCertificate.characters(cells[2]),
                reason: cells[3]
            )
        }
    }
}

@Suite struct CertificateSubjectTests {
    private let kinds: [String: CertificateSubject.Kind] = [
        "dns": .dns, "uri": .uri, "ip": .ip, "email": .email,
    ]

    /// `same`, `differ` or `refuse`.
    private func result(
        _ kind: CertificateSubject.Kind,
        _ text: String,
        _ certificate: Certificate
    ) -> String {
        guard let subject = try? CertificateSubject(kind, parsing: text) else { return "refuse" }
        return subject.matches(certificate) ? "same" : "differ"
    }

    @Test func `the tables have three hundred pairs`() {
        #expect(Row.all(distinguishedNameTable).count + Row.all(alternativeNameTable).count >= 300)
    }

    @Test func `subjects match by name, not by printed text`() throws {
        for row in Row.all(distinguishedNameTable) {
            let certificate = try SyntheticCertificate.subject(row.certificate)
            let found = result(.distinguishedName, row.registered, certificate)
            #expect(found == row.result, "\(row)")
        }
    }

    @Test func `alternative names match exactly, by their type`() throws {
        for row in Row.all(alternativeNameTable) {
            let certificate = try SyntheticCertificate.alternativeNames(row.certificate)
            let parts = row.registered.split(
                separator: " ",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            let kind = try #require(kinds[String(parts[0])])
            let text = parts.count > 1 ? String(parts[1]) : ""
            #expect(result(kind, text, certificate) == row.result, "\(row)")
        }
    }

    @Test func `what is printed at registration registers the same subject`() throws {
        for row in Row.all(distinguishedNameTable) {
            let subject = try SyntheticCertificate.subject(row.certificate).subject
            guard subject.matches(subject) else { continue }
            for text in [subject.canonical, subject.canonicalReversed] {
                let again = try DistinguishedName(parsing: text)
                #expect(subject.matches(registered: again), "\(row): \(text)")
            }
            let inOrder = try DistinguishedName(parsing: subject.canonical)
            #expect(subject.matches(registered: inOrder, orderTolerant: false), "\(row)")
        }
    }

    @Test func `without order tolerance the other order does not match`() throws {
        let subject = try SyntheticCertificate.subject("C=p:LK|CN=u:x").subject
        let reversed = try DistinguishedName(parsing: "C=LK,CN=x")
        #expect(subject.matches(registered: reversed))
        #expect(!subject.matches(registered: reversed, orderTolerant: false))
    }

    @Test func `an empty subject matches nothing that can be registered`() throws {
        let certificate = try SyntheticCertificate.certificate(
            subject: SyntheticCertificate.element(0x30, []),
            names: []
        )
        #expect(certificate.subject.isEmpty)
        #expect(!certificate.subject.matches(registered: certificate.subject))
    }

    @Test func `refusals say what to write`() {
        #expect(message(.distinguishedName, "CN=a<b").contains(#"`\<`"#))
        #expect(message(.distinguishedName, "FOO=x").contains("2.5.4.3"))
        #expect(message(.dns, "bücher.example").contains("xn--"))
        #expect(message(.dns, "192.0.2.1").contains("san_ip"))
        #expect(message(.ip, "[::1]").contains("brackets"))
        #expect(message(.uri, "example.org").contains("spiffe://"))
        #expect(message(.email, "me").contains("client@example.org"))
    }

    @Test(arguments: [
        ("CN=", "CN"), ("O=,CN=x", "O"), ("CN=x,O= ", "O"), (#"CN=\20\20"#, "CN"),
        (#"CN="",O=a"#, "CN"), ("/O=/CN=x", "O"), ("CN=#0c00", "CN"), ("CN=#0c0120", "CN"),
        ("CN=x+2.5.4.99=\u{200B}", "2.5.4.99"),
    ])
    func `an empty value may not be registered`(text: String, keyword: String) throws {
        let subject = try CertificateSubject(.distinguishedName, parsing: text)
        #expect(subject.reasonNotToRegister?.hasPrefix("\(keyword) has an empty value.") == true)
        // One that is registered already keeps the certificate that has such a name.
        let certificate = try SyntheticCertificate.subject("CN=u:")
        let empty = try CertificateSubject(.distinguishedName, parsing: "CN=")
        #expect(empty.matches(certificate))
    }

    @Test(arguments: ["CN=x", #"CN=\ x"#, "CN=0", "O=-,CN=x", "CN=#0500"])
    func `what has a character, or is no string, is no empty value`(text: String) throws {
        let subject = try CertificateSubject(.distinguishedName, parsing: text)
        #expect(subject.reasonNotToRegister == nil)
    }

    @Test func `labels have at most 63 characters`() throws {
        let longest = String(repeating: "a", count: 63) + ".example"
        let certificate = try SyntheticCertificate.alternativeNames("dns:\(longest)")
        #expect(result(.dns, longest, certificate) == "same")
        #expect(result(.dns, "a" + longest, certificate) == "refuse")
        let tooLong = (1...5).map { _ in longest }.joined(separator: ".")
        #expect(result(.dns, tooLong, certificate) == "refuse")
    }

    @Test func `subjects show the form that is compared`() throws {
        let shown: [(CertificateSubject.Kind, String, String)] = [
            (.distinguishedName, "/C=LK/CN=a, b", #"CN=a\, b,C=LK"#),
            (.dns, "A.Example.", "a.example"),
            (.ip, "2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            (.ip, "::", "::"), (.ip, "1:0:2:0:3:0:4:0", "1:0:2:0:3:0:4:0"),
            (.uri, "SPIFFE://A/B", "spiffe://a/B"), (.email, "Me@A.Example", "Me@a.example"),
        ]
        for (kind, text, canonical) in shown {
            #expect(try CertificateSubject(kind, parsing: text).canonical == canonical)
        }
    }

    @Test func `controls in a name are printed harmlessly`() throws {
        let subject = try SyntheticCertificate.subject("CN=u:a{001B}[2J{000A}b{202E}c").subject
        #expect(subject.canonical == #"CN=a\1b[2J\0ab\e2\80\aec"#)
    }

    private func message(_ kind: CertificateSubject.Kind, _ text: String) -> String {
        do {
            _ = try CertificateSubject(kind, parsing: text)
            return ""
        } catch {
            return error.description
        }
    }
}
