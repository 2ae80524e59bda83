// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

/// Runs `body` with a parsed request that has these field lines.
private func withRequest<Value>(
    _ lines: [String],
    method: String = "GET",
    _ body: (borrowing Request, Span<UInt8>) -> Value
) throws -> Value {
    let bytes = octets(
        "\(method) / HTTP/1.1\r\nHost: a\r\n\(lines.map { $0 + "\r\n" }.joined())\r\n"
    )
    var parser = RequestParser(limits: HTTPLimits())
    _ = try parser.advance(bytes.span)
    return body(parser.request, bytes.span)
}

/// RFC 9110 §8.8.3 and §13.1.2.
struct EntityTagTests {
    private let tag = octets(#""abc""#)

    private func matches(_ fields: String...) throws -> Bool {
        try withRequest(fields.map { "If-None-Match: \($0)" }) {
            EntityTag.noneMatches(tag, $0, $1)
        }
    }

    @Test(arguments: [
        "*", #""abc""#, #"W/"abc""#, #""x", "abc""#, #""abc","x""#, #"W/"x" , W/"abc""#,
        #", "abc","#,
        #""a,b", "abc""#, "\"\u{ff}\", \"abc\"",
    ])
    func `a tag is found, alone and in a list, strong and weak`(_ field: String) throws {
        #expect(try matches(field))
    }

    @Test(arguments: [
        #""abcd""#, #""ab""#, #""ABC""#, "abc", "W/abc", #"w/"abc""#, #""abc"#, #""x,"abc""#,
        #""x" "abc""#, "", ",", #"* , "abc""#, #"W/"abc"#, #""a c", "abc""#, #""abc"x"#, #"W"abc""#,
        #"'abc'"#, #"**"#,
    ])
    func `what is another tag, or no list of tags, does not count`(_ field: String) throws {
        #expect(try !matches(field))
    }

    @Test func `several fields are one list`() throws {
        #expect(try matches(#""x""#, #""abc""#))
        #expect(try matches(#""abc""#, #""x""#))
        #expect(try !matches(#""x""#, #""y""#))
    }

    @Test func `without the field nothing is known`() throws {
        #expect(try withRequest([]) { !EntityTag.noneMatches(tag, $0, $1) })
        #expect(try withRequest([#"If-Match: "abc""#]) { !EntityTag.noneMatches(tag, $0, $1) })
    }
}

/// The CORS protocol of the Fetch standard.
struct CrossOriginTests {
    private let app = octets("https://app.example")
    private let other = octets("http://localhost:3000")

    private func judge(_ lines: [String], allowed: [[UInt8]]) throws -> CrossOrigin {
        try withRequest(lines) { CrossOrigin($0, $1, allowed: allowed) }
    }

    @Test func `an origin is allowed when it stands in the list, byte for byte`() throws {
        let list = [other, app]
        #expect(try judge(["Origin: https://app.example"], allowed: list) == .allowed(app))
        #expect(try judge(["origin:http://localhost:3000 "], allowed: list) == .allowed(other))
        for origin in [
            "https://app.example:443", "https://app.example/", "https://APP.example",
            "https://app.example.evil.example", "https://app.exampl", "http://app.example", "null",
            "*", "", "https://app.example https://app.example",
        ] {
            #expect(try judge(["Origin: \(origin)"], allowed: list) == .refused, "\(origin)")
        }
    }

    @Test func `two origins are none`() throws {
        let line = "Origin: https://app.example"
        #expect(try judge([line, line], allowed: [app]) == .refused)
        #expect(try judge([], allowed: [app]) == .refused)
    }

    @Test func `without a list nothing is said of origins`() throws {
        #expect(try judge(["Origin: https://app.example"], allowed: []) == .unknown)
        #expect(try judge(["Origin: null"], allowed: []) == .unknown)
    }

    @Test func `only a preflight request is one`() throws {
        let field = "Access-Control-Request-Method: POST"
        #expect(try withRequest([field], method: "OPTIONS") { CrossOrigin.isPreflight($0, $1) })
        #expect(try withRequest([field], method: "GET") { !CrossOrigin.isPreflight($0, $1) })
        #expect(try withRequest([], method: "OPTIONS") { !CrossOrigin.isPreflight($0, $1) })
        let twice = [field, field]
        #expect(try withRequest(twice, method: "OPTIONS") { !CrossOrigin.isPreflight($0, $1) })
    }

    @Test func `an answer names the one origin and never credentials`() {
        func answer(_ crossOrigin: CrossOrigin, isPreflight: Bool = false) -> String {
            var response = Response(status: isPreflight ? 204 : 200)
            crossOrigin.addFields(to: &response, isPreflight: isPreflight)
            var out: [UInt8] = []
            ResponseWriter.append(response, ResponseFraming(), date: [], to: &out)
            return text(out)
        }
        let allowed = answer(.allowed(app))
        #expect(allowed.contains("\r\nAccess-Control-Allow-Origin: https://app.example\r\n"))
        #expect(allowed.contains("\r\nVary: Origin\r\n"))
        #expect(!allowed.contains("Methods"))
        let preflight = answer(.allowed(app), isPreflight: true)
        #expect(preflight.contains("\r\nAccess-Control-Allow-Methods: POST\r\n"))
        #expect(preflight.contains("Access-Control-Allow-Headers: Authorization, Content-Type\r\n"))
        #expect(preflight.contains("\r\nAccess-Control-Max-Age: 600\r\n"))
        #expect(answer(.refused).contains("\r\nVary: Origin\r\n"))
        for answer in [answer(.refused), answer(.refused, isPreflight: true), answer(.unknown)] {
            #expect(!answer.contains("Access-Control"))
        }
        #expect(!answer(.unknown).contains("Vary"))
        for answer in [allowed, preflight] { #expect(!answer.contains("Credentials")) }
    }
}
