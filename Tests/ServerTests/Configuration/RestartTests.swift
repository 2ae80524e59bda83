// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Server

/// Each key either takes effect with SIGHUP or needs a restart, and does what it says.
@Suite struct RestartTests {
    /// Settings of every example, so that no other setting follows from a changed key.
    private static let base: [String: String] = [
        "issuer": "https://id.example.com", "tokens.audience": "https://api.example.com",
        "reactors": "1", "workers.threads": "1", "administration.address": "none",
        "listeners.main.address": "127.0.0.1:1",
        "tls.certificates.main.certificate": "/c", "tls.certificates.main.key": "/k",
        "tls.certificates.other.certificate": "/d", "tls.certificates.other.key": "/l",
    ]
    private static let proxied = [
        "listeners.main.forwarded_certificate": "nginx",
        "listeners.main.client_certificate": "none",
        "listeners.main.forwarder_networks": "::1", "listeners.main.forwarder_secret": "/s",
    ]
    private static let probed = [
        "probe.address": "127.0.0.1:4", "probe.certificate": "/c", "probe.key": "/k",
    ]
    private static let sharing = [
        "store.url": "postgresql://a/c?sslmode=verify-full", "store.key_file": "/k",
    ]
    /// Another value than the base's, with what it needs besides.
    private static let changed: [String: (value: String, needs: [String: String])] = [
        "data": ("/other", [:]), "issuer": ("https://other.example.com", [:]),
        "listeners.main.address": ("127.0.0.1:2", [:]),
        "listeners.main.client_certificate": ("need", [:]),
        "listeners.main.profile": ("fapi2", [:]),
        "listeners.main.url": ("https://door.example.com", [:]),
        "listeners.main.proxies": ("192.0.2.1", [:]),
        "listeners.main.cors_origins": (
            "https://app.example.com",
            ["listeners.main.client_certificate": "none"]
        ),
        "listeners.main.forwarded_certificate": ("envoy", proxied),
        "listeners.main.forwarded_field": ("X-Cert", proxied),
        "listeners.main.forwarded_chain_field": (
            "X-Chain",
            proxied.merging(["listeners.main.forwarded_certificate": "rfc9440"]) { $1 }
        ),
        "listeners.main.forwarded_verify_field": ("X-Verify", proxied),
        "listeners.main.forwarder_keys": (
            "/p",
            [
                "listeners.main.forwarded_certificate": "nginx",
                "listeners.main.forwarder_keys": "/q",
            ]
        ),
        "listeners.main.forwarder_networks": ("192.0.2.2", proxied),
        "listeners.main.forwarder_secret": ("/t", proxied),
        "tls.certificates.main.certificate": ("/other", [:]),
        "tls.certificates.main.key": ("/other", [:]),
        "tls.certificates.main.server_names": ("a.example.com", [:]),
        "tls.resumption": ("tickets", [:]), "tls.minimum_version": ("1.3", [:]),
        "tls.maximum_version": ("1.2", [:]), "tls.groups": ("P-256 X25519", [:]),
        "tokens.audience": ("https://other.example.com", [:]), "tokens.format": ("jwt", [:]),
        "tokens.user_subject": ("bare", [:]),
        "tokens.realm": ("other", [:]), "metadata.scopes_supported": ("a b", [:]),
        "fetch.networks": ("10.0.0.0/8", [:]), "fetch.authorities": ("/a", [:]),
        "administration.address": ("127.0.0.1:3", [:]), "keys.rotate_days": ("90", [:]),
        "probe.address": ("127.0.0.1:5", [:]), "probe.certificate": ("/other", probed),
        "probe.key": ("/other", probed), "probe.metrics": ("true", probed),
        "probe.metrics_clients": ("/m", probed.merging(["probe.metrics": "true"]) { $1 }),
        "limits.client_rate": ("100/60", [:]), "limits.address_rate": ("10/60", [:]),
        "log.level": ("debug", [:]), "log.format": ("json", [:]),
        "store.url": ("postgresql://b/c?sslmode=verify-full", sharing),
        "store.key_file": ("/other", sharing),
        "store.staleness_max_seconds": ("1", sharing),
        "store.mode": ("read", sharing), "assertions.replay": ("node", [:]),
    ]

    private func load(_ values: [String: String]) throws -> ServerConfiguration {
        // Dotted names are keys of the file's top level.
        let lines = values.map { "\($0.key): '\($0.value)'" }
        return try ServerTests.load(lines.joined(separator: "\n"))
    }

    private func another(_ key: ConfigurationKey) throws -> (value: String, needs: [String: String])
    {
        if let known = Self.changed[key.name] { return known }
        switch key.kind {
        case .boolean: return (key.standard == "true" ? "false" : "true", [:])
        case .integer(let range):
            let standard = try #require(key.standard.flatMap { Int($0) })
            let base = Self.base[key.name].flatMap { Int($0) } ?? standard
            return ("\(range.contains(base + 1) ? base + 1 : base - 1)", [:])
        default:
            Issue.record("\(key.name) has no other value in this test")
            return ("", [:])
        }
    }

    @Test(arguments: ServerConfiguration.keys)
    func `a key takes effect with SIGHUP, or is kept and named`(template: ConfigurationKey) throws {
        let key = template.isTemplate ? template.named("main") : template
        let (value, needs) = try another(key)
        var values = Self.base.merging(needs) { $1 }
        let old = try load(values)
        values[key.name] = value
        let new = try load(values)
        try #require(new != old, "the key changes nothing")
        var usable = new
        usable.keepFixed(of: old)
        #expect(key.needsRestart == template.needsRestart)
        if key.needsRestart {
            #expect(old.fixedDifferences(to: new).count == 1)
            #expect(usable == old)
        } else {
            #expect(old.fixedDifferences(to: new).isEmpty)
            #expect(usable == new)
        }
        #expect(old.fixedDifferences(to: usable).isEmpty)
    }

    @Test func `these need a restart, and no others`() {
        #expect(
            ServerConfiguration.keys.filter(\.needsRestart).map(\.name) == [
                "data", "reactors", "store.url", "store.key_file", "store.staleness_max_seconds",
                "store.mode", "assertions.replay",
                "listeners.<name>.address", "tls.resumption",
                "tls.session_store_max", "tls.slim_provider", "limits.connections",
                "workers.threads", "workers.queue", "administration.address",
                "administration.refusals_max", "probe.address", "log.format",
            ]
        )
    }
}
