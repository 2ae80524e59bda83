// SPDX-License-Identifier: Apache-2.0
import HTTP
import Network
import Reactor
import Synchronization
import Testing
import Text

@testable import Administration
@testable import Console

/// The console without its socket, in front of a server that answers as a test says.
final class AskedConsole {
    /// A request that the server was asked.
    struct Asked: Sendable {
        let method: String
        let path: String
        let query: [String: String]
        let fields: [String: String]
        let content: String
    }

    static let port: UInt16 = 9445
    static let origin = "http://127.0.0.1:\(port)"

    let ticket: OpeningTicket
    let handler: ConsoleHandler
    private let asked = Lock<[Asked]>([])
    var cookie: String?

    /// All that the server was asked, in order.
    var questions: [Asked] { asked.withLock { $0 } }

    /// A console with these pages in front of a server that `answer` plays.
    init(
        pages: [ConsolePage] = ConsolePage.all,
        base: String = "",
        answer: @escaping @Sendable (Asked) throws(AdministrationClientError) -> ReceivedAnswer = {
            _ in ReceivedAnswer(status: 404, content: [])
        }
    ) throws {
        ticket = try OpeningTicket(now: Clock.milliseconds)
        let asked = asked
        let api = ServerAPI(user: "alice") {
            (method, path, query, fields, content) throws(AdministrationClientError) in
            let question = Asked(
                method: method.rawValue,
                path: path,
                query: Dictionary(query.map { ($0.name, $0.value) }) { one, _ in one },
                fields: Dictionary(fields.map { ($0.name, $0.value) }) { one, _ in one },
                content: String(decoding: content, as: UTF8.self)
            )
            asked.withLock { $0.append(question) }
            return try answer(question)
        }
        let facts = ConsoleFacts(server: "unix:/admin.sock", version: "1.2.3", user: "alice")
        let site = ConsoleSite(api: api, facts: facts, clock: WallClock())
        let address = SocketAddress(host: "127.0.0.1", port: Self.port)
        handler = try ConsoleHandler(address, ticket, site, pages: pages, base: base)
    }

    deinit { handler.end() }

    /// A console that the link has opened.
    func opened() throws -> AskedConsole {
        let answer = try ask("GET", "/open?ticket=\(ticket.text)")
        let field = try #require(answer.field("Set-Cookie"))
        cookie = String(field.prefix { $0 != ";" })
        return self
    }

    /// The answer to a request, with the cookie where the console was opened.
    func ask(
        _ method: String,
        _ target: String,
        _ fields: [String] = [],
        host: String = "127.0.0.1:\(AskedConsole.port)",
        content: [UInt8] = []
    ) throws -> Response {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: \(host)"]
        if let cookie { lines.append("Cookie: other=1; \(cookie)") }
        if method == "POST" { lines.append("Content-Length: \(content.count)") }
        lines += fields
        let bytes = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + content
        var parser = RequestParser(limits: LocalServiceLimits.http)
        _ = try parser.advance(bytes.span)
        let peer = LocalPeer(PeerAddress(.version4(0x7f00_0001), port: 1))
        switch handler.admission(of: parser.request, bytes.span, from: peer) {
        case .refused(let response): return response
        case .admitted(let caller):
            switch handler.reply(to: LocalRequest(parser.request, bytes.span), of: caller) {
            case .now(let response): return response
            case .later(let work, _, _), .whenever(let work, _, _): return work()
            }
        }
    }

    /// A form with the session's token, unless it is among the fields.
    func send(_ target: String, _ form: [(String, String)]) throws -> Response {
        let token = try #require(ticket.opened?.formToken)
        let pairs = ([(ConsoleSession.tokenField, token)] + form).map { name, value in
            "\(PercentEncoding.encode(name))=\(PercentEncoding.encode(value))"
        }
        return try ask(
            "POST",
            target,
            ["Content-Type: application/x-www-form-urlencoded", "Origin: \(Self.origin)"],
            content: Array(pairs.joined(separator: "&").utf8)
        )
    }
}

extension Response {
    /// The value of a field.
    func field(_ name: String) -> String? {
        fields.first { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) }
    }

    /// The content as text.
    var text: String { String(decoding: content, as: UTF8.self) }
}

extension ReceivedAnswer {
    /// An answer with JSON.
    init(_ status: Int, _ json: String, tag: String? = nil) {
        self.init(status: status, content: Array(json.utf8))
        if let tag { fields["etag"] = tag }
    }
}
