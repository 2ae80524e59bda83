// SPDX-License-Identifier: Apache-2.0
import HTTP
import Registration
import Storage
import StorageTesting
import Testing

@testable import Administration

/// Conditions on changes, and what is asked of lists.
final class ConditionsTests {
    private let asked: AskedListener

    init() throws {
        asked = try AskedListener()
    }

    private func change(_ target: String, _ json: String, _ tag: String) throws -> Response {
        try asked.send("POST", target, json, ["If-Match: \(tag)"])
    }

    @Test func `changes of a user are made of the one that was read`() throws {
        let made = try asked.send("PUT", "/users/alex", "{}")
        let tag = try #require(made.field("ETag"))
        let password = #"{"password": "a long passphrase"}"#
        let stale = "\"1-1\""
        for (word, json) in [("disable", ""), ("enable", ""), ("password", password)] {
            #expect(try change("/users/alex/\(word)", json, stale).problem(412) != nil, "\(word)")
        }
        #expect(try asked.store.user("alex")?.hasPassword == false)
        #expect(try change("/users/alex/disable", "", tag).status == 204)
        // Another one by now.
        #expect(try change("/users/alex/password", password, tag).problem(412) != nil)
        #expect(try asked.store.user("alex")?.enabled == false)
        #expect(try change("/users/nobody/disable", "", tag).problem(404) != nil)
    }

    @Test func `a change that takes no condition is not made with one`() throws {
        try asked.store.insert(client("app"))
        let token = #"{"name": "ci", "role": "read"}"#
        #expect(try asked.send("POST", "/admin-tokens", token).status == 201)
        for field in ["If-Match: \"1-1\"", "If-None-Match: *"] {
            for (method, path) in [
                ("DELETE", "/admin-tokens/ci"), ("POST", "/clients/app/disable"),
            ] {
                #expect(try asked.ask(method, path, [field]).problem(400) != nil)
            }
        }
        #expect(!asked.switchedOff.covers("app"))
        #expect(try asked.ask("DELETE", "/admin-tokens/ci").status == 204)
        #expect(try asked.ask("POST", "/clients/app/disable").status == 204)
    }

    @Test func `the audit is asked for by author, action, kind and time`() throws {
        try asked.store.insert(client("app"))
        #expect(try asked.send("PUT", "/users/alex", "{}").status == 201)
        func found(_ query: String) throws -> Int? {
            let answer = try asked.ask("GET", "/audit?\(query)")
            return answer.status == 200 ? (try answer.json()["entries"] as? [Any])?.count : nil
        }
        #expect(try found("") == 2)
        #expect(try found("author=administration:first") == 1)
        #expect(try found("author=nobody") == 0)
        #expect(try found("kind=user") == 1 && found("kind=user&id=app") == 0)
        #expect(try found("action=add&since=2000-01-01T00:00:00Z") ?? 0 >= 1)
        #expect(try found("until=1970-01-01T00:00:00Z") == 0)
        #expect(try asked.ask("GET", "/audit?id=app").problem(400) == ["kind"])
        #expect(try asked.ask("GET", "/audit?action=nothing").problem(400) == ["action"])
    }

    @Test func `refused administrators are not asked for among the refusals`() throws {
        let check = "administration-credential"
        #expect(try asked.ask("GET", "/refusals?check=\(check)").problem(400) == ["check"])
        #expect(try asked.ask("GET", "/refusals?check=tls-handshake").status == 200)
    }

    @Test func `a page says whether more clients follow`() throws {
        for name in ["a", "b", "c"] { try asked.store.insert(client(name)) }
        func next(_ query: String) throws -> String? {
            try asked.ask("GET", "/clients?\(query)").json()["next"] as? String
        }
        #expect(try next("limit=2") == "b" && next("limit=3") == nil && next("") == nil)
        #expect(try next("limit=1&after=b") == nil && next("limit=1&after=a") == "b")
    }
}
