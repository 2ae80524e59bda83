// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

struct TraefikFieldsTests {
    private static let name = "X-Forwarded-Tls-Client-Cert"
    private static let leaf = Sample.base64(Sample.leaf)
    private static let ca = Sample.base64(Sample.ca)

    private func read(_ value: String) -> Reading { reading(.traefik, [(Self.name, value)]) }

    @Test func `what version 3 sends is read`() {
        #expect(read(Self.leaf) == .leaf(.notGiven))
        let both = "\(Self.leaf),\(Self.ca)"
        #expect(read(both) == .leaf(.notGiven, chain: [Sample.ca]))
    }

    @Test func `what version 2 sends is read`() {
        #expect(read(Sample.escaped(Self.leaf)) == .leaf(.notGiven))
        let both = "\(Sample.escaped(Self.leaf)),\(Sample.escaped(Self.ca))"
        #expect(read(both) == .leaf(.notGiven, chain: [Sample.ca]))
    }

    @Test func `no field and an empty one are no certificate`() {
        #expect(reading(.traefik, []) == .noCertificate)
        #expect(read("") == .noCertificate)
    }

    static let refused: [(String, ClientCertificateFieldError)] = [
        ("\(leaf),", .malformedDER), (",\(leaf)", .malformedDER), (",", .malformedDER),
        ("\(leaf),,\(ca)", .malformedDER), ("\(leaf), \(ca)", .malformedBase64),
        ("\(leaf);\(ca)", .malformedBase64), (leaf + ca, .malformedDER),
        ("\(leaf),\(Sample.escaped(ca))", .malformedEscape),
        ("\(Sample.escaped(leaf)),\(ca)", .malformedEscape),
        (leaf.replacing("+", with: "%2B"), .malformedEscape),
        (leaf.replacing("+", with: " "), .malformedBase64),
        (Sample.escaped(leaf).replacing("%2B", with: "+"), .malformedEscape),
        (Sample.escaped("\(leaf),\(ca)"), .malformedBase64),
        (Sample.escaped(Sample.escaped(leaf)), .malformedBase64),
        (Sample.escaped(Sample.pem(Sample.leaf)), .malformedBase64),
        (Sample.pem(Sample.leaf), .malformedBase64), (Sample.escaped(leaf) + "%", .malformedEscape),
        (Sample.escaped(leaf).replacing("%2F", with: "%2G"), .malformedEscape),
        (leaf.replacing("/", with: "_"), .malformedBase64),
        (Sample.base64(Sample.leaf + [0]), .malformedDER),
        (Array(repeating: "MAA=", count: 10).joined(separator: ","), .chainTooLong),
    ]

    @Test(arguments: refused)
    func `anything else is refused`(value: String, error: ClientCertificateFieldError) {
        #expect(read(value) == .refused(error))
    }

    @Test func `a chain has at most eight certificates besides the leaf`() {
        let eight = [[UInt8]](repeating: [0x30, 0], count: 8)
        let value = ([Self.leaf] + eight.map { Sample.base64($0) }).joined(separator: ",")
        #expect(read(value) == .leaf(.notGiven, chain: eight))
        #expect(read("\(value),MAA=") == .refused(.chainTooLong))
    }

    @Test func `no part of a value is a certificate, but for whole members`() {
        expectTruncationsRefused(.traefik, Self.name, Self.leaf)
        expectTruncationsRefused(.traefik, Self.name, Sample.escaped(Self.leaf))
        let both = "\(Self.leaf),\(Self.ca)"
        expectTruncationsRefused(.traefik, Self.name, both, whole: [Self.leaf.utf8.count])
    }
}
