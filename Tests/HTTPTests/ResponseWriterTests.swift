// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

struct ResponseWriterTests {
    private let date = octets("Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n")

    private func response(
        _ response: Response,
        _ framing: ResponseFraming = ResponseFraming()
    ) -> String {
        var out = octets("before")
        ResponseWriter.append(response, framing, date: date, to: &out)
        #expect(text(out).hasPrefix("beforeHTTP/1.1 "))
        return String(text(out).dropFirst(6))
    }

    @Test func `the ordinary response is whole, to the byte`() {
        let expected =
            "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
            + "Content-Type: application/json\r\nCache-Control: no-store\r\nPragma: no-cache\r\n"
            + "Content-Length: 2\r\n\r\n{}"
        var out: [UInt8] = []
        ResponseWriter.appendSuccess(octets("{}"), date: date, keepsAlive: true, to: &out)
        #expect(text(out) == expected)
        #expect(response(Response(status: 200, octets("{}"))) == expected)
        out = []
        ResponseWriter.appendSuccess(octets("{}"), date: [], keepsAlive: false, to: &out)
        #expect(text(out).contains("\r\nConnection: close\r\n"))
        #expect(!text(out).contains("Date:"))
    }

    @Test func `keeping the connection is said to those who asked, and never beside closing it`() {
        var out: [UInt8] = []
        ResponseWriter.appendSuccess(
            octets("{}"),
            date: [],
            keepsAlive: true,
            announcesKeepAlive: true,
            to: &out
        )
        #expect(text(out).contains("\r\nConnection: keep-alive\r\n"))
        let bad = Response(status: 400)
        var framing = ResponseFraming()
        #expect(!response(bad, framing).contains("Connection:"))
        framing.announcesKeepAlive = true
        #expect(response(bad, framing).contains("\r\nConnection: keep-alive\r\n"))
        framing.keepsAlive = false
        #expect(response(bad, framing).contains("\r\nConnection: close\r\n"))
        #expect(!response(bad, framing).contains("keep-alive"))
        #expect(response(bad, .closing).contains("\r\nConnection: close\r\n"))
    }

    static let statuses: [(Int, String)] = [
        (200, "OK"), (201, "Created"), (204, "No Content"), (302, "Found"), (303, "See Other"),
        (304, "Not Modified"), (400, "Bad Request"), (401, "Unauthorized"), (403, "Forbidden"),
        (404, "Not Found"), (405, "Method Not Allowed"), (408, "Request Timeout"),
        (413, "Content Too Large"), (414, "URI Too Long"), (415, "Unsupported Media Type"),
        (417, "Expectation Failed"), (429, "Too Many Requests"),
        (431, "Request Header Fields Too Large"), (500, "Internal Server Error"),
        (501, "Not Implemented"), (503, "Service Unavailable"),
        (505, "HTTP Version Not Supported"), (599, ""),
    ]

    @Test(arguments: statuses)
    func `each status has its line, and a length unless it has no content`(
        status: Int,
        phrase: String
    ) {
        let answer = response(Response(status: status, octets("{}")))
        #expect(answer.hasPrefix("HTTP/1.1 \(status) \(phrase)\r\n"))
        let hasContent = status != 204 && status != 304
        #expect(answer.contains("Content-Length: 2\r\n") == hasContent)
        #expect(answer.hasSuffix(hasContent ? "\r\n\r\n{}" : "\r\n\r\n"))
    }

