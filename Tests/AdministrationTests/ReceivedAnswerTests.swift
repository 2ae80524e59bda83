// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Administration

struct ReceivedAnswerTests {
    private static let good = "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 4\r\n\r\n{ } "

    /// The answer in `text`, which comes in parts of `size` bytes before the end.
    private func read(_ text: String, by size: Int = 1000) throws -> ReceivedAnswer {
        var reader = ReceivedAnswerReader()
        var rest = Array(text.utf8)[...]
        while true {
            let answer = try reader.take(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
            guard let answer else { continue }
            #expect(rest.isEmpty)
            return answer
        }
    }

    private func refusal(_ text: String, by size: Int = 100_000) -> String? {
        do {
            _ = try read(text, by: size)
            return nil
        } catch {
            return (error as? ReceivedAnswerError)?.reason
        }
    }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func `an answer is read whole, in whatever parts it comes`(_ size: Int) throws {
        let answer = try read(Self.good, by: size)
        #expect(answer.status == 200 && answer.content == Array("{ } ".utf8))
        #expect(answer.fields["content-length"] == "4")
    }

    @Test func `an answer that ends before its length is refused, wherever it ends`() {
        for count in 0..<Self.good.utf8.count {
            let part = String(decoding: Self.good.utf8.prefix(count), as: UTF8.self)
            #expect(refusal(part) == "ends before it is whole")
        }
    }

    @Test func `an answer with a byte too many is refused`() {
        #expect(refusal(Self.good + "x") == "is longer than its Content-Length")
        let none = "HTTP/1.1 204 No Content\r\n\r\nx"
        #expect(refusal(none) == "is longer than its Content-Length")
    }

    @Test(arguments: [
        ("HTTP/1.1 204 No Content\r\nDate: x\r\n\r\n", 204),
        ("HTTP/1.1 404 Not Found\r\ncontent-length:\t0 \r\n\r\n", 404),
        ("HTTP/1.1 503\r\nContent-Length: 0\r\n\r\n", 503),
    ])
    func `an answer without content ends with its head`(_ text: String, status: Int) throws {
        let answer = try read(text)
        #expect(answer.status == status && answer.content.isEmpty)
    }

    @Test(arguments: [
        "HTTP/1.0 200 OK", "HTTP/2 200 OK", "http/1.1 200 OK", "HTTP/1.1 100 Continue",
        "HTTP/1.1 600 x", "HTTP/1.1 +20 x", "HTTP/1.1 2000 x", "HTTP/1.1  200", "HTTP/1.1", "",
        "SSH-2.0-OpenSSH",
    ])
    func `another status line is refused`(_ line: String) {
        let reason = refusal("\(line)\r\nContent-Length: 0\r\n\r\n")
        #expect(reason == "does not begin with a final status of HTTP/1.1")
    }

    @Test(arguments: [
        ("Date: x", "has no Content-Length"),
        ("Content-Length: 4\r\nContent-Length: 4", "has two lengths"),
        ("Transfer-Encoding: chunked", "has another framing than Content-Length"),
        (
            "Content-Length: 4\r\nTransfer-Encoding: chunked",
            "has another framing than Content-Length"
        ),
        ("Content-Length:", "has a Content-Length that is no number"),
        ("Content-Length: -4", "has a Content-Length that is no number"),
        ("Content-Length: +4", "has a Content-Length that is no number"),
        ("Content-Length: 4, 4", "has a Content-Length that is no number"),
        ("Content-Length: 16777217", "has more than 16 MiB of content"),
        ("Content-Length: 99999999999999999999999", "has more than 16 MiB of content"),
        ("Content-Length : 4", "has a line that is no header field"),
        (" Content-Length: 4", "has a line that is no header field"),
        ("Content-Length: 4\nDate: x", "has a line that is no header field"),
        (": 4", "has a line that is no header field"),
        ("nothing", "has a line that is no header field"),
    ])
    func `other fields, and other framings, are refused`(_ fields: String, reason: String) {
        #expect(refusal("HTTP/1.1 200 OK\r\n\(fields)\r\n\r\n{ } ") == reason)
    }

    @Test(arguments: [1, 1000, 100_000])
    func `a head that does not end is refused`(_ size: Int) {
        let long = "HTTP/1.1 200 OK\r\nDate: " + String(repeating: "x", count: 20_000)
        #expect(refusal(long, by: size) == "has a head of more than 16384 bytes")
        let ended = long + "\r\nContent-Length: 0\r\n\r\n"
        #expect(refusal(ended, by: size) == "has a head of more than 16384 bytes")
    }
}
