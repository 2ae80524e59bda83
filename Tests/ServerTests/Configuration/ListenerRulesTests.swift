// SPDX-License-Identifier: Apache-2.0
import Network
import Reactor
import Serving
import Testing
import Text
import Upkeep

@testable import Server

/// The keys of one listener, and what is wrong with them.
struct BrokenListener: Sendable, CustomTestStringConvertible {
    let keys: String
    let key: String
    let reason: String

    init(_ keys: String, _ key: String, _ reason: String) {
        self.keys = keys
        self.key = key
        self.reason = reason
    }

    var testDescription: String { keys }
}

private func file(_ keys: String, address: String = "127.0.0.1:9") -> String {
    "issuer: https://a.example\nlisteners: {main: {address: '\(address)', \(keys)}}"
}

private func forwarding(_ keys: String, address: String = "127.0.0.1:9") throws
    -> ForwardingSettings?
{
    try load(file(keys, address: address)).listeners.first?.forwarding
}

private let nginx = "forwarded_certificate: nginx"
private let haproxy = "forwarded_certificate: haproxy, forwarder_keys: p.pem"

@Suite struct ListenerRulesTests {
    static let ways: [BrokenListener] = [
        BrokenListener(nginx, "forwarded_certificate", "needs a way to know the proxy"),
        BrokenListener(
            "\(nginx), forwarder_networks: 10.0.0.0/8",
            "forwarded_certificate",
            "needs forwarder_networks and forwarder_secret together"
        ),
        BrokenListener(
            "\(nginx), forwarder_secret: s",
            "forwarded_certificate",
            "needs forwarder_networks and forwarder_secret together"
        ),
        BrokenListener(
            "\(nginx), forwarder_keys: p.pem, forwarder_secret: s",
            "forwarded_certificate",
            "needs forwarder_networks and forwarder_secret together"
        ),
        BrokenListener(
            "\(nginx), forwarder_keys: p.pem, client_certificate: none",
            "client_certificate",
            "keeps proxies from showing their keys"
        ),
        BrokenListener(
            "\(nginx), forwarder_networks: 10.0.0.1/8, forwarder_secret: s",
            "forwarder_networks",
            "is no address and no block of addresses"
        ),
        BrokenListener(
            "\(nginx), forwarder_networks: ' ', forwarder_secret: s",
            "forwarded_certificate",
            "needs forwarder_networks and forwarder_secret together"
        ),
        BrokenListener("forwarded_certificate: squid", "forwarded_certificate", "is not known"),
        BrokenListener("forwarded_certificate: Nginx", "forwarded_certificate", "is not known"),
        BrokenListener("proxies: balancer", "proxies", "is no address and no block"),
    ]

    static let fields: [BrokenListener] = [
        BrokenListener("\(haproxy), forwarded_field: 'A B'", "forwarded_field", "is no name"),
        BrokenListener("\(haproxy), forwarded_field: 'A:'", "forwarded_field", "is no name"),
        BrokenListener(
            "\(haproxy), forwarded_verify_field: \(String(repeating: "x", count: 64))",
            "forwarded_verify_field",
            "is no name"
        ),
        BrokenListener(
            "\(haproxy), forwarded_field: X-SSL-Client-Verify",
            "forwarded_field",
            "would be taken for one"
        ),
        BrokenListener(
            "\(haproxy), forwarded_field: A-B, forwarded_verify_field: a_b",
            "forwarded_field",
            "would be taken for one"
        ),
        BrokenListener(
            "\(nginx), forwarder_keys: p, forwarded_chain_field: A",
            "forwarded_chain_field",
            "is nothing that this format has"
        ),
        BrokenListener(
            "forwarded_certificate: rfc9440, forwarder_keys: p, forwarded_verify_field: A",
            "forwarded_verify_field",
            "is nothing that this format has"
        ),
    ]

    @Test(arguments: ways + fields)
    func `keys that do not go together are one problem`(_ broken: BrokenListener) throws {
        let found = try findings(file(broken.keys))
        #expect(found.map(\.key) == ["listeners.main.\(broken.key)"])
        let line = try #require(found.first).description
        #expect(line.contains(broken.reason), "\(line)")
    }

