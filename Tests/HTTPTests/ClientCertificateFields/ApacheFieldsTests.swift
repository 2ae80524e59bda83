// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

struct ApacheFieldsTests {
    private static let certificate = "SSL_CLIENT_CERT"
    private static let verify = "SSL_CLIENT_VERIFY"
    /// Without the last space, which is not part of a field's value.
    private static let good = String(Sample.pem(Sample.leaf, lineEnd: " ").dropLast())

    private func read(_ certificate: String?, _ verification: String? = nil) -> Reading {
        let fields = [(Self.certificate, certificate), (Self.verify, verification)]
        return reading(.apache, fields.compactMap { name, value in value.map { (name, $0) } })
    }

    // As Apache 2.4 has sent it.
    @Test func `what Apache sends is read`() {
        let sent =
            "-----BEGIN CERTIFICATE----- MIIB1jCCAXygAwIBAgIUaM1XWxmWuBZXRs/e3YKj0Y/11HgwCgYIKoZI"
            + "zj0EAwIw EjEQMA4GA1UEAwwHVGVzdCBDQTAgFw0yNjExMjQxNTU3MThaGA8yMTI2MTAzMTE1 NTcxOFowJz"
        #expect(Self.good.hasPrefix(sent))
        #expect(read(Self.good, "SUCCESS") == .leaf(.accepted))
        let refused = Reading.leaf(.refused(reason: "self-signed certificate"))
        #expect(read(Self.good, "FAILED:self-signed certificate") == refused)
        #expect(read("(null)", "NONE") == .noCertificate)
    }

    @Test func `a certificate that was let pass is not verified`() {
        #expect(read(Self.good, "GENEROUS") == .leaf(.refused(reason: "GENEROUS")))
        #expect(read("(null)", "GENEROUS") == .noCertificate)
    }

    @Test func `a missing verification is reported`() {
        #expect(read(Self.good) == .leaf(.absent))
        #expect(read(Self.good, "(null)") == .leaf(.absent))
        #expect(read("(null)", "(null)") == .noCertificate)
        #expect(read(nil) == .noCertificate)
    }

    @Test func `verification and certificate must fit`() {
        #expect(read(Self.good, "NONE") == .refused(.contradiction))
        #expect(read("(null)", "SUCCESS") == .refused(.contradiction))
        #expect(read(nil, "SUCCESS") == .refused(.contradiction))
        for bad in ["success", "generous", "GENEROUS:x", "null", "(NULL)", "SUCCESS NONE"] {
            #expect(read(Self.good, bad) == .refused(.malformedVerification))
        }
    }

    private static let other = Sample.pem(Sample.other, lineEnd: " ")

    static let refused: [(String, ClientCertificateFieldError)] = [
        (Sample.pem(Sample.leaf), .malformedPEM),
        (Sample.pem(Sample.leaf, lineEnd: "\t"), .malformedPEM),
        (Sample.pem(Sample.leaf, lineEnd: "  "), .malformedPEM),
        (Sample.pem(Sample.leaf, lineEnd: ""), .malformedPEM),
        (Sample.escaped(good), .malformedPEM), (Sample.base64(Sample.leaf), .malformedPEM),
        (good + "  ", .severalCertificates), (good + " \(other)", .severalCertificates),
        ("\(other)\(good)", .severalCertificates), (good + ", \(good)", .malformedPEM),
        ("(null) \(good)", .malformedPEM), ("\(good) (null)", .severalCertificates),
        (good.replacing("CERTIFICATE", with: "TRUSTED CERTIFICATE"), .malformedPEM),
        (good.replacing("BEGIN CERTIFICATE", with: "BEGIN  CERTIFICATE"), .malformedPEM),
        (good.replacing("EjEQ", with: "EjE*"), .malformedBase64),
        (good.replacing("EjEQ", with: "Ej=="), .malformedBase64),
        (good.replacing("MIIB", with: "MIIA"), .malformedDER),
        ("-----BEGIN CERTIFICATE-----", .malformedPEM),
        ("-----BEGIN CERTIFICATE----- -----END CERTIFICATE-----", .malformedDER),
        ("(null", .malformedPEM), ("null", .malformedPEM),
    ]

    @Test(arguments: refused)
    func `other texts than one block in a line are refused`(
        value: String,
        error: ClientCertificateFieldError
    ) {
        #expect(read(value, "SUCCESS") == .refused(error))
    }

    @Test func `no part of a value is a certificate`() {
        expectTruncationsRefused(
            .apache,
            Self.certificate,
            Self.good,
            with: [(Self.verify, "SUCCESS")]
        )
    }
}
