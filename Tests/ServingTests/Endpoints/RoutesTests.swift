// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

@testable import Serving

private func endpoint(_ path: String, _ routes: Routes) throws -> Routes.Endpoint? {
    let bytes = Array("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    var parser = RequestParser(limits: HTTPLimits())
    _ = try parser.advance(bytes.span)
    return routes.endpoint(of: parser.request, bytes.span)
}

struct RoutesTests {
    private static let names: [(String, Routes.Endpoint)] = [
        ("/oauth2/token", .token), ("/oauth2/introspect", .introspection), ("/oauth2/jwks", .keys),
        ("/health", .health), ("/.well-known/oauth-authorization-server", .metadata),
        ("/.well-known/openid-configuration", .metadata),
    ]

    @Test(arguments: [
        "https://a.example", "https://a.example/", "https://a.example:1/t/one", "https://a/t/",
    ])
    func `the root has every path, whatever the issuer is`(_ issuer: String) throws {
        let routes = Routes(issuer: issuer)
        for (path, endpoint) in Self.names {
            #expect(try ServingTests.endpoint(path, routes) == endpoint)
        }
    }

    @Test(arguments: ["https://a.example:1/t/one", "https://a.example/t/one/"])
    func `an issuer's path has what is announced below it`(_ issuer: String) throws {
        let routes = Routes(issuer: issuer)
        let paths: [(String, Routes.Endpoint)] = [
            ("/t/one/oauth2/token", .token), ("/t/one/oauth2/introspect", .introspection),
            ("/t/one/oauth2/jwks", .keys),
            ("/.well-known/oauth-authorization-server/t/one", .metadata),
            ("/.well-known/openid-configuration/t/one", .metadata),
            ("/t/one/.well-known/openid-configuration", .metadata),
        ]
        for (path, endpoint) in paths {
            #expect(try ServingTests.endpoint(path, routes) == endpoint)
        }
    }

    @Test(arguments: [
        "/t/oauth2/token", "/t/one", "/t/one/", "/t/one/health", "/T/one/oauth2/token",
        "/t/one/oauth2/token/", "/t//one/oauth2/token", "/t/one/t/one/oauth2/token",
        "/.well-known/oauth-authorization-server/t", "/.well-known/oauth-authorization-server/",
        "/.well-known/oauth-authorization-server/t/one/two", "/t%2Fone/oauth2/token",
    ])
    func `every other path is not there`(_ path: String) throws {
        #expect(try endpoint(path, Routes(issuer: "https://a.example/t/one")) == nil)
        #expect(try endpoint(path, Routes(issuer: "https://a.example")) == nil)
    }

    @Test func `the path of a listener's own URL has the endpoints too`() throws {
        let routes = Routes(issuer: "https://a.example/t", others: ["https://mtls.example/m/"])
        #expect(try endpoint("/m/oauth2/token", routes) == .token)
        #expect(try endpoint("/m/oauth2/introspect", routes) == .introspection)
        #expect(try endpoint("/.well-known/oauth-authorization-server/m", routes) == nil)
        #expect(try endpoint("/m/oauth2/token", Routes(issuer: "https://a.example/t")) == nil)
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
