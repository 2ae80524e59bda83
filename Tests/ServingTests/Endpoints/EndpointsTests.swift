// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

@testable import Serving

/// From a complete request to its response: methods, media types, documents, and pages of other
/// origins.
struct EndpointsTests {
    private func get(_ path: String, _ field: String = "", _ method: String = "GET") -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: a\r\n\(field)\r\n"
    }

    // MARK: methods and contents

    @Test(arguments: [
        ("/oauth2/token", "POST"), ("/oauth2/introspect", "POST"), ("/oauth2/jwks", "GET, HEAD"),
        ("/health", "GET, HEAD"), ("/.well-known/oauth-authorization-server", "GET, HEAD"),
    ])
    func `another method is refused with those that there are`(path: String, allow: String) throws {
        let line = try TestReactor().connect()
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW"] {
            let length = method == "POST" ? "Content-Length: 0\r\n" : ""
            line.send(get(path, length, method))
            let answer = try #require(line.answers.last)
            let isTaken = allow.split(separator: ", ").contains { $0 == method }
            #expect((answer.status == 405) == !isTaken, "\(method)")
            #expect(answer.has("Allow: \(allow)") == !isTaken, "\(method)")
        }
    }

    @Test func `a form is taken as such, whole and by itself`() throws {
        let line = try TestReactor().connect()
        line.send(Sent.token.replacing("x-www-form-urlencoded", with: "json"))
        line.send(Sent.post("/oauth2/token?client_id=app", Sent.form))
        line.send(Sent.post("/oauth2/token", Sent.form, "Content-Encoding: gzip\r\n"))
        line.send(Sent.post("/oauth2/token", Sent.form + "&client_id=app"))
        #expect(line.statuses == [400, 400, 415, 400])
        #expect(
            line.answers.map { $0.has("Accept-Encoding: identity") } == [false, false, true, false]
        )
        // The twins: parameters that are nobody's may stand in the query.
        line.send(Sent.post("/oauth2/token?x=1", Sent.form))
        line.send(Sent.post("/oauth2/token", Sent.form, "Content-Encoding: identity\r\n"))
        #expect(line.statuses.suffix(2) == [200, 200])
    }

    @Test func `a client that is unknown is told how to authenticate`() throws {
        let line = try TestReactor().connect()
        line.send(Sent.post("/oauth2/token", "grant_type=client_credentials&client_id=other"))
        line.send(Sent.post("/oauth2/token", "grant_type=other&client_id=app"))
        #expect(line.statuses == [401, 400])
        let challenge = #"WWW-Authenticate: Basic realm="test""#
        #expect(line.answers.map { $0.has(challenge) } == [true, false])
    }

    // MARK: documents

    @Test(arguments: ["/oauth2/jwks", "/.well-known/openid-configuration"])
    func `a document is not sent to those who have it`(path: String) throws {
        let line = try TestReactor().connect()
        line.send(get(path))
        let tag = try #require(line.answers.first?.fields.first { $0.hasPrefix("ETag: ") })
            .dropFirst(6)
        line.send(get(path, "If-None-Match: \(tag)\r\n"))
        line.send(get(path, "If-None-Match: \"other\"\r\n"))
        #expect(line.statuses == [200, 304, 200])
        #expect(line.answers[1].content.isEmpty && !line.answers[2].content.isEmpty)
        #expect(line.answers.allSatisfy { $0.has("Cache-Control: public, max-age=60") })
    }

    @Test func `other keys are another document, with another tag`() throws {
        let reactor = try TestReactor()
        let line = reactor.connect()
        line.send(get("/oauth2/jwks"))
        reactor.endpoints.documents.update(keySet: PublicDocument(Array(#"{"keys":[1]}"#.utf8)))
        line.send(get("/oauth2/jwks"))
        #expect(line.answers.map(\.content) == [#"{"keys":[]}"#, #"{"keys":[1]}"#])
        let tags = line.answers.map { $0.fields.first { $0.hasPrefix("ETag: ") } }
        #expect(tags[0] != nil && tags[0] != tags[1])
    }

    // MARK: pages of other origins

    @Test func `pages of a listener's origins may read the token endpoint, and no others`() throws {
        let line = try TestReactor().connect()
        let allowed = "Access-Control-Allow-Origin: \(TestReactor.origin)"
        for origin in [TestReactor.origin, "https://other.example"] {
            line.send(Sent.post("/oauth2/token", Sent.form, "Origin: \(origin)\r\n"))
            line.send(Sent.post("/oauth2/token", "", "Origin: \(origin)\r\n"))
            line.send(Sent.post("/oauth2/introspect", "", "Origin: \(origin)\r\n"))
        }
        #expect(line.statuses == [200, 401, 401, 200, 401, 401])
        #expect(line.answers.map { $0.has(allowed) } == [true, true, false, false, false, false])
        #expect(
            line.answers.map { $0.has("Vary: Origin") } == [true, true, false, true, true, false]
        )
    }

    @Test func `a browser is told beforehand what a page may send, where it may`() throws {
        let line = try TestReactor().connect()
        for path in ["/oauth2/token", "/oauth2/introspect"] {
            line.send(
                "OPTIONS \(path) HTTP/1.1\r\nHost: a\r\nOrigin: \(TestReactor.origin)\r\n"
                    + "Access-Control-Request-Method: POST\r\n\r\n"
            )
        }
        #expect(line.statuses == [204, 405])
        #expect(line.answers[0].has("Access-Control-Allow-Methods: POST"))
        #expect(line.answers[1].has("Allow: POST"))
    }
}
