// SPDX-License-Identifier: Apache-2.0
import Cryptography
import HTTP
import Reactor
import Registration
import Storage
import StorageTesting
import Testing

@testable import Administration

/// The emergency switch as a patch of a client.
final class SwitchPatchTests {
    private let asked: AskedListener
    private static let path = "/clients/app"

    init() throws {
        asked = try AskedListener()
        try asked.store.insert(client("app"))
    }

    private func reply(
        _ json: String,
        _ fields: [String] = [],
        method: String = "PATCH",
        token: String? = nil
    ) throws -> LocalReply {
        let type = method == "PATCH" ? "application/merge-patch+json" : "application/json"
        return try asked.reply(
            method,
            Self.path,
            ["Content-Type: \(type)"] + fields,
            content: Array(json.utf8),
            token: token
        )
    }

    /// The workers of a reply that waits.
    private func pool(_ reply: LocalReply) -> WorkerPool? {
        switch reply {
        case .now: nil
        case .later(_, let pool, _), .whenever(_, let pool, _): pool
        }
    }

    @Test func `a patch of enabled alone works before the store is asked`() throws {
        let other = try asked.reply("POST", Self.path + "/disable")
        _ = try asked.ask("POST", Self.path + "/enable")
        #expect(!asked.switchedOff.covers("app"))
        let off = try reply(#" {"enabled": false} "#)
        guard case .whenever(let work, let workers, let late) = off else {
            Issue.record("it waits for the store")
            return
        }
        #expect(asked.switchedOff.covers("app"))
        #expect(try asked.store.client("app")?.enabled == true)
        #expect(late.status == 202)
        #expect(try late.json()["durable"] as? Bool == false)
        // The one thread that keeps the order of switches.
        #expect(pool(other) === workers)
        let answer = work()
        #expect(answer.status == 200 && answer.field("ETag") != nil)
        #expect(try answer.json()["enabled"] as? Bool == false)
        #expect(try asked.store.client("app")?.enabled == false)
        let on = try reply(#"{"enabled": true}"#)
        guard case .later(let enable, let sameWorkers, let notYet) = on else {
            Issue.record("enabling is no emergency")
            return
        }
        #expect(asked.switchedOff.covers("app") && notYet.status == 503)
        #expect(sameWorkers === workers)
        #expect(try enable().json()["enabled"] as? Bool == true)
        #expect(!asked.switchedOff.covers("app"))
    }

    @Test func `enabling that was asked for first does not undo a later switch`() throws {
        #expect(try asked.ask("POST", Self.path + "/disable").status == 204)
        let on = try reply(#"{"enabled": true}"#)
        let off = try asked.reply("POST", Self.path + "/disable")
        // In the order in which one thread carries them out.
        #expect(AskedListener.outcome(on).status == 200)
        #expect(AskedListener.outcome(off).status == 204)
        #expect(try asked.store.client("app")?.enabled == false)
        #expect(asked.switchedOff.covers("app"))
    }

    @Test(arguments: [
        #"{"enabled": false, "scope": "a"}"#, #"{"enabled": null}"#, #"{"enabled": "false"}"#,
        #"{"enabled": 0}"#, #"{"enabled": false, "enabled": false}"#, #"[{"enabled": false}]"#,
        "{}", "false", #"{"enabled": false}"# + String(repeating: " ", count: 4096),
    ])
    func `another patch is not the switch`(json: String) throws {
        let switches = pool(try asked.reply("POST", "/clients/other/disable"))
        guard case .later(_, let workers, _) = try reply(json) else {
            Issue.record("it does not wait for the store")
            return
        }
        #expect(workers !== switches && !asked.switchedOff.covers("app"))
    }

    @Test func `a condition, a whole document and too low a role switch nothing at once`() throws {
        let json = #"{"enabled": false}"#
        for field in ["If-Match: \"1-1\"", "If-Match: *", "If-None-Match: *"] {
            guard case .later = try reply(json, [field]) else {
                Issue.record("\(field) does not wait for the store")
                continue
            }
            #expect(!asked.switchedOff.covers("app"))
        }
        guard case .later = try reply(json, method: "PUT") else {
            Issue.record("a whole document does not wait for the store")
            return
        }
        let token = "token-of-operator-with-enough-characters"
        let digest = Digest256.of(Array(token.utf8)).bytes
        let record = AdminTokenRecord(name: "op", role: .operate, digest: digest, createdAt: 1)
        try asked.store.insert(record, by: .server, at: 1)
        try asked.actions.administrators.refresh()
        let refused = AskedListener.outcome(try reply(json, token: token))
        #expect(try refused.problem(403) != nil && !asked.switchedOff.covers("app"))
        #expect(try asked.ask("POST", Self.path + "/disable", token: token).status == 204)
    }
}
