// SPDX-License-Identifier: Apache-2.0
import HTTP
import OAuth
import Reactor

@testable import Serving

/// One connection of a test reactor: does what HTTP asks for, as a transport would.
final class TestConnection {
    /// The state of the connection.
    enum State: Equatable {
        case reading
        case waiting
        case closed(peerMaySend: Bool)
        case reset
    }

    /// An answer on the wire.
    struct Answer: Equatable {
        var status: Int
        /// Its fields but Date, in their order.
        var fields: [String]
        /// The content, with a token's text taken out.
        var content: String

        func has(_ field: String) -> Bool { fields.contains(field) }
    }

    let session: HTTP1Session
    private(set) var state = State.reading
    /// When it ends, as HTTP says; nil where that is the transport's to say.
    private(set) var deadline: UInt64?
    /// How many answers each write had.
    private(set) var writes: [Int] = []
    private let reactor: TestReactor
    private var written: [UInt8] = []

    init(_ reactor: TestReactor, _ session: HTTP1Session) {
        self.reactor = reactor
        self.session = session
    }

    private var moment: TurnMoment { TurnMoment(nanoseconds: reactor.now * 1_000_000) }

    /// The number by which an answer of another thread finds the current request.
    var exchange: ExchangeID {
        ExchangeID(connection: session.token, number: session.exchange.number)
    }

    // MARK: what comes

    /// Bytes come in, while the connection is read.
    func send(_ bytes: some Sequence<UInt8>) {
        guard state == .reading else { return }
        let bytes = Array(bytes)
        reactor.http.beginSlice()
        perform(reactor.http.receive(bytes.span, on: session, at: moment))
    }

    func send(_ text: String) {
        send(Array(text.utf8))
    }

    /// An answer of another thread comes; whether a request waited for it.
    func receive(_ id: ExchangeID, _ met: Met) -> Bool {
        guard
            let step = reactor.http.resume(id.number, with: met, on: session, at: moment)
        else { return false }
        state = .reading
        perform(step)
        return true
    }

    /// Ends a wait at its deadline.
    func timeOut() {
        let isWaiting = state == .waiting
        state = .reading
        perform(
            isWaiting
                ? reactor.http.endWait(session, at: moment)
                : reactor.http.timeOut(session, at: moment)
        )
    }

    private func perform(_ first: HTTP1.Step) {
        var step = first
        while true {
            write()
            switch step {
            // The slice of a slow machine is over anywhere: nothing may depend on that.
            case .more, .yield: step = reactor.http.resumeReading(session, at: moment)
            case .idle:
                deadline = nil
                return
            case .incomplete(let moment):
                if let moment { deadline = moment }
                return
            case .park(let moment), .hold(let moment):
                deadline = moment
                state = .waiting
                return
            case .reset:
                deadline = nil
                state = .reset
                return
            case .close(let peerMaySend):
                deadline = nil
                state = .closed(peerMaySend: peerMaySend)
                return
            }
        }
    }

    private func write() {
        guard !reactor.http.output.isEmpty else { return }
        let before = answers.count
        written += reactor.http.output
        reactor.http.clearOutput()
        writes.append(answers.count - before)
    }

    // MARK: what goes out

    /// All that was written, as text.
    var text: String { String(decoding: written, as: UTF8.self) }

    /// The answers that were written; of those to HEAD, whose content is left out, fields alone.
    var answers: [Answer] {
        var found: [Answer] = []
        var rest = text[...]
        while let end = rest.firstRange(of: "\r\n\r\n") {
            let lines = rest[..<end.lowerBound].split(separator: "\r\n").map(String.init)
            rest = rest[end.upperBound...]
            let status = Int(lines[0].split(separator: " ")[1]) ?? 0
            let length = lines.compactMap { line in
                line.hasPrefix("Content-Length: ") ? Int(line.dropFirst(16)) : nil
            }.first
            // A HEAD's answer is followed by another answer, or nothing.
            let hasContent = !rest.isEmpty && !rest.hasPrefix("HTTP/1.1 ")
            let content = hasContent ? rest.prefix(length ?? 0) : ""
            rest = rest.dropFirst(content.count)
            found.append(
                Answer(
                    status: status,
                    fields: lines.dropFirst().filter { !$0.hasPrefix("Date: ") },
                    content: Self.withoutToken(String(content))
                )
            )
        }
        return found
    }

    var statuses: [Int] { answers.map(\.status) }

    private static func withoutToken(_ content: String) -> String {
        content.replacing(/"access_token":"[^"]+"/, with: #""access_token":"…""#)
    }
}

/// Requests as bytes.
enum Sent {
    static let form = "grant_type=client_credentials&client_id=app"
    static let token = post("/oauth2/token", form)
    static let health = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"

    /// A form with its length told.
    static func post(_ path: String, _ form: String, _ fields: String = "") -> String {
        head(path, fields) + "Content-Length: \(form.utf8.count)\r\n\r\n\(form)"
    }

    /// The same form in chunks of so many bytes.
    static func chunked(_ path: String, _ form: String, by size: Int) -> String {
        var rest = form[...]
        var text = head(path) + "Transfer-Encoding: chunked\r\n\r\n"
        while !rest.isEmpty {
            let chunk = rest.prefix(size)
            text += "\(String(chunk.count, radix: 16))\r\n\(chunk)\r\n"
            rest = rest.dropFirst(chunk.count)
        }
        return text + "0\r\n\r\n"
    }

    private static func head(_ path: String, _ fields: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\n\(fields)"
            + "Content-Type: application/x-www-form-urlencoded\r\n"
    }
}
