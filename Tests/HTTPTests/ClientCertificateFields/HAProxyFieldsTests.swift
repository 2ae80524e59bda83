// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

struct HAProxyFieldsTests {
    private static let der = "x-ssl-client-der"
    private static let chain = "x-ssl-client-chain-der"
    private static let verify = "x-ssl-client-verify"
    private static let leaf = Sample.base64(Sample.leaf)

    private func read(_ der: String?, _ chain: String? = nil, _ verification: String? = nil)
        -> Reading
    {
        let fields = [(Self.der, der), (Self.chain, chain), (Self.verify, verification)]
        return reading(.haproxy, fields.compactMap { name, value in value.map { (name, $0) } })
    }

    // As HAProxy 2.6 has sent it: with a chain, with one that is not verified, and with none.
    @Test func `what HAProxy sends is read`() {
        let ca = Sample.base64(Sample.ca)
        #expect(read(Self.leaf, ca, "0") == .leaf(.accepted, chain: [Sample.ca]))
        #expect(read(Self.leaf, "", "18") == .leaf(.refused(reason: "result 18")))
        #expect(read("", "", "0") == .noCertificate)
    }

    @Test func `certificates of a chain stand one behind the other`() {
        let both = Sample.base64(Sample.ca + Sample.other)
        let expected = Reading.leaf(.accepted, chain: [Sample.ca, Sample.other])
        #expect(read(Self.leaf, both, "0") == expected)
        let eight = [[UInt8]](repeating: [0x30, 1, 7], count: 8)
        let text = Sample.base64(eight.flatMap(\.self))
        #expect(read(Self.leaf, text, "0") == .leaf(.accepted, chain: eight))
        let nine = Sample.base64(eight.flatMap(\.self) + [0x30, 0])
        #expect(read(Self.leaf, nine, "0") == .refused(.chainTooLong))
    }

    @Test
    func `without fields there is no certificate, and without a verification no verification`() {
        #expect(read(nil) == .noCertificate)
        #expect(read(nil, nil, "20") == .noCertificate)
        #expect(read(Self.leaf) == .leaf(.absent))
    }

    static let badVerifications = [
        "00", "01", "-1", "+0", "0x0", "0 ", "SUCCESS", "ok", "0,0", "65536",
        "99999999999999999999",
        "1.0", "\u{0}",
    ]

    @Test(arguments: badVerifications)
    func `other verifications are refused`(text: String) {
        #expect(read(Self.leaf, nil, text) == .refused(.malformedVerification))
        #expect(read(nil, nil, text) == .refused(.malformedVerification))
    }

    static let refused: [(String, ClientCertificateFieldError)] = [
        (leaf + "=", .malformedBase64), (leaf + "\n", .malformedBase64), ("\n", .malformedBase64),
        (":\(leaf):", .malformedBase64), ("\"\(leaf)\"", .malformedBase64),
        ("\(leaf),\(leaf)", .malformedBase64), (leaf + leaf, .malformedDER),
        (Sample.base64(Sample.leaf + Sample.ca), .malformedDER),
        (Sample.base64(Sample.leaf + [0]), .malformedDER),
        (leaf.replacing("/", with: "_"), .malformedBase64),
        (leaf.replacing("+", with: " "), .malformedBase64),
        (Sample.escaped(leaf), .malformedBase64), (Sample.pem(Sample.leaf), .malformedBase64),
        ("AAAA", .malformedDER), ("MAE=", .malformedDER), ("1", .malformedBase64),
    ]

    @Test(arguments: refused)
    func `another text than one certificate is refused`(
        value: String,
        error: ClientCertificateFieldError
    ) {
        #expect(read(value, nil, "0") == .refused(error))
    }

    @Test func `a bad chain is refused, and one without a leaf`() {
        let ca = Sample.base64(Sample.ca)
        #expect(read(nil, ca, "0") == .refused(.chainWithoutCertificate))
        #expect(read("", ca, "0") == .refused(.chainWithoutCertificate))
        for bad in [ca + "AAAA", Sample.base64(Sample.ca + [0x30]), "AAAA"] {
            #expect(read(Self.leaf, bad, "0").error != nil)
        }
        for count in 1..<ca.utf8.count {
            let part = String(ca.prefix(count))
            #expect(read(Self.leaf, part, "0").error != nil, "cut to \(count)")
        }
    }

    @Test func `no part of a value is a certificate`() {
        expectTruncationsRefused(.haproxy, Self.der, Self.leaf, with: [(Self.verify, "0")])
    }
}
