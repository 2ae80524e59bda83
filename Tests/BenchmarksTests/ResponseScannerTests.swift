// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Benchmarks

@Suite struct ResponseScannerTests {
    private func scan(_ text: String, ended: Bool = false) -> ScannedResponse {
        let bytes = Array(text.utf8)
        return ResponseScanner.scan(bytes.span, ended: ended)
    }

    private func start(_ text: String, _ length: Int) -> String {
        String(decoding: text.utf8.prefix(length), as: UTF8.self)
    }

    @Test func `a response is whole when its Content-Length has come, and not a byte before`() {
        let text = "HTTP/1.1 200 OK\r\ncontent-LENGTH:  5 \r\nX: y\r\n\r\nhello"
        let head = text.utf8.count - 5
        #expect(
            scan(text) == .complete(status: 200, body: head..<(head + 5), closes: false)
        )
        for length in 0..<text.utf8.count {
            #expect(scan(start(text, length)) == .incomplete)
        }
    }

    @Test func `a chunked response ends with its last chunk and trailer`() {
        let text =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "5;x=y\r\nhello\r\nA\r\n0\r\n\r\n67890\r\n0\r\nT: u\r\n\r\n"
        for length in 0..<text.utf8.count {
            #expect(scan(start(text, length)) == .incomplete, "\(length)")
        }
        guard case .complete(200, _, false) = scan(text) else {
            Issue.record("not complete")
            return
        }
    }

    @Test func `a response without a length ends with the connection`() {
        let text = "HTTP/1.0 200 OK\r\n\r\nhello"
        #expect(scan(text) == .incomplete)
        #expect(scan(text, ended: true) == .complete(status: 200, body: 19..<24, closes: true))
    }

    @Test func `a server that will close says so`() {
        let text = "HTTP/1.1 401 No\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n"
        guard case .complete(401, _, true) = scan(text) else {
            Issue.record("not closing")
            return
        }
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH_9.2p1", "HTTP/2 200 OK and", "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFF\r\n",
    ])
    func `what is not HTTP is malformed`(text: String) {
        #expect(scan(text) == .malformed)
    }

    @Test func `an answer that breaks off is malformed, not complete`() {
        #expect(scan("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhell", ended: true) == .malformed)
        #expect(scan("HTTP/1.1 200", ended: true) == .malformed)
        #expect(scan("", ended: true) == .malformed)
    }

    private func contains(_ text: String, _ range: Range<Int>, _ word: String) -> Bool {
        let bytes = Array(text.utf8)
        return ResponseScanner.contains(bytes.span, range, Array(word.utf8))
    }

    @Test func `a word is found where it is and nowhere else`() {
        let text = "access access_token"
        #expect(contains(text, 0..<19, "access_token"))
        #expect(!contains(text, 0..<18, "access_token"))
        #expect(!contains(text, 0..<5, "access_token"))
        #expect(contains(text, 0..<0, ""))
    }
}
