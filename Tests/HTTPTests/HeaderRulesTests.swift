// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

struct HeaderRulesTests {
    private func head(_ fields: String, line: String = "GET /a HTTP/1.1") -> [UInt8] {
        octets("\(line)\r\n\(fields)\r\n\r\n")
    }

    static let accepted: [(String, String)] = [
        ("Host: a", "{Host=a}"), ("Host:a", "{Host=a}"), ("hOsT:   a\t ", "{hOsT=a}"),
        ("Host: a:443", "host=a:443 "), ("Host: a:", "host=a: "), ("Host: [::1]", "host=[::1] "),
        ("Host: [::1]:9443", "host=[::1]:9443 "), ("Host: 127.0.0.1:1", "host=127.0.0.1:1 "),
        ("Host: a_b-c.d~%41", "host=a_b-c.d~%41 "), ("Host: a\r\nX:", "{Host=a;X=}"),
        ("Host: a\r\nX:  ", "{Host=a;X=}"), ("Host: a\r\nX: b c\td", "{Host=a;X=b c\td}"),
        ("Host: a\r\nX: \u{e9}\u{ff}", "{Host=a;X=\u{e9}\u{ff}}"),
        ("Host: a\r\nX: :b:", "{Host=a;X=:b:}"), ("Host: a\r\n!#$%&'*+-.^_`|~9: b", "9=b}"),
        ("Host: a\r\nX: 1\r\nX: 2", "{Host=a;X=1;X=2}"),
        ("Host: a\r\nContent-Length: 0", "[]"), ("Host: a\r\nContent-Length: 000", "[]"),
        ("Host: a\r\nTransfer_Encoding: chunked", "[]"),
        ("Host: a\r\nExpect: 100-continue", "[]"), ("Host: a\r\nexpect: 100-Continue", "[]"),
    ]

    @Test(arguments: accepted)
    func `well-formed fields are taken`(fields: String, facts: String) {
        let parseResult = resultHoweverDelivered(head(fields))
        #expect(parseResult.facts?.contains(facts) == true, "\(parseResult)")
    }

    static let refused: [(String, Int)] = [
        ("", 400), ("X: y", 400), ("Host:", 400), ("Host: ", 400), ("Host: a\r\nHost: a", 400),
        ("Host: a\r\nhost: b", 400), ("Host: a b", 400), ("Host: a/b", 400), ("Host: u@a", 400),
        ("Host: a,b", 400), ("Host: a?b", 400), ("Host: a\\b", 400), ("Host: a#b", 400),
        ("Host: \u{e9}", 400), ("Host: a:b", 400), ("Host: a:1:2", 400), ("Host: :80", 400),
        ("Host: a:123456", 400), ("Host: [::1", 400), ("Host: []", 400), ("Host: ::1", 400),
        ("Host: [::1]x", 400), ("Host: [::1]]", 400), ("Host: a]", 400), ("Host: \"a\"", 400),
        (" Host: a", 400), ("\tHost: a", 400), ("Host : a", 400), ("Host\t: a", 400),
        ("Host", 400), ("Host a", 400), (": a", 400), ("Host: a\r\n: b", 400),
        ("Host: a\r\nX", 400), ("Host: a\r\nX Y: b", 400), ("Host: a\r\nX\u{0}: b", 400),
        ("Host: a\r\nX\u{e9}: b", 400), ("Host: a\r\n\"X\": b", 400), ("Host: a\r\nX(: b", 400),
        ("Host: a\r\nX : b", 400), ("Host: a\r\nX: b\r\n c", 400), ("Host: a\r\nX: b\r\n\tc", 400),
        ("Host: a\r\nX:\r\n b", 400), ("Host: a\r\n \r\nX: b", 400), ("Host: a\r\nX: b\u{0}", 400),
        ("Host: a\r\nX: \u{1}", 400), ("Host: a\r\nX: \u{b}b", 400), ("Host: a\r\nX: \u{7f}", 400),
        ("Host: a\r\nX: \u{1b}[m", 400), ("Host: a\nX: b", 400), ("Host: a\rX: b", 400),
        ("Host: a\r\nX: b\r", 400), ("Host: a\r\nX: b\n", 400), ("Host: a\r\nX: b\r\r", 400),
        ("Host: a\r\nExpect: 200-ok", 417), ("Host: a\r\nExpect:", 417),
        ("Host: a\r\nExpect: 100-continue, x", 417), ("Host: a\r\nExpect: 100-continue;q=1", 417),
        ("Host: a\r\nContent-Type: a/b\r\nContent-Type: a/b", 400),
    ]

