// SPDX-License-Identifier: Apache-2.0
import Foundation
import TLS
import TestSupport
import Testing

@testable import Server

struct GeneratedPairTests {
    private let scratch: Scratch
    private let pair: CertificatePair

    init() throws {
        scratch = try Scratch()
        pair = GeneratedPair.pair(in: scratch.path)
    }

    private func ensure() throws {
        try GeneratedPair.ensure(in: scratch.path, now: 1_800_000_000)
    }

    private func content(_ path: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path))
    }

    @Test func `a pair is made once, and a certificate of its own for a key alone`() throws {
        try ensure()
        let (key, certificate) = (try content(pair.key), try content(pair.certificate))
        try ensure()
        #expect(try content(pair.certificate) == certificate)
        try FileManager.default.removeItem(atPath: pair.certificate)
        try ensure()
        #expect(try content(pair.key) == key)
    }

    @Test func `a certificate without its key is left, and the way out is said`() throws {
        try ensure()
        let certificate = try content(pair.certificate)
        try FileManager.default.removeItem(atPath: pair.key)
        let error = #expect(throws: GeneratedPair.KeyMissingError.self) { try ensure() }
        let text = try #require(error).description
        #expect(text.hasPrefix("\(pair.key) is missing") && text.contains("from a backup"))
        #expect(text.contains("the next start makes both"))
        #expect(try content(pair.certificate) == certificate)
        try FileManager.default.removeItem(atPath: pair.certificate)
        try ensure()
        #expect(try content(pair.certificate) != certificate)
    }
}
