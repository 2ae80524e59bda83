// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

struct CloudflareFieldsTests {
    private static let name = "Cf-Client-Cert-Der-Base64"
    private static let leaf = Sample.base64(Sample.leaf)

    private func read(
        _ certificate: String?,
        verified: String? = nil,
        presented: String? = nil,
        revoked: String? = nil
    ) -> Reading {
        let fields = [
            (Self.name, certificate), ("cf-cert-verified", verified),
            ("cf-cert-presented", presented), ("cf-cert-revoked", revoked),
        ]
        return reading(.cloudflare, fields.compactMap { name, value in value.map { (name, $0) } })
    }

    @Test func `what Cloudflare sends is read`() {
        let all = read(Self.leaf, verified: "true", presented: "true", revoked: "false")
        #expect(all == .leaf(.accepted))
        let foreign = read(Self.leaf, verified: "false", presented: "true", revoked: "false")
        #expect(foreign == .leaf(.refused(reason: "not verified")))
        let revoked = read(Self.leaf, verified: "true", presented: "true", revoked: "true")
        #expect(revoked == .leaf(.refused(reason: "revoked")))
        let none = read(nil, verified: "false", presented: "false", revoked: "false")
        #expect(none == .noCertificate)
    }

    @Test func `a missing verification is reported`() {
        #expect(read(Self.leaf) == .leaf(.absent))
        #expect(read(Self.leaf, presented: "true") == .leaf(.absent))
        #expect(read(Self.leaf, revoked: "false") == .leaf(.absent))
        #expect(read(Self.leaf, verified: "true") == .leaf(.accepted))
        #expect(read(nil) == .noCertificate)
        #expect(read("") == .noCertificate)
    }

    @Test func `the verification can have another name`() throws {
        let certificate = try #require(FieldName(Self.name))
        let verification = try #require(FieldName("Cf-Client-Cert-Verified"))
        let names = try #require(
            ClientCertificateFieldNames(certificate: certificate, verification: verification)
        )
        let reader = try #require(ClientCertificateReader(.cloudflare, names: names))
        for (text, verification) in [
            ("true", Reading.leaf(.accepted)), ("1", .refused(.malformedVerification)),
        ] {
            let list = FieldList([(Self.name, Self.leaf), ("cf-client-cert-verified", text)])
            #expect(reading(reader, list) == verification)
        }
    }

    @Test func `the fields must fit`() {
        #expect(read(Self.leaf, presented: "false") == .refused(.contradiction))
        #expect(read(nil, presented: "true") == .refused(.certificateNotForwarded))
        #expect(read(nil, verified: "true") == .refused(.certificateNotForwarded))
        #expect(read("", verified: "true") == .refused(.certificateNotForwarded))
    }

    @Test(arguments: ["TRUE", "True", "1", "0", "yes", "true ", "true,true", "SUCCESS", "truee"])
    func `other words than true and false are refused`(word: String) {
        #expect(read(Self.leaf, verified: word) == .refused(.malformedVerification))
        #expect(read(Self.leaf, presented: word) == .refused(.malformedVerification))
        #expect(
            read(Self.leaf, verified: "true", revoked: word) == .refused(.malformedVerification)
        )
        #expect(read(nil, verified: word) == .refused(.malformedVerification))
    }

    static let refused: [(String, ClientCertificateFieldError)] = [
        (":\(leaf):", .malformedBase64), (leaf + "=", .malformedBase64),
        (leaf + leaf, .malformedDER),
        ("\(leaf),\(leaf)", .malformedBase64), (Sample.pem(Sample.leaf), .malformedBase64),
        (Sample.escaped(leaf), .malformedBase64),
        (leaf.replacing("+", with: "-"), .malformedBase64),
        (Sample.base64(Sample.leaf + [0]), .malformedDER), ("MAA", .malformedBase64),
    ]

    @Test(arguments: refused)
    func `another text than one certificate is refused`(
        value: String,
        error: ClientCertificateFieldError
    ) {
        #expect(read(value, verified: "true") == .refused(error))
    }

    @Test func `no part of a value is a certificate`() {
        expectTruncationsRefused(
            .cloudflare,
            Self.name,
            Self.leaf,
            with: [("cf-cert-verified", "true")]
        )
    }
}
