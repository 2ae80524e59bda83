// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import Registration
import SQLiteStore
import Storage
import StorageTesting
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Administration

/// The answers to administrators, without a listener.
final class AdministrationActionsTests {
    private let asked: AskedListener

    init() throws {
        asked = try AskedListener()
    }

    private func page(_ query: String = "") throws -> (clients: [String], next: String?) {
        let answer = try asked.ask("GET", "/clients\(query)")
        #expect(answer.status == 200)
        let members = try answer.json()
        let clients = try #require(members["clients"] as? [[String: Any]])
        return (clients.compactMap { $0["client_id"] as? String }, members["next"] as? String)
    }

    @Test func `clients come page by page, each once`() throws {
        try asked.store.insert((0..<2_001).map { client(String(format: "c%04d", $0)) })
        let first = try page()
        #expect(first.clients.count == 1_000 && first.next == "c0999")
        let second = try page("?after=c0999")
        #expect(second.clients.first == "c1000" && second.next == "c1999")
        let last = try page("?after=c1999")
        #expect(last.clients == ["c2000"] && last.next == nil)
        #expect(try page("?after=zzz").clients.isEmpty)
        // An empty one begins at the beginning.
        #expect(try page("?after=").clients.count == 1_000)
        let short = try page("?limit=2&after=c0000")
        #expect(short.clients == ["c0001", "c0002"] && short.next == "c0002")
    }

    @Test(arguments: [
        "after=a&after=b", "after=%", "after=%00", "after=%FF", "other=c1999", "limit=x",
        "limit=0", "limit=1001", "limit=-1", "limit=+1", "limit=1.5",
    ])
    func `a query that cannot be used is refused`(_ query: String) throws {
        #expect(try asked.ask("GET", "/clients?\(query)").problem(400) != nil)
    }

    @Test func `a client is shown without its secrets, and as it is served`() throws {
        var record = client("app")
        record.secretHash = "$argon2id$secret"
        try asked.store.insert(record)
        let answer = try asked.ask("GET", "/clients/app")
        #expect(answer.status == 200 && answer.contentType == .json)
        #expect(!String(decoding: answer.content, as: UTF8.self).contains("argon2id"))
        let members = try answer.json()
        #expect(members["client_id"] as? String == "app")
        #expect(members["enabled"] as? Bool == true)
        let known = ["If-None-Match: \(try #require(answer.field("ETag")))"]
        #expect(try asked.ask("GET", "/clients/app", known).status == 304)
        _ = asked.switchedOff.switchOff("app")
        let off = try asked.ask("GET", "/clients/app", known)
        #expect(try off.json()["enabled"] as? Bool == false)
        #expect(try asked.ask("GET", "/clients/nobody").problem(404) != nil)
    }

    @Test func `the switch is answered by what came of it`() throws {
        try asked.store.insert(client("app"))
        #expect(try asked.ask("POST", "/clients/app/disable").status == 204)
        #expect(try asked.store.client("app")?.enabled == false)
        #expect(try asked.ask("POST", "/clients/app/enable").status == 204)
        #expect(try asked.store.client("app")?.enabled == true)
        for path in ["/clients/nobody/disable", "/clients/nobody/enable"] {
            #expect(try asked.ask("POST", path).problem(404) != nil)
        }
        #expect(!asked.actions.clientSwitch.hasUnwritten)
    }

    @Test func `a switch that is not durable says so, and is tried again`() throws {
        try asked.store.insert(client("app"))
        let other = try SQLiteDatabase.open(directory: asked.scratch.path + "/data", as: .tool)
        try other.write(by: .server, at: 1) { _ in
            let answer = try asked.ask("POST", "/clients/app/disable")
            #expect(answer.status == 202 && asked.actions.clientSwitch.hasUnwritten)
            let members = try answer.json()
            #expect(members["durable"] as? Bool == false && members["reason"] is String)
            // Switching on again is no emergency: nothing changes while the store is busy.
            let refused = try asked.ask("POST", "/clients/app/enable")
            #expect(refused.status == 204 || refused.status == 503)
        }
    }

