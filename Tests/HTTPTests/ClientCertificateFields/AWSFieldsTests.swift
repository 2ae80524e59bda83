// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

struct AWSFieldsTests {
    private static let leafName = "X-Amzn-Mtls-Clientcert-Leaf"
    private static let chainName = "X-Amzn-Mtls-Clientcert"
    private static let safe = "-+=/"
    private static let pem = Sample.pem(Sample.leaf)
    private static let leaf = Sample.escaped(pem, safe: safe)
    private static let ca = Sample.escaped(Sample.pem(Sample.ca), safe: safe)

    private func read(_ leaf: String?, _ chain: String? = nil) -> Reading {
        let fields = [(Self.leafName, leaf), (Self.chainName, chain)]
        return reading(.awsALB, fields.compactMap { name, value in value.map { (name, $0) } })
    }

    @Test func `the leaf of verify mode is read`() {
        #expect(Self.leaf.hasPrefix("-----BEGIN%20CERTIFICATE-----%0AMIIB"))
        #expect(Self.leaf.contains("Rs/e3YKj") && Self.leaf.contains("Pe+hKjAf"))
        #expect(read(Self.leaf) == .leaf(.notGiven))
        // Safe characters may be escaped all the same.
        #expect(read(Sample.escaped(Self.pem)) == .leaf(.notGiven))
    }

    @Test func `the chain of passthrough mode begins with the leaf`() {
        #expect(read(nil, Self.leaf) == .leaf(.notGiven))
        let both = Self.leaf + Self.ca
        #expect(read(nil, both) == .leaf(.notGiven, chain: [Sample.ca]))
    }

    @Test func `no field and an empty one are no certificate`() {
        #expect(read(nil) == .noCertificate)
        #expect(read("", "") == .noCertificate)
    }

    @Test func `a listener is in one mode`() {
        #expect(read(Self.leaf, Self.leaf) == .refused(.contradiction))
        #expect(read(Self.leaf, Self.ca) == .refused(.contradiction))
    }

    @Test func `who relies on verify mode does not see the other field`() throws {
        let name = try #require(FieldName(Self.leafName))
        let names = try #require(ClientCertificateFieldNames(certificate: name))
        let reader = try #require(ClientCertificateReader(.awsALB, names: names))
        #expect(reading(reader, FieldList([(Self.chainName, Self.leaf)])) == .noCertificate)
        #expect(reading(reader, FieldList([(Self.leafName, Self.leaf)])) == .leaf(.notGiven))
    }

    static let refused: [(String, ClientCertificateFieldError)] = [
        (pem, .malformedEscape), (leaf.replacing("%20", with: "+"), .malformedPEM),
        (leaf.replacing("%20", with: " "), .malformedEscape),
        (leaf.replacing("%0A", with: "\n"), .malformedEscape),
        (leaf.replacing("%0A", with: "%0D%0A"), .malformedPEM),
        (leaf + ca, .severalCertificates), (leaf + "%0A", .severalCertificates),
        (leaf + ",", .malformedEscape), (leaf + "%", .malformedEscape),
        ("%0A" + leaf, .malformedPEM),
        (leaf.replacing("+", with: " "), .malformedEscape),
        (leaf.replacing("+", with: "%20"), .malformedBase64),
        (leaf.replacing("/", with: "_"), .malformedBase64), (Sample.escaped(leaf), .malformedPEM),
        (Sample.base64(Sample.leaf), .malformedPEM),
        (Sample.escaped(Sample.pem(Sample.leaf + [0]), safe: safe), .malformedDER),
    ]

    @Test(arguments: refused)
    func `anything else is refused`(value: String, error: ClientCertificateFieldError) {
        #expect(read(value) == .refused(error))
        if error != .severalCertificates { #expect(read(nil, value) == .refused(error)) }
    }

    @Test func `a chain has at most eight certificates besides the leaf`() {
        let chain = Self.leaf + (0..<8).map { _ in Self.ca }.joined()
        let eight = Reading.leaf(.notGiven, chain: .init(repeating: Sample.ca, count: 8))
        #expect(read(nil, chain) == eight)
        #expect(read(nil, chain + Self.ca) == .refused(.chainTooLong))
    }

    @Test func `no part of a value is a certificate, but for whole blocks`() {
        let count = Self.leaf.utf8.count
        expectTruncationsRefused(.awsALB, Self.leafName, Self.leaf, whole: [count - 3])
        let both = Self.leaf + Self.ca
        let whole: Set = [count - 3, count, both.utf8.count - 3]
        expectTruncationsRefused(.awsALB, Self.chainName, both, whole: whole)
    }
}
