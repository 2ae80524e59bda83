// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import Logging
import Network
import Reactor
import Registration
import SQLiteStore
import Storage
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Administration

/// The administrative listener without its socket: requests as bytes, and answers as values.
final class AskedListener {
    let scratch: Scratch
    let store: any RegistrationStore
    let switchedOff = SwitchedOffClients()
    let gauges = Gauges()
    let facts = ServerFacts()
    let actions: AdministrationActions
    let handler: AdministrationHandler
    let token: String

    /// A listener at `address`, on the store of an empty data directory as `wrapping` hands it on.
    init(
        _ address: SocketAddress = .local(path: "/admin.sock", descriptor: nil),
        wrapping: (any RegistrationStore) -> any RegistrationStore = { $0 }
    ) throws {
        scratch = try Scratch()
        let database = try SQLiteDatabase.open(directory: scratch.path + "/data", as: .server)
        store = wrapping(database)
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let credential = try AdministrationCredential.ensure(
            in: database.directory,
            log,
            tighten: database.makePrivate
        )
        token = String(decoding: try credential.read(), as: UTF8.self)
        actions = AdministrationActions(
            store: store,
            credential: credential,
            metrics: Metrics(
                counters: [Counters()],
                listeners: ["main"],
                gauges: gauges,
                switchedOff: switchedOff,
                checksWaiting: { 0 },
                linesDropped: { 0 },
                startedAt: 1,
                version: "1",
                openssl: "OpenSSL"
            ),
            health: ServerHealth(gauges, ReactorPulses([]), sharesStore: false, log: log),
            clientSwitch: ClientSwitch(store, switchedOff, clock: WallClock(), log: log),
            facts: facts,
            clock: WallClock(),
            log: log
        )
        handler = try AdministrationHandler(address, actions)
    }

    deinit { handler.end() }

    /// The outcome of a request: its answer, or the work that leads to one.
    func reply(
        _ method: String,
        _ target: String,
        _ fields: [String] = [],
        content: [UInt8] = [],
        token: String? = nil
    ) throws -> LocalReply {
        let credential = ["Authorization: Bearer \(token ?? self.token)"]
        return try bare(method, target, credential + fields, content: content)
    }

    /// The same without a credential, unless the fields have one.
    func bare(
        _ method: String,
        _ target: String,
        _ fields: [String] = [],
        host: String = "localhost",
        content: [UInt8] = []
    ) throws -> LocalReply {
        let lines =
            ["\(method) \(target) HTTP/1.1", "Host: \(host)", "Content-Length: \(content.count)"]
            + fields
        let bytes = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + content
        var parser = RequestParser(limits: LocalServiceLimits.http)
        _ = try parser.advance(bytes.span)
        let peer = LocalPeer(PeerAddress(.version4(0x7f00_0001), port: 1))
        switch handler.admission(of: parser.request, bytes.span, from: peer) {
        case .refused(let response): return .now(response)
        case .admitted(let caller):
            let reply = handler.reply(to: LocalRequest(parser.request, bytes.span), of: caller)
            return Self.checked(reply, caller.route)
        }
    }

    /// The answer to a request, whatever it has to wait for.
    func ask(
        _ method: String,
        _ target: String,
        _ fields: [String] = [],
        content: [UInt8] = [],
        token: String? = nil
    ) throws -> Response {
        try Self.outcome(reply(method, target, fields, content: content, token: token))
    }

    /// The same with JSON as content.
    func send(
        _ method: String,
        _ target: String,
        _ json: String,
        _ fields: [String] = [],
        token: String? = nil
    ) throws -> Response {
        let type =
            method == "PATCH" ? "application/merge-patch+json" : "application/json; charset=utf-8"
        return try ask(
            method,
            target,
            ["Content-Type: \(type)"] + fields,
            content: Array(json.utf8),
            token: token
        )
    }

    /// Every answer is one that the description has.
    private static func checked(_ reply: LocalReply, _ route: AdministrationRoute) -> LocalReply {
        @Sendable func check(_ response: Response) -> Response {
            #expect(
                route.statuses.contains(response.status),
                "\(route.method.name) \(route.path) is not described with \(response.status)"
            )
            return response
        }
        switch reply {
        case .now(let response): return .now(check(response))
        case .later(let work, let pool, let late):
            return .later({ check(work()) }, on: pool, else: check(late))
        case .whenever(let work, let pool, let late):
            return .whenever({ check(work()) }, on: pool, else: check(late))
        }
    }

    static func outcome(_ reply: LocalReply) -> Response {
        switch reply {
        case .now(let response): response
        case .later(let work, _, _), .whenever(let work, _, _): work()
        }
    }
}

extension Response {
    /// The content as JSON; fails without an object.
    func json() throws -> [String: Any] {
        let found = try JSONSerialization.jsonObject(with: Data(content))
        return try #require(found as? [String: Any])
    }

    /// The value of a field.
    func field(_ name: String) -> String? {
        fields.first { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) }
    }

    /// The members that problem details find fault with; nil where this is none of the status.
    func problem(_ status: Int) throws -> [String]? {
        guard self.status == status, contentType == .problem else { return nil }
        let members = try json()
        guard members["status"] as? Int == status, members["type"] as? String == "about:blank",
            let title = members["title"] as? String, !title.isEmpty
        else { return nil }
        let errors = members["errors"] as? [[String: Any]] ?? []
        return errors.map { $0["member"] as? String ?? "" }
    }
}
