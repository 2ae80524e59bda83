// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

@testable import Server

struct AdministrationRouteTests {
    private func route(
        _ method: HTTPMethod,
        _ path: String,
        _ query: String = ""
    ) -> AdministrationRoute {
        AdministrationRoute(method, path: Array(path.utf8), query: Array(query.utf8))
    }

    @Test(arguments: [HTTPMethod.get, .head])
    func `what can be read is read by GET and HEAD`(_ method: HTTPMethod) {
        #expect(route(method, "/metrics") == .metrics)
        #expect(route(method, "/health") == .health)
        #expect(route(method, "/clients") == .clients(after: nil))
        #expect(route(method, "/clients/abc") == .client("abc"))
        // Nobody asks for anything in these queries.
        #expect(route(method, "/metrics", "a=b") == .metrics)
        #expect(route(method, "/clients", "other=x") == .clients(after: nil))
    }

    @Test(arguments: [HTTPMethod.post, .put, .delete, .patch, .options, .trace, .connect, .other])
    func `other methods read nothing`(_ method: HTTPMethod) {
        for path in ["/metrics", "/health", "/clients", "/clients/abc"] {
            #expect(route(method, path) == .otherMethod(.getAndHead))
        }
    }

    @Test func `the switch takes POST and nothing else`() {
        #expect(route(.post, "/clients/abc/disable") == .setEnabled(false, "abc"))
        #expect(route(.post, "/clients/abc/enable") == .setEnabled(true, "abc"))
        for method in [HTTPMethod.get, .head, .put, .delete, .patch, .options, .other] {
            #expect(route(method, "/clients/abc/disable") == .otherMethod(.post))
            #expect(route(method, "/clients/abc/enable") == .otherMethod(.post))
        }
    }

    static let identities: [(sent: String, meant: String)] = [
        ("a%2Fb", "a/b"), ("a%2fdisable", "a/disable"), ("%41", "A"), ("a%20b", "a b"),
        ("a+b", "a+b"), ("a%2Bb", "a+b"), ("a@b:c;d", "a@b:c;d"), ("%3F", "?"), ("%25", "%"),
        ("%C3%BC", "ü"), ("disable", "disable"), ("..", ".."), ("~._-", "~._-"),
    ]

    @Test(arguments: identities)
    func `a client_id is decoded, and one slash in it parts nothing`(
        _ identity: (sent: String, meant: String)
    ) {
        #expect(route(.get, "/clients/\(identity.sent)") == .client(identity.meant))
        #expect(
            route(.post, "/clients/\(identity.sent)/disable")
                == .setEnabled(false, identity.meant)
        )
    }

    @Test(arguments: [
        "", "/", "//", "metrics", "/metrics/", "//metrics", "/Metrics", "/metric", "/%6Detrics",
        "/clients/", "/clients//", "/clients//disable", "/clients/a/", "/clients/a/remove",
        "/clients/a/disable/", "/clients/a/disable/b", "/clients/a/Disable", "/clients/%",
        "/clients/%4", "/clients/%zz", "/clients/a b", "/clients/%FF", "/clients/%C3",
        "/clients/ü", "/clients/a\"", "/oauth2/token", "/x/clients/a",
    ])
    func `every other path is nothing, whatever the method`(_ path: String) {
        for method in [HTTPMethod.get, .post, .put] { #expect(route(method, path) == .nothing) }
    }

    @Test func `a page begins after the client that is named`() {
        #expect(route(.get, "/clients", "after=abc") == .clients(after: "abc"))
        #expect(route(.get, "/clients", "after=a%26b%3Dc") == .clients(after: "a&b=c"))
        #expect(route(.get, "/clients", "after=") == .clients(after: nil))
        for query in ["after=a&after=b", "after=%", "after=%00", "after=%FF"] {
            #expect(route(.get, "/clients", query) == .malformedQuery)
        }
    }
}
