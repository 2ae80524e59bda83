// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

/// Names that openssl makes and prints, as an independent reader of the same names.
@Suite struct DistinguishedNameTests {
    let openssl: OpenSSLCommand

    init() throws {
        openssl = try OpenSSLCommand()
        try openssl.key("k")
    }

    private static let subjects = [
        "/C=LK/O=WSO2/CN=playground2", "/CN=x", "/DC=org/DC=example/CN=client",
        "/C=DE/ST=Bayern/L=München/O=Größe & Söhne/CN=Jörg", #"/O=Sue\, Grabbit/CN=a, b; c"#,
        "/CN=a+UID=b/O=c", #"/CN=1\+1=2"#, "/CN=#hash", "/CN= outer  spaces ", #"/CN=a\\b"#,
        "/CN=\"quoted\"", "/CN=<angle>", "/C=LK/serialNumber=12345/CN=device",
        "/CN=x/emailAddress=me@example.org", "/2.5.4.97=PSDGB-1/CN=bank", "/CN=日本語",
        "/title=Dr/SN=Who/CN=Doctor Who", "/street=1 Main/postalCode=12345/CN=x",
    ]

    private func make(_ subject: String, _ options: [String] = []) throws -> Certificate {
        try openssl.run(
            words: [
                "req", "-x509", "-new", "-key", "k-key.pem", "-days", "30", "-utf8",
                "-subj", subject, "-out", "n.pem",
            ] + options
        )
        return try CertificateFile.certificate(in: try openssl.bytes("n.pem"))
    }

    private func printed(_ options: String) throws -> String {
        let line = try openssl.run("x509 -in n.pem -noout -subject -nameopt \(options)")
        return String(line.drop { $0 != "=" }.dropFirst().prefix { $0 != "\n" })
    }

    @Test(arguments: subjects)
    func `whatever form openssl prints, it is the certificate's subject`(subject: String) throws {
        let certificate = try make(subject)
        let forms = [
            "RFC2253", "RFC2253,-esc_msb,utf8", "oneline", "oneline,-esc_msb,utf8",
            "RFC2253,dump_all", "RFC2253,lname", "RFC2253,oid,-dump_unknown",
            "esc_2253,sep_comma_plus_space,dump_nostr,dn_rev,utf8", "RFC2253,use_quote,utf8",
        ]
        for form in forms {
            let text = try printed(form)
            let registered = try CertificateSubject(.distinguishedName, parsing: text)
            #expect(registered.matches(certificate), "\(form) printed `\(text)`")
            let longer = try CertificateSubject(.distinguishedName, parsing: "O=more,\(text)")
            #expect(!longer.matches(certificate))
        }
    }

    @Test(arguments: ["utf8only", "nombstr", "pkix", "default"])
    func `string types do not matter`(mask: String) throws {
        try openssl.write(
            "mask.cnf",
            "[req]\ndistinguished_name=dn\nstring_mask=\(mask)\n[dn]\n"
        )
        let certificate = try make("/O=Köln/CN=x", ["-config", "mask.cnf"])
        let subject = try CertificateSubject(.distinguishedName, parsing: "CN=X,O=KÖLN")
        #expect(subject.matches(certificate))
        let other = try CertificateSubject(.distinguishedName, parsing: "CN=X,O=KOLN")
        #expect(!other.matches(certificate))
    }

    @Test(arguments: subjects)
    func `what is printed here is what openssl prints`(subject: String) throws {
        let certificate = try make(subject)
        // openssl turns sets around, too, and knows two of the types by another keyword.
        guard !subject.contains(/\+UID|2\.5\.4\.97|street/) else { return }
        #expect(certificate.subject.canonical == (try printed("RFC2253,-esc_msb,utf8")))
    }
}