    @Test func `every condition has its field, and only then`() {
        let names = ["Allow", "WWW-Authenticate", "Retry-After", "Connection", "ETag", "Vary"]
        let plain = response(Response(status: 400))
        for name in names { #expect(!plain.contains("\r\n\(name):")) }
        #expect(!plain.contains("Content-Type"))
        #expect(plain.contains("\r\nContent-Length: 0\r\n"))
        var head = Response.methodNotAllowed([.post])
        head.status = 503
        head.addChallenge("Basic", realm: "handfast")
        head.addRetryAfter(120)
        let full = response(head, .closing)
        #expect(full.hasPrefix("HTTP/1.1 503 "))
        #expect(full.contains("\r\nAllow: POST\r\n"))
        #expect(full.contains("\r\nWWW-Authenticate: Basic realm=\"handfast\"\r\n"))
        #expect(full.contains("\r\nRetry-After: 120\r\n"))
        #expect(full.contains("\r\nConnection: close\r\n"))
    }

    @Test func `a bearer challenge and metrics have their fields, and only then`() {
        var refused = Response(status: 401)
        refused.addChallenge("Bearer", realm: "for few")
        let text = response(refused)
        #expect(text.contains("\r\nWWW-Authenticate: Bearer realm=\"for few\"\r\n"))
        #expect(!text.contains("Basic"))
        let type = "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
        #expect(response(Response(status: 200, octets("a 1\n"), .metrics)).contains(type))
        #expect(!response(Response(status: 200, [], .metrics)).contains("Content-Type"))
        let json = response(Response(status: 200, octets("{}")))
        #expect(json.contains("\r\nContent-Type: application/json\r\n"))
    }

    @Test func `a realm cannot end its line or its quotes`() {
        var refused = Response(status: 401)
        refused.addChallenge("Basic", realm: "a\"b\\c\r\nX: y\0\u{7f}")
        let answer = response(refused)
        #expect(answer.contains(#"realm="a\"b\\cX: y""# + "\r\n"))
        #expect(!answer.contains("\r\nX:"))
    }

    @Test func `the answer to HEAD is that to GET without content`() {
        var document = Response(status: 200, octets("{\"a\":1}"))
        document.caching = .everybody
        let get = response(document)
        #expect(response(document, ResponseFraming(isHead: true)) + "{\"a\":1}" == get)
    }

    @Test func `only what is public may be stored`() {
        var document = Response(status: 200)
        #expect(response(document).contains("Cache-Control: no-store\r\nPragma: no-cache\r\n"))
        document.caching = .everybody
        let open = response(document)
        #expect(!open.contains("no-store") && !open.contains("Pragma"))
        #expect(open.contains("Cache-Control: public, max-age=60\r\n"))
    }

    @Test func `the interim response has no fields`() {
        var out: [UInt8] = []
        ResponseWriter.appendContinue(to: &out)
        #expect(text(out) == "HTTP/1.1 100 Continue\r\n\r\n")
    }

    @Test func `numbers are written in decimal`() {
        for number in [0, 1, 9, 10, 19, 99, 100, 65_536, Int.max] {
            var out: [UInt8] = []
            ResponseWriter.appendNumber(number, to: &out)
            #expect(text(out) == "\(number)")
        }
        var out: [UInt8] = []
        ResponseWriter.appendNumber(.min, to: &out)
        #expect(text(out) == "0")
    }

    // Made with Python's email.utils.formatdate(seconds, usegmt=True).
    static let dates: [(Int64, String)] = [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (951_868_799, "Tue, 29 Feb 2000 23:59:59 GMT"),
        (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
        (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT"),
        (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"),
        (1_735_689_600, "Wed, 01 Jan 2025 00:00:00 GMT"),
        (2_147_483_648, "Tue, 19 Jan 2038 03:14:08 GMT"),
        (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        // A clock that is not set.
        (-1, "Thu, 01 Jan 1970 00:00:00 GMT"), (.min, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (253_402_300_800, "Fri, 31 Dec 9999 23:59:59 GMT"), (.max, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ]

    @Test(arguments: dates)
    func `a date is told as IMF-fixdate`(seconds: Int64, date: String) {
        let field = DateField()
        #expect(text(field.value(seconds)) == "Date: \(date)\r\n")
        #expect(text(field.value(1)) == "Date: Thu, 01 Jan 1970 00:00:01 GMT\r\n")
        #expect(text(field.value(seconds)) == "Date: \(date)\r\n")
    }
}
