// SPDX-License-Identifier: Apache-2.0
import Cryptography
import TestSupport
import Testing

@testable import OAuth

struct SPIFFEBundleTests {
    private let cas = [SPIFFEFixtures.ca, SPIFFEFixtures.nextCA]

    private func read(_ text: String) throws -> SPIFFEBundle {
        try SPIFFEBundle(Array(text.utf8).span)
    }

    private func bundle(sequence: Int64? = nil, hint: Int? = nil) throws -> SPIFFEBundle {
        try SPIFFEBundle(SPIFFEFixtures.bundle(cas, sequence: sequence, hint: hint).span)
    }

    @Test func `the CAs are those of the keys for X.509-SVIDs`() throws {
        let bundle = try bundle(sequence: 41, hint: 60)
        #expect(bundle.anchors.map(\.der) == cas && bundle.omissions.isEmpty)
        #expect(bundle.sequence == 41 && bundle.refreshSeconds == 60)
        // Twice the same is once.
        let twice = try SPIFFEBundle(SPIFFEFixtures.bundle([cas[0], cas[0]]).span)
        #expect(twice.anchors.map(\.der) == [cas[0]])
    }

    @Test(arguments: [
        (nil, 300), (1, 30), (29, 30), (30, 30), (300, 300), (3_600, 3_600), (3_601, 3_600),
        (2_419_200, 3_600), (-5, 30),
    ])
    func `a hint is held to its range`(hint: Int?, seconds: Int) throws {
        #expect(try bundle(hint: hint).refreshSeconds == seconds)
    }

    @Test func `a bundle without a sequence has 0`() throws {
        #expect(try bundle().sequence == 0)
        #expect(try bundle(sequence: .max).sequence == .max)
        for sequence in ["-1", "9223372036854775808", "1.5", "\"1\"", "null"] {
            let text = String(decoding: SPIFFEFixtures.bundle(cas), as: UTF8.self).dropLast()
            #expect(throws: SPIFFEBundleError.self) {
                try read("\(text),\"spiffe_sequence\":\(sequence)}")
            }
        }
    }

    @Test(arguments: [
        "", "{}", "[]", #"{"keys":{}}"#, #"{"keys":[]}"#,
        #"{"keys":[{"use":"jwt-svid","kty":"EC"}]}"#, #"{"keys":[],"keys":[]}"#,
        #"{"keys":[{"use":"x509-svid","kty":"EC"}]}"#,
        #"{"keys":[{"use":"x509-svid","kty":"EC","x5c":[]}]}"#,
        #"{"keys":[{"use":"x509-svid","kty":"EC","x5c":["AAAA"]}]}"#,
    ])
    func `a bundle of which no key is left is none`(text: String) {
        #expect(throws: SPIFFEBundleError.self) { try read(text) }
    }

    @Test func `a key that cannot be used is ignored, and those for others silently`() throws {
        var text = String(decoding: SPIFFEFixtures.bundle([cas[0]]), as: UTF8.self)
        text = text.replacing(
            #"{"keys":["#,
            with: #"{"keys":[{"use":"x509-svid","x5c":["AAAA"]},{"use":"X509-SVID"},{},"#
        )
        let bundle = try read(text)
        #expect(bundle.anchors.map(\.der) == [cas[0]])
        #expect(bundle.omissions.count == 1 && bundle.omissions[0].hasPrefix("Key 1: "))
        // A workload's certificate is no CA.
        #expect(throws: SPIFFEBundleError.self) {
            try SPIFFEBundle(SPIFFEFixtures.bundle([SPIFFEFixtures.billing]).span)
        }
    }
}
