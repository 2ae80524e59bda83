// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import Logging
import Reactor
import Registration
import SQLiteStore
import Storage
import StorageTesting
import Synchronization
import Telemetry
import Testing

@testable import Administration

/// The answers to administrators, without a listener.
final class AdministrationActionsTests {
    private let folder: String
    private let store: any RegistrationStore
    private let switchedOff = SwitchedOffClients()
    private let gauges = Gauges()
    private let actions: AdministrationActions
    private let routes: RouteTable<AdministrationAction>

    init() throws {
        folder =
            FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent("handfast-actions-\(UInt64.random(in: 0 ... .max))").path
        store = try SQLiteDatabase.open(directory: folder, as: .server)
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        actions = AdministrationActions(
            store: store,
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
            clientSwitch: ClientSwitch(store, switchedOff, clock: WallClock(), log: log),
            log: log
        )
        routes = actions.routes()
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func ask(
        _ method: HTTPMethod,
        _ path: String,
        _ query: String = ""
    ) -> AdministrationAnswer {
        switch reply(method, path, query) {
        case .now(let answer): answer
        case .later(let work, _): work()
        }
    }

    private func reply(
        _ method: HTTPMethod,
        _ path: String,
        _ query: String = ""
    ) -> AdministrationReply {
        actions.answer(
            routes.match(method, path: Array(path.utf8)),
            query: Array(query.utf8)
        )
    }

    private func json(_ answer: AdministrationAnswer) throws -> [String: Any] {
        let content = try JSONSerialization.jsonObject(with: Data(answer.response.content))
        return try #require(content as? [String: Any])
    }

    private func page(_ query: String = "") throws -> (clients: [String], next: String?) {
        let answer = ask(.get, "/clients", query)
        #expect(answer.response.status == 200)
        let members = try json(answer)
        let clients = try #require(members["clients"] as? [[String: Any]])
        return (clients.compactMap { $0["client_id"] as? String }, members["next"] as? String)
    }

    @Test func `clients come page by page, each once`() throws {
        try store.insert((0..<2_001).map { client(String(format: "c%04d", $0)) })
        let first = try page()
        #expect(first.clients.count == 1_000 && first.next == "c0999")
        let second = try page("after=c0999")
        #expect(second.clients.first == "c1000" && second.next == "c1999")
        let last = try page("after=c1999")
        #expect(last.clients == ["c2000"] && last.next == nil)
        #expect(try page("after=zzz").clients.isEmpty)
        // An empty one and parameters of nobody's begin at the beginning.
        #expect(try page("after=").clients.count == 1_000)
        #expect(try page("other=c1999").clients.first == "c0000")
    }

    @Test(arguments: ["after=a&after=b", "after=%", "after=%00", "after=%FF"])
    func `a query that cannot be read is refused`(_ query: String) {
        #expect(ask(.get, "/clients", query).response.status == 400)
    }

    @Test func `a client is shown without its secrets, and as it is served`() throws {
        var record = client("app")
        record.secretHash = "$argon2id$secret"
        try store.insert(record)
        let answer = ask(.get, "/clients/app")
        #expect(answer.response.status == 200 && answer.response.contentType == .json)
        #expect(!String(decoding: answer.response.content, as: UTF8.self).contains("argon2id"))
        let members = try json(answer)
        #expect(members["client_id"] as? String == "app")
        #expect(members["enabled"] as? Bool == true)
        _ = switchedOff.switchOff("app")
        #expect(try json(ask(.get, "/clients/app"))["enabled"] as? Bool == false)
        #expect(ask(.get, "/clients/nobody").response.status == 404)
    }

    @Test func `the switch is answered by what came of it`() throws {
        try store.insert(client("app"))
        #expect(ask(.post, "/clients/app/disable").response.status == 204)
        #expect(try store.client("app")?.enabled == false)
        #expect(ask(.post, "/clients/app/enable").response.status == 204)
        #expect(try store.client("app")?.enabled == true)
        for path in ["/clients/nobody/disable", "/clients/nobody/enable"] {
            let answer = ask(.post, path)
            #expect(answer.response.status == 404 && !answer.isToBeRetried)
        }
    }

    @Test func `a switch that is not durable says so, and is tried again`() throws {
        try store.insert(client("app"))
        let other = try SQLiteDatabase.open(directory: folder, as: .tool)
        try other.write(by: .server, at: 1) { _ in
            let answer = ask(.post, "/clients/app/disable")
            #expect(answer.response.status == 202 && answer.isToBeRetried)
            let members = try json(answer)
            #expect(members["durable"] as? Bool == false && members["reason"] is String)
            // Switching on again is no emergency: nothing changes while the store is busy.
            let refused = ask(.post, "/clients/app/enable")
            #expect(refused.response.status == 204 || refused.response.status == 503)
        }
    }

    @Test func `a switch works before it is written, and only switches wait for the store`() throws
    {
        try store.insert(client("app"))
        guard case .later(let work, let late) = reply(.post, "/clients/app/disable") else {
            Issue.record("it does not wait")
            return
        }
        #expect(switchedOff.covers("app"))
        #expect(try store.client("app")?.enabled == true)
        // The answer where the store takes too long: it works, and is not durable yet.
        #expect(late.response.status == 202 && !late.isToBeRetried)
        #expect(try json(late)["durable"] as? Bool == false)
        #expect(work().response.status == 204)
        #expect(try store.client("app")?.enabled == false)
        guard case .later(let enable, let notYet) = reply(.post, "/clients/app/enable") else {
            Issue.record("it does not wait")
            return
        }
        #expect(switchedOff.covers("app") && notYet.response.status == 503)
        #expect(notYet.response.fields.contains { $0.name == "Retry-After" })
        #expect(enable().response.status == 204 && !switchedOff.covers("app"))
        for path in ["/health", "/metrics", "/clients", "/clients/app", "/nothing"] {
            if case .later = reply(.get, path) { Issue.record("\(path) waits") }
        }
    }

    @Test func `health says whether the server drains`() {
        #expect(ask(.get, "/health").response.status == 200)
        gauges.isDraining.store(true, ordering: .relaxed)
        let answer = ask(.get, "/health")
        #expect(answer.response.status == 503)
        #expect(String(decoding: answer.response.content, as: UTF8.self).contains("draining"))
    }

    @Test func `metrics have their own type, and other paths and methods their own answers`() {
        #expect(ask(.get, "/metrics").response.contentType == .metrics)
        #expect(ask(.get, "/nothing").response.status == 404)
        let answer = ask(.delete, "/clients/app")
        #expect(answer.response.status == 405)
        #expect(answer.response.fields.contains { $0.name == "Allow" })
    }
}
