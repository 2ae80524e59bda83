// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import Cryptography

/// Certificates of workloads, as SPIRE makes them, and as it does not.
struct SVIDTests {
    private func id(_ der: [UInt8]) throws -> String { try Certificate(der: der).spiffeID().text }

    @Test func `an X.509-SVID has the SPIFFE ID of its workload`() throws {
        #expect(try id(SPIFFEFixtures.billing) == "spiffe://example.org/ns/pay/billing")
        #expect(try id(SPIFFEFixtures.withoutSubject) == "spiffe://example.org/a")
        #expect(try id(SPIFFEFixtures.anyPurposeless) == "spiffe://example.org/a")
    }

    @Test(arguments: [
        ("two URIs", SPIFFEFixtures.twoURIs), ("no URI", SPIFFEFixtures.noURI),
        ("no path", SPIFFEFixtures.noPath), ("keyCertSign", SPIFFEFixtures.signing),
        ("no digitalSignature", SPIFFEFixtures.withoutSignatures),
        ("no key usage", SPIFFEFixtures.withoutUsage), ("serverAuth", SPIFFEFixtures.serverOnly),
        ("an uncritical name alone", SPIFFEFixtures.uncritical), ("a CA", SPIFFEFixtures.ca),
    ])
    func `another certificate is none`(what: String, der: [UInt8]) throws {
        let certificate = try Certificate(der: der)
        #expect(throws: SVIDError.self, "\(what)") { try certificate.spiffeID() }
    }

    @Test func `an X.509-SVID is verified under its CA alone`() throws {
        let now = SPIFFEFixtures.now
        let ca = try ChainVerifier(anchors: [Certificate(der: SPIFFEFixtures.ca)])
        let other = try ChainVerifier(anchors: [Certificate(der: SPIFFEFixtures.nextCA)])
        for der in [SPIFFEFixtures.billing, SPIFFEFixtures.withoutSubject] {
            let leaf = try Certificate(der: der)
            #expect(ca.examine(leaf: leaf, intermediates: [], now: now).refusedBy == nil)
            #expect(other.examine(leaf: leaf, intermediates: [], now: now).refusedBy == .path)
        }
    }
}
