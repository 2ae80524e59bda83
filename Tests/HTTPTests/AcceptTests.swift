// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

struct AcceptTests {
    private func prefers(_ fields: String...) throws -> Bool {
        let head = fields.map { "Accept: \($0)\r\n" }.joined()
        let bytes = octets("GET / HTTP/1.1\r\nHost: a\r\n\(head)\r\n")
        var parser = RequestParser(limits: HTTPLimits())
        _ = try parser.advance(bytes.span)
        let json = "application/json"
        return Accept.prefers("application/a+jwt", to: json, parser.request, bytes.span)
    }

    @Test(arguments: [
        "application/a+jwt", "APPLICATION/A+JWT", "application/a+jwt;q=0.001",
        "text/html, application/a+jwt", "application/a+jwt, application/json",
        "application/json;q=0.5, application/a+jwt;q=0.5", "*/*, application/a+jwt",
        "application/*;q=0.9 , application/a+jwt ; q=0.9", ", ,application/a+jwt,",
        "application/a+jwt;Q=1.000", "application/json;q=0.1, */*, application/a+jwt;q=0.2",
        "text/plain;x=\"a,b\\\"\", application/a+jwt",
    ])
    func `a type that is named and liked no less is preferred`(value: String) throws {
        #expect(try prefers(value))
    }

    @Test(arguments: [
        "", "*/*", "application/*", "application/json", "text/html", "application/a",
        "application/a+jwt;q=0", "application/a+jwt;q=0.000", "application/a+jwt;v=1",
        "application/json, application/a+jwt;q=0.999", "*/*, application/a+jwt;q=0.9",
        "application/*;q=0.5, */*;q=0.1, application/a+jwt;q=0.4",
    ])
    func `a type that is not named, or liked less, is not`(value: String) throws {
        #expect(try !prefers(value))
    }

    @Test(arguments: [
        "application/a+jwt x", "application/a+jwt;", "application/a+jwt;q", "application/a+jwt;q=",
        "application/a+jwt;q=2", "application/a+jwt;q=1.1", "application/a+jwt;q=0.1234",
        "application/a+jwt;q=.5", "application/a+jwt;q=-1", "application/a+jwt;q=1e0", "a/b/c",
        "application/a+jwt;q=\"1\"", "application/a+jwt, /", "application/a+jwt, a",
        "application/a+jwt, a/b;c=\"d", "application/a+jwt;q=0x", "application/a+jwt, a/b;c=\"\\",
    ])
    func `a field that is no list of media ranges counts as none`(value: String) throws {
        #expect(try !prefers(value))
    }

    @Test func `several fields are one list`() throws {
        #expect(try prefers("text/html", "application/a+jwt"))
        #expect(try !prefers("application/a+jwt;q=0.1", "application/json"))
        #expect(try !prefers("application/a+jwt", "?"))
    }
}
