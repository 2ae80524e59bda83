// SPDX-License-Identifier: Apache-2.0
import OAuth
import Reactor
import Seeding
import Serving
import TestSupport
import Testing

@testable import Server

/// Load targets and servers do not take each other's directories, names and addresses.
struct LoadTargetRulesTests {
    private let scratch: Scratch
    private let target = LoadTargetSettings()
    private static let manifest = """
        {"version": 1, "seed": "7", "clients": 1, "users": 0, "key": "p256",
         "method": "self_signed", "not_before": "2026-01-01"}
        """

    init() throws {
        scratch = try Scratch()
    }

    private func configuration(
        _ text: String = "",
        overrides: ConfigurationOverrides = ConfigurationOverrides()
    ) throws -> ServerConfiguration {
        try load("data: \(scratch.path)\n" + text, overrides: overrides)
    }

    /// The error of a start; nil where there is none.
    private func error(_ text: String, _ settings: LoadTargetSettings?) throws -> String? {
        let configuration = try configuration(text)
        do {
            try LoadTargetRules.check(configuration, settings)
            return nil
        } catch let error as StartError {
            return error.description
        } catch let error as SeedError { return error.description }
    }

    @Test func `each kind of server has directories of its own`() throws {
        #expect(try error("", nil) == nil)
        #expect(try error("", target)?.contains("is no load target") == true)
        _ = try scratch.file(SeedManifest.fileName, Self.manifest)
        #expect(try error("", nil)?.contains("Serve it with handfast load-target serve") == true)
        #expect(try error("", target) == nil)
        #expect(try LoadTargetRules.check(configuration(), target)?.number == 7)
        _ = try scratch.file("load-target.json", "{}")
        #expect(try error("", nil)?.contains("is damaged") == true)
        #expect(try error("", target)?.contains("is damaged") == true)
    }

    @Test(arguments: [
        ("https://localhost", true), ("https://LOCALHOST:9443/as", true),
        ("https://127.0.0.1:9443", true), ("https://127.9.8.7", true), ("https://[::1]:9443", true),
        ("https://as.localhost", true), ("https://as.test:8443/a/b", true),
        ("https://a.b.invalid", true), ("https://id.example.com", false),
        ("https://test", false), ("https://localhost.example.com", false),
        ("https://latest:9443", false), ("https://10.0.0.1", false), ("https://[::2]", false),
        ("https://as.example.com/x.test", false), ("https://as.example.com:1/.test", false),
        ("https://mytest", false),
    ])
    func `an issuer is one that nobody takes for real`(issuer: String, isTaken: Bool) throws {
        _ = try scratch.file(SeedManifest.fileName, Self.manifest)
        let found = try error("issuer: \(issuer)", target)
        #expect((found == nil) == isTaken, "\(found ?? "")")
        if let found { #expect(found.contains("could be taken for a real one")) }
    }

    @Test func `other machines reach it only where that is asked for`() throws {
        _ = try scratch.file(SeedManifest.fileName, Self.manifest)
        let open = LoadTargetSettings(listensBeyondLoopback: true)
        let wide = """
            issuer: https://as.test
            listeners:
              main: {address: "127.0.0.1:1"}
              other: {address: "0.0.0.0:2"}
            """
        let found = try #require(try error(wide, target))
        #expect(found.hasPrefix("listeners.other.address: other machines reach 0.0.0.0:2"))
        #expect(try error(wide, open) == nil)
        let local = """
            issuer: https://as.test
            listeners: {main: {address: "unix:/tmp/a.sock", client_certificate: none}}
            """
        #expect(try error(local, target) == nil)
    }

    @Test func `the URL of a listener is one that nobody takes for real either`() throws {
        _ = try scratch.file(SeedManifest.fileName, Self.manifest)
        func text(_ url: String) -> String {
            "issuer: https://as.test\n"
                + "listeners: {main: {address: \"127.0.0.1:1\", url: \"\(url)\"}}"
        }
        #expect(try error(text("https://mtls.test:9443"), target) == nil)
        let found = try #require(try error(text("https://id.example.com"), target))
        #expect(found.hasPrefix("listeners.main.url: \"https://id.example.com\" could be"))
        #expect(try error(text("https://id.example.com"), nil)?.contains("load target") == true)
    }

    // MARK: chosen ports

    @Test func `a chosen port stands in the address, the issuer and the audience`() throws {
        let read = try configuration(overrides: ConfigurationOverrides(listen: "127.0.0.1:0"))
        let bound = read.serving(at: [SocketAddress(host: "127.0.0.1", port: 41_234)])
        #expect(bound.listeners.map(\.address.description) == ["127.0.0.1:41234"])
        #expect(bound.issuer == "https://localhost:41234")
        #expect(bound.tokens.audience == "https://localhost:41234")
        // The configuration that is read again is the same, so that a reload changes nothing.
        let again = try configuration(overrides: ConfigurationOverrides(listen: "127.0.0.1:0"))
            .serving(at: [SocketAddress(host: "127.0.0.1", port: 41_234)])
        #expect(bound.fixedDifferences(to: again).isEmpty && again == bound)
    }

    @Test func `what is configured stays beside a chosen port`() throws {
        let text = "issuer: https://as.test\ntokens: {audience: urn:api}"
        let read = try configuration(text, overrides: ConfigurationOverrides(listen: "[::1]:0"))
        let bound = read.serving(at: [SocketAddress(host: "::1", port: 5)])
        #expect(bound.listeners.first?.address.description == "[::1]:5")
        #expect(bound.issuer == "https://as.test" && bound.tokens.audience == "urn:api")
        let fixed = try configuration("listeners: {main: {address: \"127.0.0.1:7\"}}")
        #expect(fixed.serving(at: [SocketAddress(host: "127.0.0.1", port: 7)]) == fixed)
    }

    @Test func `several listeners may have the system choose`() throws {
        let text = """
            listeners:
              main: {address: "127.0.0.1:0"}
              other: {address: "127.0.0.1:0"}
            """
        let bound = try configuration(text).serving(at: [
            SocketAddress(host: "127.0.0.1", port: 11), SocketAddress(host: "127.0.0.1", port: 12),
        ])
        #expect(bound.listeners.map(\.address.port) == [11, 12])
        #expect(bound.issuer == "https://localhost:11")
        let same = text.replacing(":0", with: ":9")
        #expect(try findings(same).first?.reason.contains("is the address of listener") == true)
    }
}