    @Test func `a switch works before it is written, and what looks at memory never waits`() throws
    {
        try asked.store.insert(client("app"))
        // In force already: it is written whenever there is time, also after its late answer.
        guard
            case .whenever(let work, _, let late) = try asked.reply(
                "POST",
                "/clients/app/disable"
            )
        else {
            Issue.record("it does not wait")
            return
        }
        #expect(asked.switchedOff.covers("app"))
        #expect(try asked.store.client("app")?.enabled == true)
        // The answer where the store takes too long: it works, and is not durable yet.
        #expect(late.status == 202)
        #expect(try late.json()["durable"] as? Bool == false)
        #expect(work().status == 204)
        #expect(try asked.store.client("app")?.enabled == false)
        guard
            case .later(let enable, _, let notYet) = try asked.reply("POST", "/clients/app/enable")
        else {
            Issue.record("it does not wait")
            return
        }
        #expect(asked.switchedOff.covers("app") && notYet.status == 503)
        #expect(notYet.field("Retry-After") == "1")
        #expect(enable().status == 204 && !asked.switchedOff.covers("app"))
        for path in ["/health", "/metrics", "/openapi.json", "/nothing"] {
            if case .later = try asked.reply("GET", path) { Issue.record("\(path) waits") }
        }
        // A store that hangs must not hold up the listener.
        for path in ["/clients", "/clients/app", "/users", "/trust-sets", "/keys"] {
            if case .now = try asked.reply("GET", path) { Issue.record("\(path) blocks") }
        }
    }

