// SPDX-License-Identifier: Apache-2.0
import OAuth
import Serving
import TLS
import Testing

@testable import Server

private func file(_ origins: String, more: String = "client_certificate: none") -> String {
    "issuer: https://a.example\n"
        + "listeners: {main: {address: '127.0.0.1:9', cors_origins: '\(origins)', \(more)}}"
}

/// Settings that list values: the origins of pages, the scopes of the metadata.
struct ListedValuesTests {
    private static let key = "listeners.main.cors_origins"

    @Test func `origins are separated by spaces`() throws {
        let origins = "https://app.example http://localhost:3000"
        let listener = try #require(try load(file(origins)).listeners.first)
        #expect(listener.corsOrigins.map(\.text).joined(separator: " ") == origins)
    }

    static let broken: [(String, String)] = [
        ("https://app.example null", "sandbox"), ("*", "wildcard"),
        ("https://a.example https://a.example", "twice"), (" ", "has no origin"),
        ((1...33).map { "https://a\($0).example" }.joined(separator: " "), "has 33 origins"),
    ]

    @Test(arguments: broken)
    func `a list that is not one of origins is one finding that says what to change`(
        _ origins: String,
        _ reason: String
    ) throws {
        let found = try findings(file(origins))
        #expect(found.map(\.key) == [Self.key])
        let line = try #require(found.first).description
        #expect(line.contains(reason), "\(line)")
    }

    @Test(arguments: [
        "client_certificate: want", "client_certificate: need", "profile: standard",
        "client_certificate: none, forwarded_certificate: nginx, forwarder_secret: s,"
            + " forwarder_networks: 10.0.0.0/8",
    ])
    func `a listener of certificates has no pages`(_ more: String) throws {
        let found = try findings(file("https://app.example", more: more))
        #expect(found.map(\.key) == [Self.key])
        #expect(found.first?.description.contains("client_certificate: none") == true)
    }

    @Test func `--listen stands in for the listener and its origins`() throws {
        let overrides = ConfigurationOverrides(listen: "127.0.0.1:9444")
        let listener = try #require(
            try load(file("https://app.example"), overrides: overrides).listeners.first
        )
        #expect(listener.corsOrigins.isEmpty && listener.clientCertificate == .want)
    }

    @Test func `scopes are named as they stand`() throws {
        let issuer = "issuer: https://a.example\n"
        let good = try load(issuer + "metadata: {scopes_supported: 'read  urn:x:write'}")
        #expect(good.metadata.scopesSupported == ["read", "urn:x:write"])
        #expect(try load(issuer).metadata.scopesSupported.isEmpty)
        let broken = [
            ("read read", "twice"), ("a\\b", "cannot stand here"), ("ä", "cannot stand here"),
            (" ", "has no scope"), (String(repeating: "x", count: 4097), "is too long"),
        ]
        for (scopes, reason) in broken {
            let found = try findings(issuer + "metadata: {scopes_supported: '\(scopes)'}")
            #expect(found.map(\.key) == ["metadata.scopes_supported"])
            #expect(found.first?.description.contains(reason) == true)
        }
    }
}
