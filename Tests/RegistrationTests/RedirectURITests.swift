// SPDX-License-Identifier: Apache-2.0
import Registration
import Testing

struct RedirectURITests {
    private func findings(_ uri: String) -> [RegistrationFinding] {
        Said(uri) { $0.redirectURIs = [uri] }.registered.findings
    }

    private static let absolute = [
        "https://client.example", "https://client.example/callback?a=b", "http://localhost:8080/",
        "HTTPS://CLIENT.EXAMPLE/", "https://[2001:db8::1]/", "https://[::1]:8443/cb",
        "http://127.0.0.1/cb", "http://127.0.0.1:51004/", "http://[::1]:8080/cb",
        "http://LOCALHOST/cb", "https://client.example:/", "https://10.0.0.1/cb",
        "com.example.app:/callback", "com.example.app://callback?x=y", "https://a-b.example/*",
        "https://c.example/" + String(repeating: "x", count: 2030),
    ]

    @Test(arguments: absolute)
    func `an absolute URI is accepted`(_ uri: String) {
        #expect(findings(uri).isEmpty)
    }

    private static let others = [
        "", "callback", "/callback", "//client.example/", "https:", "https:/client.example",
        "https://", "https:///callback", "https://:8443/", "https://user@/", "https://a:b/",
        "https://[::1/", "https://[]/", "https://[::1]x/", "1a://b", ":a", "javascript:alert(1)",
        "JavaScript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "blob:x",
        "about:blank", "app://callback", "urn:ietf:wg:oauth:2.0:oob",
        "com.example.app:", "http://client.example/", "http://127.0.0.1.client.example/",
        "http://localhost.client.example/", "http://localhost@client.example/",
        "http://127.0.0.2/", "http://[::2]/", "http://[::1]@client.example/",
        "https://user@client.example/", "https://user:password@client.example/",
        "https://*.client.example/", "https://client..example/", "https://client.example./",
        "https://-client.example/", "https://client_1.example/", "https://[::g]/",
        "https://client.example/ a", "https://client.example/\"",
        "https://client.example/\\",
        "https://cliént.example/", "https://c.example/" + String(repeating: "x", count: 2031),
    ]

    @Test(arguments: others)
    func `another text is refused`(_ uri: String) {
        #expect(findings(uri).map(\.field) == [.redirectURIs])
    }

    @Test(arguments: ["https://client.example/#f", "https://client.example#", "#"])
    func `a fragment is refused as such`(_ uri: String) {
        #expect(findings(uri).first?.words.contains("fragment") == true)
    }
}