    @Test(arguments: refused)
    func `malformed fields are refused`(fields: String, status: Int) {
        let parseResult = resultHoweverDelivered(head(fields))
        #expect(parseResult.status == status, "\(parseResult)")
    }

    static let connections: [(String, String, Bool)] = [
        ("1.1", "", true), ("1.0", "", false), ("1.1", "Connection: close\r\n", false),
        ("1.1", "Connection: Close\r\n", false), ("1.1", "connection: keep-alive\r\n", true),
        ("1.0", "Connection: keep-alive\r\n", true), ("1.0", "Connection: Keep-Alive\r\n", true),
        ("1.0", "Connection: keep-alive, close\r\n", false),
        ("1.1", "Connection: keep-alive, close\r\n", false),
        ("1.1", "Connection: TE,\tclose ,x\r\n", false), ("1.1", "Connection: ,,close\r\n", false),
        ("1.1", "Connection: upgrade\r\nConnection: close\r\n", false),
        ("1.1", "Connection: close\r\nConnection: keep-alive\r\n", false),
        ("1.0", "Connection: x\r\nConnection: keep-alive\r\n", true),
        ("1.1", "Connection: closed\r\n", true), ("1.1", "Connection: not-close\r\n", true),
        ("1.1", "Connection:\r\n", true), ("1.1", "Proxy-Connection: close\r\n", true),
        ("1.0", "Connection: keep-alive x\r\n", false),
    ]

    @Test(arguments: connections)
    func `Connection decides whether another request may follow`(
        version: String,
        field: String,
        keeps: Bool
    ) {
        let bytes = octets("GET /a HTTP/\(version)\r\nHost: a\r\n\(field)\r\n")
        let facts = resultHoweverDelivered(bytes).facts
        #expect(facts?.contains(keeps ? " keeps " : " closes ") == true)
    }

    @Test func `HTTP 1.0 may leave Host out, but not send a bad one or chunks`() {
        let line = "GET /a HTTP/1.0"
        #expect(resultHoweverDelivered(head("X: y", line: line)).facts?.contains("host=-") == true)
        for fields in ["Host: a b", "Host: a\r\nHost: a", "Transfer-Encoding: chunked"] {
            #expect(resultHoweverDelivered(head(fields, line: line)).status == 400)
        }
        let absolute = "GET https://a/b HTTP/1.0"
        #expect(parseResult(head("X: y", line: absolute)).facts?.hasPrefix("get /b ") == true)
        #expect(parseResult(head("X: y", line: "GET https://u@a/b HTTP/1.0")).status == 400)
    }

    @Test func `the fields that the server knows are found under any case`() throws {
        let bytes = head(
            "HOST: h\r\nACCEPT: a\r\nOrigin: o\r\nuser-agent: u\r\nContent-TYPE: c\r\n"
                + "If-None-Match: \"i\"\r\nAuthorization: 1\r\nauthorization: 2\r\nX-Accept: no"
        )
        var parser = RequestParser(limits: HTTPLimits())
        _ = try parser.advance(bytes.span)
        let found = [
            parser.request.host, parser.request.accept, parser.request.origin,
            parser.request.userAgent, parser.request.contentType, parser.request.ifNoneMatch,
            parser.request.authorization,
        ]
        #expect(
            found.map { $0.map { text(bytes[$0]) } } == ["h", "a", "o", "u", "c", "\"i\"", "2"]
        )
        #expect(parser.request.authorizationCount == 2)
        parser.reset()
        _ = try parser.advance(head("Host: h").span)
        #expect(parser.request.authorization == nil && parser.request.authorizationCount == 0)
        #expect(parser.request.fields.count == 1)
    }

    static let contentTypes: [(String, Bool)] = [
        ("application/x-www-form-urlencoded", true),
        ("Application/X-WWW-Form-Urlencoded", true),
        ("application/x-www-form-urlencoded;charset=UTF-8", true),
        ("application/x-www-form-urlencoded \t; charset=x; y", true),
        ("application/x-www-form-urlencodedx", false), ("application/json", false),
        ("application/x-www-form-urlencoded, a/b", false), ("multipart/form-data", false),
        (";application/x-www-form-urlencoded", false), ("", false),
    ]

    @Test(arguments: contentTypes)
    func `a form is known by its type alone`(type: String, isForm: Bool) throws {
        let bytes = head("Host: a\r\nContent-Type: \(type)")
        var parser = RequestParser(limits: HTTPLimits())
        _ = try parser.advance(bytes.span)
        let answer = parser.request.hasFormContent(in: bytes.span)
        #expect(answer == isForm)
        parser.reset()
        let without = head("Host: a")
        _ = try parser.advance(without.span)
        let answerWithout = parser.request.hasFormContent(in: without.span)
        #expect(!answerWithout)
    }
}
