// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import OAuth

/// Redirect URIs are compared exactly, but for the port of loopback addresses.
struct RedirectURIMatchTests {
    @Test(arguments: [
        ("https://a.example/cb", "https://a.example/cb"),
        ("http://127.0.0.1:51004/cb", "http://127.0.0.1/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80/cb"),
        ("http://[::1]:8080/cb?x=1", "http://[::1]/cb?x=1"),
        ("http://localhost:8080/cb", "http://localhost:8080/cb"),
        ("com.example.app:/cb", "com.example.app:/cb"),
    ])
    func `these are the same`(asked: String, registered: String) {
        #expect(RedirectURIMatch.matches(asked, registered: registered))
    }

    @Test(arguments: [
        ("https://a.example/cb/", "https://a.example/cb"),
        ("https://a.example:8443/cb", "https://a.example/cb"),
        ("http://a.example/cb", "https://a.example/cb"),
        ("http://localhost:8081/cb", "http://localhost:8080/cb"),
        ("http://localhost/cb", "http://127.0.0.1/cb"),
        ("https://127.0.0.1:1/cb", "https://127.0.0.1/cb"),
        ("http://127.0.0.1.evil.example/cb", "http://127.0.0.1/cb"),
        ("http://127.0.0.1:80@evil.example/cb", "http://127.0.0.1/cb"),
        ("http://127.0.0.1:99999/cb", "http://127.0.0.1/cb"),
        ("http://127.0.0.1:/cb", "http://127.0.0.1/cb"),
        ("http://127.0.0.1/cb2", "http://127.0.0.1/cb"),
        ("http://127.0.0.2/cb", "http://127.0.0.1/cb"),
        ("https://a.example/e\u{301}", "https://a.example/\u{e9}"),
    ])
    func `these are not`(asked: String, registered: String) {
        #expect(!RedirectURIMatch.matches(asked, registered: registered))
    }
}
