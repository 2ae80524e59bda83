// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

struct NginxFieldsTests {
    private static let certificate = "ssl-client-cert"
    private static let verify = "ssl-client-verify"
    private static let good = Sample.escaped(Sample.pem(Sample.leaf))

    private func read(_ certificate: String?, _ verification: String? = nil) -> Reading {
        var fields: [(String, String)] = []
        if let verification { fields.append((Self.verify, verification)) }
        if let certificate { fields.append((Self.certificate, certificate)) }
        return reading(.nginx, fields)
    }

    // As nginx 1.22 has sent it.
    @Test func `what nginx sends is read`() {
        let sent =
            "-----BEGIN%20CERTIFICATE-----%0AMIIB1jCCAXygAwIBAgIUaM1XWxmWuBZXRs%2Fe3YKj0Y%2F11Hgw"
            + "CgYIKoZIzj0EAwIw%0AEjEQMA4GA1UEAwwHVGVzdCBDQTAgFw0yNjExMjQxNTU3MThaGA8yMTI2MTAzMTE1"
            + "%0ANTcxOFowJzEWMBQGA1UECgwNRXhhbXBsZSwgSW5jLjENMAsGA1UEAwwEbGVhZjBZ%0AMBMGByqGSM49A"
            + "gEGCCqGSM49AwEHA0IABDA2kRtZWsMdwWw0go42dMi7YcSjwpga%0A03AU3sl1eaUyAE86mATokq2kr6%2Fv"
            + "W4eMxc4kPtZ1KjlW%2FVea3QM5PlujgZgwgZUw%0ADAYDVR0TAQH%2FBAIwADATBgNVHSUEDDAKBggrBgEFB"
            + "QcDAjAwBgNVHREEKTAnhhZz%0AcGlmZmU6Ly9leGFtcGxlLm9yZy9hgg1hLmV4YW1wbGUub3JnMB0GA1UdD"
            + "gQWBBRB%0A4je9PPKqnWc9ZUydBkaPPe%2BhKjAfBgNVHSMEGDAWgBT17R%2BvhIc77LpD3t%2BwGE41%0AG"
            + "sT4SjAKBggqhkjOPQQDAgNIADBFAiEA60i%2BghHZg38afuD29rRnUDPTWvZ988Zi%0AbB%2BKgxdlSQgCIF"
            + "0YDDxx8Xbq8Q%2FzsfG%2FMhqu8FPPqy263Mr39b%2F6mTke%0A-----END%20CERTIFICATE-----%0A"
        #expect(sent == Self.good)
        #expect(read(sent, "SUCCESS") == .leaf(.accepted))
        let refused = Reading.leaf(.refused(reason: "self-signed certificate"))
        #expect(read(sent, "FAILED:self-signed certificate") == refused)
        #expect(read(nil, "NONE") == .noCertificate)
    }

    @Test func `a missing verification is reported, and an unexpected one as well`()
        throws
    {
        #expect(read(Self.good) == .leaf(.absent))
        #expect(read(Self.good, "") == .leaf(.absent))
        #expect(read(nil) == .noCertificate)
        let name = try #require(FieldName(Self.certificate))
        let names = try #require(ClientCertificateFieldNames(certificate: name))
        let reader = try #require(ClientCertificateReader(.nginx, names: names))
        let list = FieldList([(Self.certificate, Self.good), (Self.verify, "NONE")])
        #expect(reading(reader, list) == .leaf(.notGiven))
    }

    static let verifications: [(String, ForwardedClientCertificate.Verification)] = [
        ("SUCCESS", .accepted), ("FAILED", .refused(reason: "")), ("FAILED:", .refused(reason: "")),
        ("FAILED:a:b", .refused(reason: "a:b")), ("FAILED:\u{e9}\t", .refused(reason: "??")),
        ("FAILED:SUCCESS", .refused(reason: "SUCCESS")),
    ]

    @Test(arguments: verifications)
    func `verifications are read`(
        text: String,
        verification: ForwardedClientCertificate.Verification
    ) {
        #expect(read(Self.good, text) == .leaf(verification))
    }

    static let badVerifications = [
        "success", "SUCCESS ", "SUCCES", "SUCCESSS", "SUCCESS,SUCCESS", "OK", "0", "true", "none",
        "FAILEDX", "FAIL", "FAILE", "failed:x", "GENEROUS", "(null)", "NONE,SUCCESS",
    ]