    @Test(arguments: [
        "forwarded_field: A", "forwarded_chain_field: A", "forwarded_verify_field: A",
        "forwarder_keys: p.pem", "forwarder_networks: 10.0.0.0/8", "forwarder_secret: s",
    ])
    func `a key about forwarded certificates needs them`(_ key: String) throws {
        let name = try #require(key.split(separator: ":").first)
        for keys in [key, "forwarded_certificate: none, \(key)"] {
            let found = try findings(file(keys))
            #expect(found.map(\.key) == ["listeners.main.\(name)"])
            #expect(found.first?.description.contains("means nothing without") == true)
        }
    }

    @Test func `a misspelt format is one problem, and not one for each key besides`()
        throws
    {
        let found = try findings(
            file("forwarded_certificate: squid, forwarder_keys: p.pem, forwarded_field: A")
        )
        #expect(found.map(\.key) == ["listeners.main.forwarded_certificate"])
    }

    @Test func `each way to know a proxy is enough`() throws {
        let byKey = try forwarding("\(nginx), forwarder_keys: /p.pem")
        #expect(byKey?.keys == "/p.pem")
        #expect(byKey?.secret == nil && byKey?.networks.isEmpty == true)
        let bySecret = try forwarding(
            "\(nginx), forwarder_networks: 10.0.0.0/8 ::1, forwarder_secret: /s,"
                + " client_certificate: none"
        )
        #expect(bySecret?.networks.count == 2)
        #expect(bySecret?.secret == "/s" && bySecret?.keys == nil)
        let bySocket = try forwarding(nginx, address: "unix:/run/s")
        #expect(bySocket != nil && bySocket?.keys == nil && bySocket?.secret == nil)
        #expect(try forwarding("forwarded_certificate: none") == nil)
        #expect(try forwarding("client_certificate: need") == nil)
    }

    // A reader's settings are compared by its description; its module is none of this target's.
    @Test(arguments: [
        ("rfc9440", "client-cert,"), ("nginx", "ssl-client-cert,"),
        ("haproxy", "x-ssl-client-der,"), ("apache", "ssl_client_cert,"),
        ("envoy", "x-forwarded-client-cert,"),
        ("traefik", "x-forwarded-tls-client-cert,"), ("aws-alb", "x-amzn-mtls-clientcert-leaf,"),
        ("cloudflare", "cf-client-cert-der-base64,"),
    ])
    func `every format is known by its word`(_ word: String, _ usual: String) throws {
        let found = try forwarding("forwarded_certificate: \(word), forwarder_keys: p")
        #expect("\(try #require(found).reader)".contains("certificate: \(usual)"))
    }