    @Test func `documents say what the switch says, and enabled in them is the switch`() throws {
        try asked.store.insert(client("app"))
        func patch(_ json: String, _ fields: String...) throws -> Response {
            try asked.send("PATCH", "/clients/app", json, fields)
        }
        func isEnabled(_ answer: Response) throws -> Bool? {
            answer.status == 200 ? try answer.json()["enabled"] as? Bool : nil
        }
        let other = try SQLiteDatabase.open(directory: asked.scratch.path + "/data", as: .tool)
        // In force at once, and while the store is busy.
        try other.write(by: .server, at: 1) { _ in
            let answer = try patch(#"{"enabled": false}"#)
            #expect(answer.status == 202)
        }
        #expect(asked.switchedOff.covers("app") && asked.actions.clientSwitch.hasUnwritten)
        #expect(try asked.store.client("app")?.enabled == true)
        #expect(try isEnabled(patch(#"{"scope": "a"}"#)) == false)
        #expect(try asked.ask("POST", "/clients/app/secret").json()["enabled"] as? Bool == false)
        #expect(asked.switchedOff.covers("app"))
        #expect(try isEnabled(patch(#"{"scope": "b", "enabled": true}"#)) == true)
        #expect(!asked.switchedOff.covers("app"))
        // With others: as soon as it is written.
        #expect(try isEnabled(patch(#"{"scope": "c", "enabled": false}"#)) == false)
        #expect(asked.switchedOff.covers("app"))
        #expect(try asked.store.client("app")?.enabled == false)
        let whole = try asked.send("PUT", "/clients/app", #"{"client_name": "app"}"#)
        #expect(try isEnabled(whole) == true && !asked.switchedOff.covers("app"))
        // A condition is the store's to judge.
        #expect(try patch(#"{"enabled": false}"#, "If-Match: \"1-1\"").problem(412) != nil)
        #expect(!asked.switchedOff.covers("app"))
        #expect(try isEnabled(patch(#"{"enabled": false}"#)) == false)
        #expect(try isEnabled(patch(#"{"enabled": true}"#)) == true)
        let nobody = try asked.send("PATCH", "/clients/nobody", #"{"enabled": false}"#)
        #expect(try nobody.problem(404) != nil)
    }

    @Test func `what is missing or in the way is named, with what to do`() throws {
        try asked.store.insert(client("app"))
        let taken = #"{"client_name": "app"}"#
        #expect(try asked.send("POST", "/clients", taken).problem(409) == ["client_name"])
        #expect(try asked.send("PUT", "/clients/other", taken).problem(409) == ["client_name"])
        let set = #"{"token_endpoint_auth_method": "tls_client_auth", "trust_set": "absent","#
        let document = set + #""tls_client_auth_subject_dn": "CN=a", "client_name": "b"}"#
        #expect(try asked.send("POST", "/clients", document).problem(400) == ["trust_set"])
        #expect(try asked.send("PUT", "/clients/b", document).problem(400) == ["trust_set"])
        let patched = try asked.send("PATCH", "/clients/app", document)
        #expect(try patched.problem(400)?.contains("trust_set") == true)
        #expect(try asked.store.clientCount() == 1)
        for path in ["/clients/absent", "/users/absent", "/trust-sets/absent"] {
            let member = path.hasPrefix("/clients") ? "client_id" : "name"
            let answer = try asked.ask("GET", path)
            #expect(try answer.problem(404) == [member])
            let errors = try answer.json()["errors"] as? [[String: Any]]
            #expect((errors?.first?["remedy"] as? String)?.hasPrefix("See GET /") == true)
        }
        #expect(try asked.ask("POST", "/clients/absent/enable").problem(404) == ["client_id"])
    }

    @Test func `a document that is no object is refused as a whole`() throws {
        for content in ["[]", "null", "1"] {
            for (method, path) in [
                ("POST", "/clients"), ("PUT", "/clients/a"), ("PATCH", "/clients/a"),
                ("PUT", "/users/a"), ("PUT", "/trust-sets/a"), ("PUT", "/issuers/a"),
            ] {
                let answer = try asked.send(method, path, content)
                #expect(try answer.problem(400) == [""], "\(method) \(path)")
            }
        }
    }

    @Test func `where nothing is registered the request is refused, and no registration`() throws {
        let user = try UserRegistration.new("alex", password: "one", at: 1)
        try asked.store.insert(user, by: .server, at: 1)
        for (path, content, member) in [
            ("/keys", #"{"kind":"ES384","active_in":-1}"#, "active_in"),
            ("/users/alex/password", #"{"password":""}"#, "password"),
        ] {
            let answer = try asked.send("POST", path, content)
            #expect(try answer.problem(400) == [member])
            #expect(try answer.json()["detail"] as? String == "The request is refused.")
        }
    }

    @Test func `warnings of a registration are in its answer, and can be put back`() throws {
        let key = #"{"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"}"#
        let keys = #"{"keys": [\#(Self.key), \#(key)]}"#
        let document =
            #"{"token_endpoint_auth_method": "private_key_jwt", "client_name": "keys", "jwks": "#
            + keys + "}"
        let made = try asked.send("PUT", "/clients/keys", document)
        #expect(made.status == 201)
        let warnings = try made.json()["warnings"] as? [[String: Any]]
        #expect(warnings?.count == 1 && warnings?[0]["member"] as? String == "jwks")
        #expect((warnings?[0]["problem"] as? String)?.isEmpty == false)
        let again = String(decoding: made.content, as: UTF8.self)
        #expect(try asked.send("PUT", "/clients/keys", again).status == 200)
        #expect(try asked.ask("GET", "/clients/keys").json()["warnings"] == nil)
        let plain = try asked.send("PUT", "/clients/plain", #"{"client_name": "plain"}"#)
        #expect(try plain.json()["warnings"] == nil)
    }

    private static let key =
        #"{"kty": "EC", "crv": "P-256", "kid": "k","#
        + #" "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","#
        + #" "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#

    @Test func `a store that takes no change is not a mistake of the server's`() throws {
        try FileManager.default.removeItem(atPath: asked.scratch.path + "/data/audit.key")
        let answer = try asked.send("PUT", "/users/alex", "{}")
        #expect(try answer.problem(503) == [])
        let detail = try answer.json()["detail"] as? String
        #expect(detail?.contains("audit") == true)
        for (kind, status) in [
            (StoreError.Kind.readOnly, 503), (.commitUnknown, 503), (.full, 507), (.corrupt, 500),
        ] {
            let problem = asked.actions.problem(StoreError(kind, "reason"))
            #expect(problem.status == status && problem.detail != nil)
        }
    }

    @Test func `health says whether the server drains`() throws {
        #expect(try asked.ask("GET", "/health").status == 200)
        asked.gauges.isDraining.store(true, ordering: .relaxed)
        let answer = try asked.ask("GET", "/health")
        #expect(answer.status == 503)
        #expect(String(decoding: answer.content, as: UTF8.self).contains("draining"))
    }

    @Test func `metrics have their own type, and other paths and methods their own answers`() throws
    {
        #expect(try asked.ask("GET", "/metrics").contentType == .metrics)
        #expect(try asked.ask("GET", "/nothing").problem(404) != nil)
        let answer = try asked.ask("DELETE", "/clients")
        #expect(try answer.problem(405) != nil)
        #expect(answer.field("Allow")?.contains("GET, HEAD") == true)
    }

    @Test func `a client is removed only as it was read`() throws {
        try asked.store.insert(client("app"))
        let tag = try #require(try asked.ask("GET", "/clients/app").field("ETag"))
        let made = try asked.ask("POST", "/clients/app/secret", ["If-Match: \(tag)"])
        let secret = try #require(try made.json()["client_secret"] as? String)
        #expect(secret.count >= 20)
        #expect(try asked.ask("GET", "/clients/app").json()["client_secret"] == nil)
        // The tag is of before the new secret by now; weak tags and other words allow nothing.
        let newer = try #require(made.field("ETag"))
        #expect(newer != tag)
        for stale in [tag, "W/\(newer)", "\"x\"", "app"] {
            let refused = try asked.ask("DELETE", "/clients/app", ["If-Match: \(stale)"])
            #expect(try refused.problem(412) != nil)
        }
        #expect(try asked.ask("DELETE", "/clients/app", ["If-Match: \(newer)"]).status == 204)
        #expect(try asked.store.client("app") == nil)
        #expect(try asked.ask("DELETE", "/clients/app").problem(404) != nil)
        // Made again, it begins with the version that it had, and with another tag.
        try asked.store.insert(client("app"))
        #expect(try asked.ask("DELETE", "/clients/app", ["If-Match: *"]).status == 204)
    }

    @Test func `users are shown, switched, and given passwords`() throws {
        let user = try UserRegistration.new("alex", password: "one", at: 1)
        try asked.store.insert(user, by: .server, at: 1)
        #expect(try asked.ask("GET", "/users").json()["users"] as? [[String: Any]] != nil)
        #expect(try asked.ask("GET", "/users/alex").json()["name"] as? String == "alex")
        #expect(try asked.ask("POST", "/users/alex/disable").status == 204)
        #expect(try asked.store.user("alex")?.enabled == false)
        #expect(try asked.ask("POST", "/users/alex/enable").status == 204)
        let path = "/users/alex/password"
        #expect(try asked.send("POST", path, #"{"password":"two"}"#).status == 204)
        #expect(try asked.store.user("alex")?.passwordHash != user.passwordHash)
        for bad in ["{}", "[]", "x", #"{"password":""}"#, #"{"password":1}"#] {
            #expect(try asked.send("POST", path, bad).problem(400) != nil)
        }
        #expect(try asked.send("POST", path, #"{"password":"a","name":"b"}"#).problem(400) != nil)
        for path in ["/users/nobody", "/users/nobody/disable", "/users/%0A"] {
            let method = path.hasSuffix("disable") ? "POST" : "GET"
            #expect(try asked.ask(method, path).problem(404) != nil)
        }
        #expect(try asked.ask("DELETE", "/users/alex").status == 204)
        #expect(try asked.ask("DELETE", "/users/alex").problem(404) != nil)
    }

    @Test func `keys are listed without themselves, and rotated`() throws {
        try TokenKeyRotation.ensure(in: asked.store, by: .server, at: 1)
        let before = try #require(try asked.ask("GET", "/keys").json()["keys"] as? [[String: Any]])
        let made = try asked.send("POST", "/keys", #"{"kind":"sealing","active_in":0}"#)
        #expect(made.status == 201)
        #expect(try made.json()["state"] as? String == "active")
        #expect(try asked.ask("POST", "/keys").status == 201)
        let after = try #require(try asked.ask("GET", "/keys").json()["keys"] as? [[String: Any]])
        #expect(after.count == before.count + 2)
        for key in after { #expect(Set(key.keys).isDisjoint(with: ["material", "d", "key"])) }
        for (bad, member) in [
            (#"{"kind":"x"}"#, "kind"), (#"{"alg":"HS256"}"#, "alg"), (#"{"forget":1}"#, "forget"),
            (#"{"active_in":-1}"#, "active_in"), (#"{"other":1}"#, "other"),
            (#"{"active_in":60,"forget":true}"#, "forget"),
        ] {
            #expect(try asked.send("POST", "/keys", bad).problem(400) == [member])
        }
    }

    @Test func `tokens are taken back of one client or one user that is there`() throws {
        try asked.store.insert(client("app"))
        let done = try asked.send("POST", "/tokens/revoke", #"{"client_id":"app"}"#)
        #expect(done.status == 200)
        #expect(try asked.store.client("app")?.tokensValidFrom ?? 0 > 1)
        for bad in ["{}", #"{"client_id":"app","user":"alex"}"#, #"{"client_id":1}"#] {
            #expect(try asked.send("POST", "/tokens/revoke", bad).problem(400) != nil)
        }
        for absent in [#"{"client_id":"nobody"}"#, #"{"user":"nobody"}"#] {
            #expect(try asked.send("POST", "/tokens/revoke", absent).problem(404) != nil)
        }
    }

    @Test func `content is JSON by its type and by its bytes`() throws {
        let content = Array(#"{"client_id":"app"}"#.utf8)
        for type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx"] {
            let fields = ["Content-Type: \(type)"]
            let answer = try asked.ask("POST", "/tokens/revoke", fields, content: content)
            #expect(try answer.problem(415) != nil)
        }
        #expect(try asked.ask("POST", "/tokens/revoke", content: content).problem(415) != nil)
        #expect(try asked.ask("POST", "/tokens/revoke").problem(400) != nil)
        for bad in [#"{"client_id":"a","client_id":"b"}"#, "{", "\u{feff}{}", "null", "[]"] {
            #expect(try asked.send("POST", "/tokens/revoke", bad).problem(400) != nil)
        }
    }
}