    @Test(arguments: badVerifications)
    func `other verifications are refused, with a certificate and without`(text: String) {
        #expect(read(Self.good, text) == .refused(.malformedVerification))
        #expect(read(nil, text) == .refused(.malformedVerification))
    }

    @Test func `verification and certificate must fit`() {
        #expect(read(Self.good, "NONE") == .refused(.contradiction))
        #expect(read(nil, "SUCCESS") == .refused(.contradiction))
        #expect(read("", "SUCCESS") == .refused(.contradiction))
        #expect(read(nil, "FAILED:x") == .noCertificate)
        let long = "FAILED:" + String(repeating: "x", count: 250)
        #expect(read(Self.good, long) == .refused(.tooLarge))
    }

    private static let pem = Sample.pem(Sample.leaf)

    static let refused: [(String, ClientCertificateFieldError)] = [
        (pem, .malformedEscape), (Sample.escaped(pem, safe: "-+"), .malformedEscape),
        (Sample.escaped(Sample.pem(Sample.other), safe: "-="), .malformedEscape),
        (Sample.escaped(pem, safe: "-/"), .malformedEscape),
        (Sample.escaped(pem, safe: "- "), .malformedEscape),
        (good.replacing("%20", with: "+"), .malformedEscape),
        (good.replacing("%2F", with: "%2"), .malformedEscape), (good + "%", .malformedEscape),
        (good + "%0", .malformedEscape), (good.replacing("%2F", with: "%zF"), .malformedEscape),
        (Sample.escaped(good), .malformedPEM), (good + "%0A", .severalCertificates),
        (good + "x", .severalCertificates), ("%0A" + good, .malformedPEM),
        ("x%0A" + good, .malformedPEM), (good + good, .severalCertificates),
        (Sample.escaped(pem + Sample.pem(Sample.other)), .severalCertificates),
        (Sample.escaped(Sample.pem(Sample.leaf, lineEnd: "\r\n")), .malformedPEM),
        (Sample.escaped(Sample.pem(Sample.leaf, lineEnd: " ")), .malformedPEM),
        (Sample.escaped(Sample.pem(Sample.leaf, width: 77)), .malformedPEM),
        (Sample.escaped(Sample.pem(Sample.leaf, width: 10_000)), .malformedPEM),
        (Sample.escaped(pem.replacing("CERTIFICATE", with: "PRIVATE KEY")), .malformedPEM),
        (Sample.escaped(pem.replacing("CERTIFICATE", with: "X509 CERTIFICATE")), .malformedPEM),
        (Sample.escaped(pem.replacing("-----END", with: "----END")), .malformedPEM),
        (Sample.escaped(pem.replacing("-----BEGIN", with: " -----BEGIN")), .malformedPEM),
        (Sample.escaped(pem.replacing("-----\nM", with: "-----\n\nM")), .malformedPEM),
        (Sample.escaped(pem.replacing("\nEjEQ", with: "\n EjEQ")), .malformedPEM),
        (Sample.escaped(pem.replacing("\nEjEQ", with: "EjEQ")), .malformedPEM),
        (Sample.escaped(pem.replacing("EjEQ", with: "Ej-Q")), .malformedBase64),
        (Sample.escaped(pem.replacing("EjEQ", with: "Ej\u{0}Q")), .malformedBase64),
        (Sample.escaped(pem.replacing("MIIB", with: "MIIC")), .malformedDER),
        ("-----BEGIN%20CERTIFICATE-----%0A-----END%20CERTIFICATE-----%0A", .malformedDER),
        (Sample.base64(Sample.leaf), .malformedEscape),
        (Sample.escaped(Sample.base64(Sample.leaf)), .malformedPEM),
    ]

    @Test(arguments: refused)
    func `other texts than one escaped block are refused`(
        value: String,
        error: ClientCertificateFieldError
    ) {
        #expect(read(value, "SUCCESS") == .refused(error))
    }

    @Test func `the case of hexadecimal digits and the width of lines do not count`() {
        let lower = Self.good.replacing("%2F", with: "%2f").replacing("%0A", with: "%0a")
        #expect(read(lower, "SUCCESS") == .leaf(.accepted))
        let wide = Sample.escaped(Sample.pem(Sample.leaf, width: 76))
        #expect(read(wide, "SUCCESS") == .leaf(.accepted))
    }

    @Test func `no part of a value is a certificate, but for the end of the last line`() {
        expectTruncationsRefused(
            .nginx,
            Self.certificate,
            Self.good,
            whole: [Self.good.utf8.count - 3],
            with: [(Self.verify, "SUCCESS")]
        )
    }
}
