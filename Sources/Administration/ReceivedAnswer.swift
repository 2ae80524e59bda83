// SPDX-License-Identifier: Apache-2.0
/// An answer of an administrative listener, whole.
package struct ReceivedAnswer: Sendable, Equatable {
    /// 200 to 599.
    package let status: Int
    package let content: [UInt8]
    /// The header fields by their names in lower case; of one that is repeated, the last.
    package var fields: [String: String] = [:]
}

/// Reads one HTTP/1.1 answer with a Content-Length, the only framing that the server has.
///
/// Strict: any other framing is an error, and so is a byte too few or too many.
struct ReceivedAnswerReader {
    /// Far more than the server's fields take.
    static let headBytesMax = 16_384
    /// 16 MiB: eight times the longest list of calls.
    static let contentBytesMax = 16 << 20

    private struct Head {
        let status: Int
        let contentBytes: Int
        let fields: [String: String]
    }

    private var received: [UInt8] = []
    private var head: Head?
    private var contentStart = 0

    /// Takes the next bytes, none at the end of the connection; returns the answer that they
    /// complete.
    mutating func take(_ bytes: [UInt8]) throws(ReceivedAnswerError) -> ReceivedAnswer? {
        guard !bytes.isEmpty else { throw ReceivedAnswerError("ends before it is whole") }
        // The last three bytes may be the beginning of the empty line.
        let unsearched = max(received.count - 3, 0)
        received += bytes
        if head == nil {
            let end = Self.headEnd(received, from: unsearched)
            guard end ?? received.count <= Self.headBytesMax else {
                throw ReceivedAnswerError("has a head of more than \(Self.headBytesMax) bytes")
            }
            guard let end else { return nil }
            head = try Self.head(received[..<end])
            contentStart = end + 4
        }
        guard let head else { return nil }
        let content = received[contentStart...]
        guard content.count <= head.contentBytes else {
            throw ReceivedAnswerError("is longer than its Content-Length")
        }
        guard content.count == head.contentBytes else { return nil }
        return ReceivedAnswer(
            status: head.status,
            content: Array(content),
            fields: head.fields
        )
    }

    /// The index of the empty line's first byte; nil where there is none yet.
    private static func headEnd(_ bytes: [UInt8], from start: Int) -> Int? {
        let mark = Array("\r\n\r\n".utf8)
        let end = min(bytes.count - mark.count, headBytesMax) + 1
        guard start < end else { return nil }
        return (start..<end).first { bytes[$0] == mark[0] && bytes[$0...].starts(with: mark) }
    }

    private static func head(_ bytes: ArraySlice<UInt8>) throws(ReceivedAnswerError) -> Head {
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        guard let first = lines.first, let status = status(first) else {
            throw ReceivedAnswerError("does not begin with a final status of HTTP/1.1")
        }
        var length: Int?
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let (name, value) = field(line) else {
                throw ReceivedAnswerError("has a line that is no header field")
            }
            if name == "transfer-encoding" {
                throw ReceivedAnswerError("has another framing than Content-Length")
            }
            fields[name] = String(value)
            guard name == "content-length" else { continue }
            guard length == nil else { throw ReceivedAnswerError("has two lengths") }
            length = try contentBytes(value)
        }
        // RFC 9110 §8.6: these have no content, and 204 no Content-Length either.
        if status == 204 || status == 304 {
            return Head(status: status, contentBytes: 0, fields: fields)
        }
        guard let length else { throw ReceivedAnswerError("has no Content-Length") }
        return Head(status: status, contentBytes: length, fields: fields)
    }

    /// The status of `HTTP/1.1 200 …`; nil for any other line, and for statuses that are not final.
    private static func status(_ line: Substring) -> Int? {
        let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[0] == "HTTP/1.1", parts[1].utf8.count == 3,
            let status = Int(parts[1]), (200...599).contains(status)
        else { return nil }
        return status
    }

    /// The name in lower case, and the value without white space around it.
    private static func field(_ line: Substring) -> (name: String, value: Substring)? {
        guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else { return nil }
        let name = line[..<colon]
        let isClean = line.unicodeScalars.allSatisfy { $0.value >= 32 || $0 == "\t" }
        guard isClean, !name.contains(where: { $0 == " " || $0 == "\t" }) else { return nil }
        var value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        while value.last == " " || value.last == "\t" { value = value.dropLast() }
        return (name.lowercased(), value)
    }

    private static func contentBytes(_ text: Substring) throws(ReceivedAnswerError) -> Int {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard !text.isEmpty, text.utf8.allSatisfy({ digits.contains($0) }) else {
            throw ReceivedAnswerError("has a Content-Length that is no number")
        }
        guard let count = Int(text), count <= contentBytesMax else {
            throw ReceivedAnswerError("has more than \(contentBytesMax >> 20) MiB of content")
        }
        return count
    }
}

/// Why an answer cannot be used, as a predicate of it: "has no Content-Length".
struct ReceivedAnswerError: Error, Equatable {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}