    @Test func `fields can have names of their own`() throws {
        let others = try #require(
            try forwarding(
                "\(haproxy), forwarded_field: A-Leaf, forwarded_chain_field: A-Chain,"
                    + " forwarded_verify_field: A-Word"
            )
        )
        let usual = try #require(try forwarding(haproxy))
        for name in ["a-leaf", "a-chain", "a-word"] {
            #expect("\(others.reader)".contains(name))
            #expect(!"\(usual.reader)".contains(name))
        }
        #expect(!"\(others.reader)".contains("x-ssl-client"))
    }

    @Test func `paths of a proxy's files are taken from the file's directory`() throws {
        let found = try #require(
            try forwarding(
                "\(nginx), forwarder_keys: p.pem, forwarder_networks: '::1', forwarder_secret: s"
            )
        )
        #expect(found.keys?.hasPrefix("/") == true && found.keys?.hasSuffix("/p.pem") == true)
        #expect(found.secret?.hasPrefix("/") == true && found.secret?.hasSuffix("/s") == true)
    }

    @Test func `no more networks are taken than can be looked through`() throws {
        func keys(_ count: Int) -> String {
            let text = (0..<count).map { "10.0.0.\($0)" }.joined(separator: " ")
            return "\(nginx), forwarder_networks: \(text), forwarder_secret: s"
        }
        #expect(try findings(file(keys(ListenerSettings.proxiesMax))).isEmpty)
        let found = try findings(file(keys(ListenerSettings.proxiesMax + 1)))
        #expect(found.map(\.key) == ["listeners.main.forwarder_networks"])
    }

    @Test(arguments: [
        ("::/0", "::/0"), ("10.0.0.0/8 ::/1", "::/1"), ("::1 ::8000:0:0/81", "::8000:0:0/81"),
    ])
    func `IPv6 with the mapped addresses in it is all of IPv4 too, which a warning says`(
        text: String,
        named: String
    ) throws {
        let four = try #require(InternetAddress("198.51.100.7"))
        let balanced = try load(file("proxies: '\(text)'"))
        #expect(balanced.listeners.first?.proxies.contains { $0.contains(four) } == true)
        #expect(balanced.warnings.map(\.key) == ["listeners.main.proxies"])
        #expect(balanced.warnings.map(\.value) == [named])
        let proxied = try load(
            file("\(nginx), forwarder_networks: '\(text)', forwarder_secret: s")
        )
        #expect(
            proxied.listeners.first?.forwarding?.networks.contains { $0.contains(four) } == true
        )
        #expect(proxied.warnings.map(\.key) == ["listeners.main.forwarder_networks"])
    }

    @Test(arguments: [
        ("0.0.0.0/0 ::/0", true), ("2000::/3", false), ("10.0.0.0/8 2001:db8::/32", false),
        ("::ffff:198.51.100.0/120", true), ("::/81", false), ("::1", false),
    ])
    func `other blocks are what they say`(text: String, hasFour: Bool) throws {
        let four = try #require(InternetAddress("198.51.100.7"))
        let loaded = try load(file("proxies: '\(text)'"))
        #expect(loaded.listeners.first?.proxies.contains { $0.contains(four) } == hasFour)
        #expect(loaded.warnings.isEmpty)
    }

    @Test func `addresses of proxies match nothing over a Unix socket, which a warning says`()
        throws
    {
        let path = "unix:/run/s"
        let local = try load(file("proxies: '127.0.0.1 10.0.0.0/8'", address: path))
        #expect(local.warnings.map(\.key) == ["listeners.main.proxies"])
        #expect(local.warnings.map(\.value) == ["127.0.0.1 10.0.0.0/8"])
        let unnamed = try load(file("proxies: '::'", address: path))
        #expect(unnamed.warnings.isEmpty)
        #expect(try load(file("proxies: 127.0.0.1")).warnings.isEmpty)
    }

    @Test func `what is fetched is allowed by the kind that is written`() throws {
        let four = try #require(InternetAddress("10.1.2.3"))
        let loaded = try load("fetch: {networks: '::/0'}")
        #expect(loaded.fetching.networks.count == 1 && loaded.warnings.isEmpty)
        #expect(!loaded.fetching.networks.contains { $0.contains(four) })
    }

    @Test func `the listen flag takes the Unix socket away, and with it what it proves`()
        throws
    {
        let overrides = ConfigurationOverrides(listen: "127.0.0.1:7443")
        let text = file(nginx, address: "unix:/run/s")
        #expect(try findings(text).isEmpty)
        let found = try findings(text, overrides: overrides)
        #expect(found.map(\.key) == ["listeners.main.forwarded_certificate"])
        let keyed = file("\(nginx), forwarder_keys: p.pem", address: "unix:/run/s")
        let loaded = try load(keyed, overrides: overrides)
        #expect(loaded.listeners.first?.forwarding?.keys != nil)
    }

    @Test func `two listeners cannot share a path, and can have two`() throws {
        func text(_ other: String) -> String {
            "{issuer: 'https://a', listeners: {a: {address: 'unix:/s'}, b: {address: '\(other)'}}}"
        }
        let found = try findings(text("unix:/s"))
        #expect(found.map(\.key) == ["listeners.b.address"])
        #expect(found.first?.description.contains("is the address of listener a too") == true)
        #expect(try findings(text("unix:/t")).isEmpty)
    }

    @Test func `an issuer does not follow from a path`() throws {
        let listener = "listeners: {main: {address: 'unix:/s'}}"
        let found = try findings(listener)
        #expect(found.map(\.key) == ["issuer"])
        #expect(found.first?.description.contains("does not follow from a Unix socket") == true)
        let loaded = try load("issuer: https://a.example\n\(listener)")
        #expect(loaded.issuer == "https://a.example")
    }
}
