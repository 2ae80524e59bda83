// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

struct RFC9440FieldsTests {
    private static let certificate = "Client-Cert"
    private static let chain = "Client-Cert-Chain"

    private static func sequence(_ der: [UInt8]) -> String { ":\(Sample.base64(der)):" }

    private func read(_ leaf: String?, _ rest: String? = nil) -> Reading {
        var fields: [(String, String)] = [("Host", "a")]
        if let leaf { fields.append((Self.certificate, leaf)) }
        if let rest { fields.append((Self.chain, rest)) }
        return reading(.rfc9440, fields)
    }

    // RFC 9421, appendix B.3, has the certificate of RFC 9440, appendix A.
    @Test func `the example of the RFC is read`() {
        let example =
            ":MIIBqDCCAU6gAwIBAgIBBzAKBggqhkjOPQQDAjA6MRswGQYDVQQKDBJMZXQncyBBdXRoZW50aWNhdGUxGzAZ"
            + "BgNVBAMMEkxBIEludGVybWVkaWF0ZSBDQTAeFw0yMDAxMTQyMjU1MzNaFw0yMTAxMjMyMjU1MzNaMA0xCz"
            + "AJBgNVBAMMAkJDMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8YnXXfaUgmnMtOXU/IncWalRhebrXmck"
            + "C8vdgJ1p5Be5F/3YC8OthxM4+k1M6aEAEFcGzkJiNy6J84y7uzo9M6NyMHAwCQYDVR0TBAIwADAfBgNVHS"
            + "MEGDAWgBRm3WjLa38lbEYCuiCPct0ZaSED2DAOBgNVHQ8BAf8EBAMCBsAwEwYDVR0lBAwwCgYIKwYBBQUH"
            + "AwIwHQYDVR0RAQH/BBMwEYEPYmRjQGV4YW1wbGUuY29tMAoGCCqGSM49BAMCA0gAMEUCIBHda/r1vaL6G3"
            + "VliL4/Di6YK0Q6bMjeSkC3dFCOOB8TAiEAx/kHSB4urmiZ0NX5r5XarmPk0wmuydBVoU4hBVZ1yhk=:"
        guard case .certificate(let found) = read(example) else {
            Issue.record("no certificate")
            return
        }
        #expect(found.leaf.count == 428 && found.leaf.starts(with: [0x30, 0x82, 0x01, 0xa8]))
        #expect(found.chain.isEmpty && found.verification == .notGiven && found.leafDigest == nil)
    }

    @Test func `a chain is a list`() {
        let leaf = Self.sequence(Sample.leaf)
        let ca = Self.sequence(Sample.ca)
        let other = Self.sequence(Sample.other)
        #expect(read(leaf, ca) == .leaf(.notGiven, chain: [Sample.ca]))
        let both = Reading.leaf(.notGiven, chain: [Sample.ca, Sample.other])
        for comma in [",", ", ", " ,", "\t,\t ", " , "] {
            #expect(read(leaf, ca + comma + other) == both)
        }
        #expect(read(leaf, "") == .leaf(.notGiven))
    }

    @Test func `no field and an empty one are no certificate`() {
        #expect(read(nil) == .noCertificate)
        #expect(read("") == .noCertificate)
        #expect(read("", "") == .noCertificate)
    }

    static let refused: [(String, ClientCertificateFieldError)] = [
        (":", .malformedField), ("::", .malformedDER),
        (Sample.base64(Sample.leaf), .malformedField),
        (":AAAA:", .malformedDER), ("\(sequence(Sample.leaf));a=1", .malformedField),
        ("\(sequence(Sample.leaf)) ", .malformedField),
        (" \(sequence(Sample.leaf))", .malformedField),
        ("\(sequence(Sample.leaf)):", .malformedField),
        ("\(sequence(Sample.leaf)), \(sequence(Sample.other))", .severalCertificates),
        ("\(sequence(Sample.leaf)),", .severalCertificates),
        ("\"\(Sample.base64(Sample.leaf))\"", .malformedField), ("?1", .malformedField),
        (":\(Sample.pem(Sample.leaf)):", .malformedBase64),
        (": \(Sample.base64(Sample.leaf)):", .malformedBase64),
        (":\(Sample.base64(Sample.leaf + [0])):", .malformedDER),
        (":\(Sample.base64(Sample.leaf + Sample.leaf)):", .malformedDER),
        (":\(Sample.base64(Sample.leaf).replacing("+", with: "-")):", .malformedBase64),
        (":\(Sample.base64(Sample.leaf).replacing("/", with: "_")):", .malformedBase64),
        (":\(Sample.base64(Sample.ca).dropLast(2)):", .malformedBase64),
        (":\(Sample.base64([0x30, 0x81, 0x01, 0])):", .malformedDER),
        (":\(Sample.base64([0x30, 0x80, 0, 0])):", .malformedDER),
        (":\(Sample.base64([0x31, 0x01, 0])):", .malformedDER),
        (":\(Sample.base64([0x30])):", .malformedDER),
        (":\(Sample.base64([0x30, 0x84, 0, 0, 0, 1, 0])):", .malformedDER),
    ]

    @Test(arguments: refused)
    func `anything else is refused`(value: String, error: ClientCertificateFieldError) {
        #expect(read(value) == .refused(error))
    }

    static let refusedChains: [(String, ClientCertificateFieldError)] = [
        ("\(sequence(Sample.ca)),", .malformedField),
        (",\(sequence(Sample.ca))", .malformedField),
        ("\(sequence(Sample.ca)),,\(sequence(Sample.other))", .malformedField),
        ("\(sequence(Sample.ca)) \(sequence(Sample.other))", .malformedField),
        ("(\(sequence(Sample.ca)))", .malformedField),
        ("\(sequence(Sample.ca));a", .malformedField),
        (Sample.base64(Sample.ca), .malformedField),
        (Array(repeating: ":MAA=:", count: 9).joined(separator: ","), .chainTooLong),
        (Array(repeating: ":MAA=:", count: 900).joined(separator: ","), .chainTooLong),
    ]

    @Test(arguments: refusedChains)
    func `a bad chain is refused`(value: String, error: ClientCertificateFieldError) {
        #expect(read(Self.sequence(Sample.leaf), value) == .refused(error))
    }

    @Test func `a chain has at most eight certificates, and belongs to a leaf`() {
        let leaf = Self.sequence(Sample.leaf)
        let eight = Array(repeating: ":MAA=:", count: 8).joined(separator: ",")
        #expect(
            read(leaf, eight) == .leaf(.notGiven, chain: .init(repeating: [0x30, 0], count: 8))
        )
        #expect(read(nil, eight) == .refused(.chainWithoutCertificate))
        #expect(read("", eight) == .refused(.chainWithoutCertificate))
    }

    @Test func `no part of a value is a certificate`() {
        let leaf = Self.sequence(Sample.leaf)
        expectTruncationsRefused(.rfc9440, Self.certificate, leaf)
        let ca = Self.sequence(Sample.ca)
        for count in 1..<ca.utf8.count {
            #expect(read(leaf, String(ca.prefix(count))).error != nil, "cut to \(count)")
        }
    }
}
