// SPDX-License-Identifier: Apache-2.0
import Fetch
import Testing

struct FetchURLTests {
    private static let long = "https://example.com/" + String(repeating: "a", count: 2028)

    @Test(
        arguments: [
            "https://example.com", "https://example.com/", "HTTPS://EXAMPLE.COM/",
            "https://example.com/jwks.json?a=b&c=d%20e", "https://example.com?x=/@:y",
            "https://example.com:8443/a", "https://example.com:1/", "https://example.com:65535",
            "https://a-b.c_d.example/~x/(y);z=1,2'!$*+", "https://192.0.2.1/", "https://127.1/",
            "https://2130706433/", "https://localhost/", "https://[::1]/", "https://[2001:db8::1]",
            "https://[::ffff:192.0.2.1]:443/", "https://xn--bcher-kva.example/",
            "https://example.com//a//../b", "https://example.com/%2F%2f", long,
            "https://\(String(repeating: "a", count: 63)).example/",
        ]
    )
    func `a URL of the usual form is good`(url: String) {
        #expect(FetchURL.reasonToRefuse(url, schemes: [.https]) == nil)
        // The same one is refused where its scheme is not spoken.
        #expect(FetchURL.reasonToRefuse(url, schemes: [.http]) == "its scheme is not http")
    }

    @Test(
        arguments: [
            ("", "absolute"), ("example.com", "absolute"), ("/jwks.json", "absolute"),
            ("//example.com/", "absolute"), ("https:", "absolute"), ("https:/x", "absolute"),
            ("https:example.com", "absolute"), ("https", "absolute"), ("://x", "scheme"),
            ("http://example.com/", "scheme"), ("file:///etc/passwd", "scheme"),
            ("ftp://example.com/", "scheme"), ("httpss://example.com/", "scheme"),
            ("https://", "no host"), ("https:///path", "no host"), ("https://:443/", "no host"),
            ("https://?x", "no host"), ("https://user@example.com/", "user information"),
            ("https://user:secret@example.com/", "user information"),
            ("https://@example.com/", "user information"),
            ("https://example.com#@127.0.0.1/", "fragment"), ("https://example.com/#", "fragment"),
            ("https://example.com/a#b", "fragment"), ("https://example.com:/", "port"),
            ("https://example.com:0/", "port"), ("https://example.com:65536/", "port"),
            ("https://example.com:080/", "port"), ("https://example.com:+80/", "port"),
            ("https://example.com:-1/", "port"), ("https://example.com:8a/", "port"),
            ("https://example.com:80:90/", "port"), ("https://2001:db8::1/", "port"),
            ("https://[::1/", "IPv6"), ("https://[]/", "IPv6"), ("https://[1.2.3.4]/", "IPv6"),
            ("https://[fe80::1%25lo]/", "IPv6"), ("https://[::1]x/", "IPv6"),
            ("https://[::g]/", "IPv6"), ("https://[v1.x]/", "IPv6"), ("https://[::1]:/", "port"),
            ("https://[::1]x:80/", "IPv6"), ("https://::1]/", "port"),
            ("https://exa[mple.com/", "name"), ("https://.example.com/", "name"),
            ("https://example..com/", "name"), ("https://example.com./", "name"),
            ("https://-a.example/", "name"), ("https://a-.example/", "name"),
            ("https://ex%61mple.com/", "name"), ("https://exam!ple.com/", "name"),
            ("https://\(String(repeating: "a", count: 64)).example/", "name"),
            ("https://\(String(repeating: "a.", count: 126))example/", "name"),
            ("https://example.com/a b", "percent-encoded"), (" https://a/", "percent-encoded"),
            ("https://example.com/\n", "percent-encoded"),
            ("https://a/\r\nX: y", "percent-encoded"),
            ("https://example.com\\@b/", "percent-encoded"), ("https://a/\0", "percent-encoded"),
            ("https://bücher.example/", "percent-encoded"), ("https://a/ü", "percent-encoded"),
            ("https://a/%", "percent-encoded"), ("https://a/%2", "percent-encoded"),
            ("https://a/%zz", "percent-encoded"), ("https://a/<b>", "percent-encoded"),
            ("https://a/\"b\"", "percent-encoded"), ("https://a/{b}", "percent-encoded"),
            ("https://a/\u{7F}", "percent-encoded"), (long + "a", "longer"),
        ]
    )
    func `anything else is refused with its reason`(url: String, word: String) throws {
        let reason = try #require(FetchURL.reasonToRefuse(url, schemes: [.https]), "\(url)")
        #expect(reason.contains(word))
        // A URL that is refused at registration is not fetched later, whatever its address.
        let error = fetchError(url, FetchPolicy(allowsPrivateAddresses: true))
        #expect(error?.description == reason)
        #expect(error?.reason == (word == "scheme" ? .scheme : .url))
    }
}
