// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import Storage
import StorageTesting
import TestSupport
import Testing

@testable import Administration

/// Clients that are judged before they are registered.
final class UnregisteredClientTests {
    private let asked: AskedListener

    init() throws {
        asked = try AskedListener()
    }

    private func verify(
        _ client: [String: Any],
        presenting certificate: String = proxyCertificate
    ) throws -> Response {
        let question: [String: Any] = ["client": client, "certificate": certificate]
        let data = try JSONSerialization.data(withJSONObject: question)
        return try asked.send("POST", "/verify", String(decoding: data, as: UTF8.self))
    }

    private let selfSigned: [String: Any] = [
        "client_name": "shop", "token_endpoint_auth_method": "self_signed_tls_client_auth",
        "grant_types": ["client_credentials"], "certificates": [proxyCertificate],
    ]

    @Test func `a new client is judged as if it were registered, and is not`() throws {
        let members = try verify(selfSigned).json()
        #expect(members["authenticated"] as? Bool == true)
        #expect(members["client_name"] as? String == "shop")
        // The id is still to be made.
        #expect(members["client_id"] == nil)
        var named = selfSigned
        (named["client_id"], named["client_name"]) = ("shop-1", nil)
        #expect(try verify(named).json()["client_id"] as? String == "shop-1")
        #expect(try asked.store.clientCount() == 0)
        #expect(try asked.store.read { try $0.audit(AuditQuery(limit: 1)) }.isEmpty)
    }

    @Test func `a client that would be refused is told why`() throws {
        var client = selfSigned
        client["enabled"] = false
        let members = try verify(client).json()
        #expect(members["authenticated"] as? Bool == false)
        #expect(members["decided_by"] as? String == "enabled")
        #expect((members["remedy"] as? String)?.contains("CLIENT_ID") == true)
    }

    @Test func `trust sets are those of the store`() throws {
        let client: [String: Any] = [
            "token_endpoint_auth_method": "tls_client_auth", "trust_set": "internal",
            "grant_types": ["client_credentials"],
            "tls_client_auth_subject_dn": "CN=proxy",
        ]
        #expect(try verify(client).problem(400) == ["trust_set"])
        let set = try JSONSerialization.data(
            withJSONObject: ["ca_certificates": [proxyCertificate]]
        )
        let made = try asked.send(
            "PUT",
            "/trust-sets/internal",
            String(decoding: set, as: UTF8.self)
        )
        #expect(made.status == 201)
        let members = try verify(client).json()
        // A CA's own certificate is no client's.
        #expect(members["authenticated"] as? Bool == false)
        #expect(members["decided_by"] as? String == "end-entity")
        #expect((members["trust_set"] as? [String: Any])?["name"] as? String == "internal")
    }

    @Test func `a bad document is refused with its members`() throws {
        var client = selfSigned
        client["grant_types"] = ["other"]
        client["client_nmae"] = "shop"
        let members = try #require(try verify(client).problem(400))
        #expect(Set(members) == ["grant_types", "client_nmae"])
        client = selfSigned
        client["certificates"] = ["nothing"]
        #expect(try verify(client).problem(400) == ["certificates"])
    }

    @Test func `a bad certificate is refused by the request's own member, and nothing registered`()
        throws
    {
        let answer = try verify(selfSigned, presenting: "nothing")
        #expect(try answer.problem(400) == ["certificate"])
        #expect(try answer.json()["detail"] as? String == "The request is refused.")
        let certificate = try JSONSerialization.data(
            withJSONObject: ["client_id": "a", "certificate": proxyCertificate, "chain": "nothing"]
        )
        let text = String(decoding: certificate, as: UTF8.self)
        #expect(try asked.send("POST", "/verify", text).problem(400) == ["chain"])
        // The twin: a document that could not be registered.
        var client = selfSigned
        client["certificates"] = ["nothing"]
        let document = String(
            decoding: try JSONSerialization.data(withJSONObject: client),
            as: UTF8.self
        )
        let refused = try asked.send("POST", "/clients", document)
        #expect(try refused.problem(400) == ["certificates"])
        #expect(try refused.json()["detail"] as? String == "The registration is refused.")
    }

    @Test func `a client or its id is meant`() throws {
        for (question, members) in [
            (#"{"certificate": "x"}"#, ["client_id"]),
            (#"{"client_id": "a", "client": {}, "certificate": "x"}"#, ["client"]),
            (#"{"client": [], "certificate": "x"}"#, ["client", "client_id"]),
        ] {
            #expect(try asked.send("POST", "/verify", question).problem(400) == members)
        }
    }
}
