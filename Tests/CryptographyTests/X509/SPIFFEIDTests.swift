// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Cryptography

struct SPIFFEIDTests {
    @Test(arguments: [
        "spiffe://example.org/a", "spiffe://example.org/ns/pay/billing",
        "spiffe://10.0.0.1/a", "spiffe://a_b-c.d/A.b-C_9", "spiffe://1/...",
        "spiffe://example.org/\(String(repeating: "a", count: 2_048 - 21))",
    ])
    func `a workload's ID is taken as it stands`(text: String) throws {
        let id = try SPIFFEID(text)
        #expect(id.text == text)
        #expect(text.hasPrefix("spiffe://\(id.trustDomain)/"))
    }

    @Test(arguments: [
        "", "spiffe:", "spiffe://", "spiffe:///a", "spiffe://example.org", "spiffe://example.org/",
        "spiffe://example.org/a/", "spiffe://example.org//a", "spiffe://example.org/./a",
        "spiffe://example.org/a/..", "spiffe://./a", "spiffe://../a",
        "spiffe://example.org:443/a", "spiffe://me@example.org/a",
        "spiffe://example.org/a?b", "spiffe://example.org/a#b", "spiffe://example.org/%61",
        "spiffe://example.org/a b", "spiffe://example.org/é", "spiffe://exämple.org/a",
        "spiffe://Example.org/a", "SPIFFE://example.org/a", "https://example.org/a",
        "spiffe://[::1]/a", "spiffe://example.org/*", "spiffe://example.org/a\u{0}",
        "spiffe://\(String(repeating: "a", count: 256))/b",
        "spiffe://example.org/\(String(repeating: "a", count: 2_048 - 20))",
    ])
    func `another text is no workload's ID`(text: String) {
        #expect(throws: SPIFFEIDError.self) { try SPIFFEID(text) }
    }

    @Test(arguments: [
        ("spiffe://example.org/ns/*", ["/ns/a", "/ns/a/b/c"], ["/ns", "/n/a", "/nsx/a", "/NS/a"]),
        ("spiffe://example.org/*", ["/a", "/a/b"], []),
        ("spiffe://example.org/ns/a", ["/ns/a"], ["/ns/ab", "/ns/a/b", "/ns", "/ns/A"]),
    ])
    func `a pattern stands for what is below it`(
        text: String,
        fitting: [String],
        others: [String]
    ) throws {
        let pattern = try SPIFFEPattern(text)
        for path in fitting {
            #expect(pattern.matches(try SPIFFEID("spiffe://example.org\(path)")))
            // One path in two trust domains is two workloads.
            #expect(!pattern.matches(try SPIFFEID("spiffe://example.com\(path)")))
        }
        for path in others {
            #expect(!pattern.matches(try SPIFFEID("spiffe://example.org\(path)")))
        }
    }

    @Test(arguments: [
        "spiffe://example.org", "spiffe://example.org*", "spiffe://example.org/a*",
        "spiffe://example.org/*/a", "spiffe://example.org/*/*", "spiffe://*/a", "spiffe://*",
        "spiffe://example.org/**", "spiffe://example.org/a/*/",
    ])
    func `an asterisk stands only as the last segment`(text: String) {
        #expect(throws: SPIFFEIDError.self) { try SPIFFEPattern(text) }
    }
}
