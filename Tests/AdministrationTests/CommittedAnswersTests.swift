// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import Registration
import Storage
import StorageTesting
import TestSupport
import Testing

@testable import Administration

/// Answers to changes that are written, on a store that cannot be read any more afterwards.
final class CommittedAnswersTests {
    private let asked: AskedListener
    private let gate: UnreadableStore

    init() throws {
        var gate: UnreadableStore?
        asked = try AskedListener { store in
            let gated = UnreadableStore(store)
            gate = gated
            return gated
        }
        self.gate = try #require(gate)
        let set = try Self.json(["ca_certificates": [proxyCertificate]])
        #expect(try asked.send("PUT", "/trust-sets/internal", set).status == 201)
    }

    private static func json(_ members: [String: Any]) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: members), as: UTF8.self)
    }

    /// The answer to a change after which no read succeeds; afterwards all do.
    private func change(_ method: String, _ target: String, _ json: String) throws -> Response {
        gate.fail(.afterWrite)
        defer { gate.fail(.never) }
        return try asked.send(method, target, json)
    }

    /// The answer where no read succeeds at all.
    private func refused(_ method: String, _ target: String, _ json: String) throws -> Bool {
        gate.fail(.now)
        defer { gate.fail(.never) }
        return try asked.send(method, target, json).problem(503) != nil
    }

    private static func document(_ members: [String: Any] = [:]) throws -> String {
        let client: [String: Any] = [
            "token_endpoint_auth_method": "tls_client_auth", "trust_set": "internal",
            "grant_types": ["client_credentials"], "tls_client_auth_subject_dn": "CN=proxy",
        ]
        return try json(client.merging(members) { _, new in new })
    }

    @Test func `a client that is written is shown, whether the store can be read or not`() throws {
        let made = try change("POST", "/clients", Self.document(["client_name": "first"]))
        #expect(made.status == 201)
        let id = try #require(try made.json()["client_id"] as? String)
        #expect(try asked.store.client(id)?.trustSet == "internal")
        #expect(try change("PUT", "/clients/app", Self.document()).status == 201)
        #expect(try change("PATCH", "/clients/app", Self.document(["scope": "a"])).status == 200)
        #expect(try change("PATCH", "/clients/app", #"{"enabled": false}"#).status == 204)
        #expect(try asked.store.client("app")?.enabled == false)
        let secret = try change("POST", "/clients", #"{"client_name": "second"}"#)
        #expect(try secret.json()["client_secret"] as? String != nil)
    }

    @Test func `certificates that are written are shown without their uses`() throws {
        try asked.store.insert(client("app", certificates: [certificate(1)]))
        let type = ["Content-Type: application/x-pem-file"]
        let path = "/clients/app/certificates"
        gate.fail(.afterWrite)
        let answer = try asked.ask("POST", path, type, content: Array(proxyCertificate.utf8))
        gate.fail(.never)
        let registered = try asked.store.client("app")?.certificates.count
        #expect(answer.status == 201 && registered == 2)
        let keys = try #require(try answer.json()["keys"] as? [[String: Any]])
        #expect(keys.count == 2 && keys.allSatisfy { $0["first_seen"] == nil })
    }

    @Test func `a token that is written is shown, and counts from the next refresh on`() throws {
        let made = try change("POST", "/admin-tokens", #"{"name": "ci", "role": "read"}"#)
        #expect(made.status == 201)
        let token = try #require(try made.json()["token"] as? String)
        try asked.actions.administrators.refresh()
        #expect(try asked.ask("GET", "/clients", token: token).status == 200)
        #expect(try change("DELETE", "/admin-tokens/ci", "").status == 204)
        try asked.actions.administrators.refresh()
        let gone = try asked.bare("GET", "/clients", ["Authorization: Bearer \(token)"])
        #expect(try AskedListener.outcome(gone).problem(401) != nil)
        #expect(try change("POST", "/keys", #"{"kind":"sealing","active_in":0}"#).status == 201)
    }

    @Test func `a change that needs a read first is refused without it, and not made`() throws {
        let path = "/trust-sets/internal"
        #expect(try refused("PATCH", path, #"{"labels": {"a": "b"}}"#))
        #expect(try asked.store.trustSet("internal")?.version == 1)
        #expect(try change("PATCH", path, #"{"labels": {"a": "b"}}"#).status == 200)
    }
}
