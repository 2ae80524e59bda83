// SPDX-License-Identifier: Apache-2.0
import Fetch
import Testing

/// Where a redirect may lead.
struct FetchRedirectTests {
    let origin: Origin

    init() throws {
        origin = try Origin.shared.get()
    }

    private func reason(
        to target: String,
        _ policy: FetchPolicy = .loopback(redirectsMax: 5)
    ) throws -> FetchError.Reason? {
        fetchError(try origin.http(Origin.redirect(to: target)), policy)?.reason
    }

    private func body(_ path: String, _ policy: FetchPolicy) throws -> String {
        try fetchText(try origin.http(path), policy)
    }

    @Test func `redirects are followed as far as allowed, and no further`() throws {
        #expect(try body("hops/5", .loopback(redirectsMax: 5)) == "hello")
        #expect(try body("hops/2", .loopback(redirectsMax: 2)) == "hello")
        for (hops, most) in [(6, 5), (6, 100), (3, 2), (1, 0)] {
            let found = fetchError(try origin.http("hops/\(hops)"), .loopback(redirectsMax: most))
            #expect(found?.reason == .redirects)
        }
    }

    @Test func `a redirect may not leave https`() throws {
        let policy = FetchPolicy.loopback(
            [.https],
            redirectsMax: 5,
            caFile: origin.certificate("root")
        )
        let down = try origin.https(Origin.redirect(to: try origin.http("hello")))
        #expect(fetchError(down, policy)?.reason == .scheme)
        let within = try origin.https(Origin.redirect(to: try origin.https()))
        #expect(try fetchText(within, policy) == "hello")
        var both = policy
        both.schemes = [.https, .http]
        #expect(try fetchText(down, both) == "hello")
    }

    @Test func `a redirect may not leave http either`() throws {
        #expect(try reason(to: try origin.https()) == .scheme)
    }

    @Test(
        arguments: [
            "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:70/_x",
            "dict://127.0.0.1:11211/stat", "ldap://127.0.0.1/", "FILE:///etc/passwd",
            "scp://127.0.0.1/x", "smb://127.0.0.1/x/y", "ws://127.0.0.1/",
        ]
    )
    func `a redirect to another scheme is refused`(target: String) throws {
        #expect(try reason(to: target) == .scheme)
    }

    @Test func `a redirect to a private address is refused`() throws {
        let target = try origin.http("hello?redirected", at: "127.0.0.2", "neighbour")
        #expect(try reason(to: target) == .address)
        #expect(try origin.asked("hello?redirected") == 0)
        // The server is there, only not for everybody.
        let policy = FetchPolicy.loopback(redirectsMax: 1, allowed: ["127.0.0.0/8"])
        #expect(try body(Origin.redirect(to: target), policy) == "hello")
        #expect(try origin.asked("hello?redirected") == 1)
    }

    @Test(
        arguments: [
            "http://127.0.0.2/", "http://0x7f000002/", "http://2130706434/", "http://[::1]/",
            "http://[::ffff:127.0.0.2]/", "http://10.0.0.1/", "http://169.254.169.254/latest",
            "http://0/", "http://[fe80::1%25lo]/", "//192.168.0.1/", "http://[64:ff9b::a00:1]/",
        ]
    )
    func `no spelling of a private address is taken`(target: String) throws {
        #expect(try reason(to: target) == .address)
    }

    @Test func `a redirect with user information is refused`() throws {
        let target = try origin.http("hello", at: "user:password@127.0.0.1")
        #expect(try reason(to: target) == .url)
    }

    @Test func `a redirect to nowhere is refused`() throws {
        for target in ["http://", "http://[::1", "http://a b/", "http://127.0.0.1:99999/"] {
            #expect(try reason(to: target) == .url)
        }
        // Without a Location it is an answer like another.
        let error = fetchError(try origin.http("status/302"), .loopback(redirectsMax: 5))
        #expect(error?.reason == .status)
    }

    @Test func `cookies of one answer are not in the next request`() throws {
        let path = Origin.redirect(to: try origin.http("request"))
        let request = try body(path, .loopback(redirectsMax: 1)).lowercased()
        #expect(request.hasPrefix("get /request http/1.1"))
        #expect(!request.contains("cookie") && !request.contains("referer"))
    }
}
