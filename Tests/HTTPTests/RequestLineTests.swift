// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

struct RequestLineTests {
    static let rest = "\r\nHost: a\r\n\r\n"

    static let accepted: [(String, String)] = [
        ("GET / HTTP/1.1", "get / ? 1.1 keeps"),
        ("GET /health HTTP/1.1", "get /health ? 1.1 keeps"),
        ("HEAD /health HTTP/1.1", "head /health ? 1.1 keeps"),
        ("POST /oauth2/token HTTP/1.1", "post /oauth2/token ? 1.1 keeps"),
        ("PUT /a HTTP/1.1", "put /a ? 1.1 keeps"),
        ("DELETE /a HTTP/1.1", "delete /a ? 1.1 keeps"),
        ("PATCH /a HTTP/1.1", "patch /a ? 1.1 keeps"),
        ("TRACE /a HTTP/1.1", "trace /a ? 1.1 keeps"),
        ("CONNECT /a HTTP/1.1", "connect /a ? 1.1 keeps"),
        ("OPTIONS /a HTTP/1.1", "options /a ? 1.1 keeps"),
        ("OPTIONS * HTTP/1.1", "options * ? 1.1 keeps"),
        ("get /a HTTP/1.1", "other /a ? 1.1 keeps"),
        ("Post /a HTTP/1.1", "other /a ? 1.1 keeps"),
        ("POSTS /a HTTP/1.1", "other /a ? 1.1 keeps"),
        ("!#$%&'*+-.^_`|~ /a HTTP/1.1", "other /a ? 1.1 keeps"),
        ("GET /a HTTP/1.0", "get /a ? 1.0 closes"),
        ("GET /a?x=y HTTP/1.1", "get /a ?x=y 1.1 keeps"),
        ("GET /a? HTTP/1.1", "get /a ? 1.1 keeps"),
        ("GET /a?b?c=/d HTTP/1.1", "get /a ?b?c=/d 1.1 keeps"),
        ("GET /%2e%2e//a HTTP/1.1", "get /%2e%2e//a ? 1.1 keeps"),
        ("GET //a HTTP/1.1", "get //a ? 1.1 keeps"),
        ("GET https://a/b?c HTTP/1.1", "get /b ?c 1.1 keeps"),
        ("GET HTTPS://A/ HTTP/1.1", "get / ? 1.1 keeps"),
        ("OPTIONS https://a/b HTTP/1.1", "options /b ? 1.1 keeps"),
        ("\r\nGET /a HTTP/1.1", "get /a ? 1.1 keeps"),
    ]

    @Test(arguments: accepted)
    func `a well-formed request line is read`(line: String, facts: String) {
        let parseResult = resultHoweverDelivered(octets(line + Self.rest))
        #expect(parseResult.facts?.hasPrefix(facts + " ") == true, "\(parseResult)")
    }

    static let refused: [(String, Int)] = [
        ("", 400), ("\r\n", 400), ("\r\n\r\nGET /a HTTP/1.1", 400), ("GET", 400),
        ("GET ", 400), ("GET /a", 400), ("GET /a ", 400), ("/a HTTP/1.1", 400),
        (" GET /a HTTP/1.1", 400), ("\tGET /a HTTP/1.1", 400), ("GET  /a HTTP/1.1", 400),
        ("GET /a  HTTP/1.1", 400), ("GET /a HTTP/1.1 ", 400), ("GET /a HTTP/1.1\t", 400),
        ("GET\t/a\tHTTP/1.1", 400), ("GET /a\tHTTP/1.1", 400), ("GET /a b HTTP/1.1", 400),
        ("G(T /a HTTP/1.1", 400), ("G:T /a HTTP/1.1", 400), ("G\u{e9}T /a HTTP/1.1", 400),
        ("GET a HTTP/1.1", 400), ("GET ?a HTTP/1.1", 400), ("GET * HTTP/1.1", 400),
        ("POST * HTTP/1.1", 400), ("OPTIONS ** HTTP/1.1", 400), ("CONNECT a:443 HTTP/1.1", 400),
        ("OPTIONS a:443 HTTP/1.1", 400), ("GET /a#b HTTP/1.1", 400), ("GET /\u{e9} HTTP/1.1", 400),
        ("GET /\u{7f} HTTP/1.1", 400), ("GET /\u{1} HTTP/1.1", 400), ("GET /\u{0} HTTP/1.1", 400),
        ("GET /a\rb HTTP/1.1", 400), ("GET /a\nb HTTP/1.1", 400), ("\nGET /a HTTP/1.1", 400),
        ("GET /a HTTP/1.1\r", 400), ("GET /a HTTP/1.1\n", 400),
        ("GET http://a/b HTTP/1.1", 400), ("GET https://b/a HTTP/1.1", 400),
        ("GET https://a:443/b HTTP/1.1", 400), ("GET https://u@a/b HTTP/1.1", 400),
        ("GET https:///b HTTP/1.1", 400), ("GET https://a HTTP/1.1", 400),
        ("GET https://a?b HTTP/1.1", 400), ("GET https:// HTTP/1.1", 400),
        ("GET ftp://a/b HTTP/1.1", 400), ("GET /a http/1.1", 400), ("GET /a HTTP/1", 400),
        ("GET /a HTTP/1.", 400), ("GET /a HTTP/1.11", 400), ("GET /a HTTP/11.1", 400),
        ("GET /a HTTP 1.1", 400), ("GET /a HTTP/1,1", 400), ("GET /a HTTP/a.b", 400),
        ("GET /a HTTPS/1.1", 400), ("GET /a XTTP/1.1", 400), ("GET /a ICAP/1.0", 400),
        ("GET /a HTTP/0.9", 505), ("GET /a HTTP/1.2", 505), ("GET /a HTTP/2.0", 505),
        ("GET /a HTTP/9.9", 505), ("PRI * HTTP/2.0", 505), ("\u{16}\u{3}\u{1}\u{0}", 400),
    ]

    @Test(arguments: refused)
    func `a malformed request line is refused`(line: String, status: Int) {
        let parseResult = resultHoweverDelivered(octets(line + Self.rest))
        #expect(parseResult.status == status, "\(parseResult)")
    }

    @Test func `target and path are what was sent`() throws {
        let bytes = octets("GET https://a/b?c HTTP/1.1\r\nHost: A\r\n\r\n")
        var parser = RequestParser(limits: HTTPLimits())
        _ = try parser.advance(bytes.span)
        #expect(text(bytes[parser.request.target]) == "https://a/b?c")
        let equal = ["/b", "/B", "/b?c", "/", "/bb", ""].filter {
            parser.request.pathEquals($0, in: bytes.span)
        }
        #expect(equal == ["/b"])
    }
}
