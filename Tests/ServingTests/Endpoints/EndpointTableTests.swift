// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

@testable import Serving

/// The place of the endpoint that a request for `path` reaches; nil where nothing is.
private func endpoint(_ path: String, _ table: EndpointTable) throws -> Endpoint.Place? {
    let bytes = Array("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    var parser = RequestParser(limits: HTTPLimits())
    _ = try parser.advance(bytes.span)
    return table.endpoint(of: parser.request, bytes.span)?.place
}

struct EndpointTableTests {
    /// Each path at the root, with the place of its endpoint.
    private static let names: [(String, Endpoint.Place)] = [
        ("/oauth2/token", .everyURL("/oauth2/token")),
        ("/oauth2/introspect", .everyURL("/oauth2/introspect")),
        ("/oauth2/jwks", .everyURL("/oauth2/jwks")), ("/health", .root("/health")),
        ("/.well-known/oauth-authorization-server", .wellKnown),
        ("/.well-known/openid-configuration", .wellKnown),
    ]

    @Test(arguments: [
        "https://a.example", "https://a.example/", "https://a.example:1/t/one", "https://a/t/",
    ])
    func `the root has every path, whatever the issuer is`(_ issuer: String) throws {
        let table = EndpointTable(issuer: issuer)
        for (path, endpoint) in Self.names {
            #expect(try ServingTests.endpoint(path, table) == endpoint)
        }
    }

    @Test(arguments: ["https://a.example:1/t/one", "https://a.example/t/one/"])
    func `an issuer's path has what is announced below it`(_ issuer: String) throws {
        let table = EndpointTable(issuer: issuer)
        let paths: [(String, Endpoint.Place)] = [
            ("/t/one/oauth2/token", .everyURL("/oauth2/token")),
            ("/t/one/oauth2/introspect", .everyURL("/oauth2/introspect")),
            ("/t/one/oauth2/jwks", .everyURL("/oauth2/jwks")),
            ("/.well-known/oauth-authorization-server/t/one", .wellKnown),
            ("/.well-known/openid-configuration/t/one", .wellKnown),
            ("/t/one/.well-known/openid-configuration", .wellKnown),
        ]
        for (path, endpoint) in paths {
            #expect(try ServingTests.endpoint(path, table) == endpoint)
        }
    }

    @Test(arguments: [
        "/t/oauth2/token", "/t/one", "/t/one/", "/t/one/health", "/T/one/oauth2/token",
        "/t/one/oauth2/token/", "/t//one/oauth2/token", "/t/one/t/one/oauth2/token",
        "/.well-known/oauth-authorization-server/t", "/.well-known/oauth-authorization-server/",
        "/.well-known/oauth-authorization-server/t/one/two", "/t%2Fone/oauth2/token",
    ])
    func `every other path is not there`(_ path: String) throws {
        #expect(try endpoint(path, EndpointTable(issuer: "https://a.example/t/one")) == nil)
        #expect(try endpoint(path, EndpointTable(issuer: "https://a.example")) == nil)
    }

    @Test func `the path of a listener's own URL has the endpoints too`() throws {
        let table = EndpointTable(
            issuer: "https://a.example/t",
            others: ["https://mtls.example/m/"]
        )
        #expect(try endpoint("/m/oauth2/token", table) == .everyURL("/oauth2/token"))
        #expect(try endpoint("/m/oauth2/introspect", table) == .everyURL("/oauth2/introspect"))
        #expect(try endpoint("/.well-known/oauth-authorization-server/m", table) == nil)
        #expect(
            try endpoint("/m/oauth2/token", EndpointTable(issuer: "https://a.example/t")) == nil
        )
    }

    @Test func `another endpoint is one entry more`() throws {
        let added = Endpoint(.everyURL("/oauth2/more"), [.post]) { _, _, _, _ in
            .response(Response(status: 204))
        }
        let issuer = "https://a.example/t"
        let table = EndpointTable(Endpoint.all + [added], issuer: issuer, others: [])
        #expect(try endpoint("/oauth2/more", table) == .everyURL("/oauth2/more"))
        #expect(try endpoint("/t/oauth2/more", table) == .everyURL("/oauth2/more"))
        #expect(try endpoint("/oauth2/more", EndpointTable(issuer: issuer)) == nil)
    }

    @Test func `a document's tag is of its content`() {
        let one = PublicDocument(Array("{}".utf8))
        #expect(one == PublicDocument(Array("{}".utf8)))
        #expect(one.entityTag != PublicDocument(Array("{ }".utf8)).entityTag)
        #expect(
            one.entityTag.first == UInt8(ascii: "\"") && one.entityTag.last == UInt8(ascii: "\"")
        )
        #expect(one.entityTag.count == 45)
    }
}
