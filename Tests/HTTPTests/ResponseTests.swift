// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

struct ResponseTests {
    private func sent(_ response: Response, _ framing: ResponseFraming = ResponseFraming())
        -> String
    {
        var out: [UInt8] = []
        ResponseWriter.append(response, framing, date: [], to: &out)
        return text(out)
    }

    @Test func `a redirection leads somewhere, without content`() {
        let answer = sent(.redirection(to: "https://client.example/callback?code=a%20b"))
        #expect(answer.hasPrefix("HTTP/1.1 303 See Other\r\n"))
        #expect(answer.contains("\r\nLocation: https://client.example/callback?code=a%20b\r\n"))
        #expect(answer.contains("\r\nContent-Length: 0\r\n"))
        #expect(!answer.contains("Content-Type"))
        #expect(sent(.redirection(to: "/", status: 302)).hasPrefix("HTTP/1.1 302 Found\r\n"))
    }

    @Test func `fields stand in the order of their adding, a name several times`() {
        var response = Response(status: 200, octets("<p>"), .html)
        response.add("Set-Cookie", "a=1; HttpOnly")
        response.add("Content-Security-Policy", "default-src 'none'")
        response.add("Set-Cookie", "b=2")
        let answer = sent(response)
        let fields =
            "\r\nSet-Cookie: a=1; HttpOnly\r\nContent-Security-Policy: default-src 'none'\r\n"
            + "Set-Cookie: b=2\r\n"
        #expect(answer.contains(fields))
        #expect(answer.contains("\r\nContent-Type: text/html; charset=utf-8\r\n"))
        #expect(answer.hasSuffix("\r\nContent-Length: 3\r\n\r\n<p>"))
    }

    @Test(arguments: [
        ("/a\r\nSet-Cookie: evil=1", "/aSet-Cookie: evil=1"), ("/a\nb", "/ab"), ("/a\rb", "/ab"),
        ("/a\0b", "/ab"), ("/a\u{7f}b", "/ab"), ("/a\tb", "/a\tb"), ("/ü", "/ü"),
    ])
    func `no value ends its line`(_ value: (given: String, sent: String)) {
        let answer = sent(.redirection(to: value.given))
        let wanted = text(Array("\r\nLocation: \(value.sent)\r\n".utf8))
        #expect(answer.contains(wanted))
        #expect(!answer.contains("\nSet-Cookie"))
    }

    @Test func `the methods that there are stand in Allow`() {
        #expect(sent(.methodNotAllowed([.get, .head])).contains("\r\nAllow: GET, HEAD\r\n"))
        #expect(sent(.methodNotAllowed([.post])).contains("\r\nAllow: POST\r\n"))
        #expect(sent(.methodNotAllowed([])).contains("\r\nAllow: \r\n"))
    }

    @Test func `a wait is never negative`() {
        var response = Response(status: 503)
        response.addRetryAfter(-3)
        #expect(sent(response).contains("\r\nRetry-After: 0\r\n"))
    }

    @Test(arguments: ["Content-Length", "transfer-encoding", "Connection", "Date", "a b", "", "a:"])
    func `names that framing writes cannot be added, nor what is no name`(_ name: String) async {
        await #expect(processExitsWith: .failure) { [name = name as String] in
            var response = Response(status: 200)
            response.add(name, "1")
        }
    }
}
