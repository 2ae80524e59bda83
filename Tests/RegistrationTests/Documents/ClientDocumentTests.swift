// SPDX-License-Identifier: Apache-2.0
import OAuth
import Registration
import Storage
import TestSupport
import Testing
import Text

/// Clients made, replaced and changed by documents.
struct ClientDocumentTests {
    private static let now = Vectors.now

    private func json(_ text: String) throws -> JSONValue {
        let value = JSONValue(text.utf8Span.span)
        return try #require(value)
    }

    private func replaced(_ old: ClientRecord, _ text: String) throws -> ClientRegistration {
        try ClientDocument.replacing(old, by: json(text), at: Self.now)
    }

    private func patched(_ old: ClientRecord, _ text: String) throws -> ClientRecord {
        try ClientDocument.patching(old, with: json(text), at: Self.now).client
    }

    @Test(arguments: ClientAuthenticationMethod.allCases)
    func `what is printed can be put back, and changes nothing`(
        _ method: ClientAuthenticationMethod
    ) throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<50 {
            let client = try GeneratedClients.client(method, &random)
            let printed = try json(ClientInformation.value(client).indentedText)
            let put = try ClientDocument.replacing(client, by: printed, at: Self.now)
            #expect(!put.changes(client), "seed \(seed): \(put.client) and \(client)")
            #expect(put.secret == nil)
            let patch = try ClientDocument.patching(client, with: .object([:]), at: Self.now)
            #expect(!patch.changes(client), "seed \(seed)")
            // The twin: every member that is altered is a change, or is refused.
            var other = client
            other.name = "another"
            #expect(put.changes(other))
        }
    }

    @Test func `a document without anything resets everything but the secret`() throws {
        let old = try registered {
            ($0.scopes, $0.tokenLifetime, $0.labels.set) = (["read"], 60, ["a": "b"])
            ($0.audiences, $0.mayIntrospect, $0.isEnabled) = (["x"], true, false)
        }
        let new = try replaced(old, "{}")
        var expected = try registered { $0.name = nil }
        (expected.secretHash, expected.updatedAt) = (old.secretHash, Self.now)
        #expect(new.client == expected && new.secret == nil)
        #expect(new.client.name == "id")
    }

    @Test func `a null secret is removed where the method needs none, and refused elsewhere`()
        throws
    {
        let certified = try registered { $0.certificates = [try .of(Vectors.one)] }
        let document = ClientInformation.value(certified).indentedText.dropFirst()
        #expect(certified.secretHash != nil)
        let without = try replaced(certified, "{\"client_secret\": null,\(document)")
        #expect(without.client.secretHash == nil && without.changes(certified))
        let findings = thrownFindings {
            try replaced(try registered(), "{\"client_secret\": null}")
        }
        #expect(findings.map(\.field) == [.clientSecret])
        let patched = try patched(certified, "{\"client_secret\": null}")
        #expect(patched.secretHash == nil)
    }

    @Test func `the client's own secret may stand in a document, and no other one`() throws {
        let made = try ClientDocument.new(try json("{}"), clientID: "id", at: Self.now)
        let secret = try #require(made.secret)
        let read = ClientInformation.value(made.client, secret: secret)
        let again = try ClientDocument.replacing(made.client, by: read, at: Self.now)
        #expect(!again.changes(made.client))
        for refused in [
            thrownFindings { try replaced(made.client, "{\"client_secret\": \"\(secret)x\"}") },
            thrownFindings { try ClientDocument.new(read, at: Self.now) },
        ] {
            #expect(refused.map(\.field) == [.clientSecret])
        }
    }

    @Test func `a secret is made where the method comes to need one`() throws {
        var old = try registered { $0.certificates = [try .of(Vectors.one)] }
        old.secretHash = nil
        let new = try replaced(old, "{\"token_endpoint_auth_method\": \"client_secret_basic\"}")
        #expect(new.secret != nil && new.client.secretHash != nil)
        let basic = try registered()
        let shared = try replaced(basic, "{\"token_endpoint_auth_method\":\"client_secret_jwt\"}")
        #expect(shared.secret == shared.client.sharedSecret && shared.secret != nil)
    }

    @Test func `what was issued ends where a document makes the client public`() throws {
        let old = try registered()
        let open = "{\"token_endpoint_auth_method\": \"none\"}"
        #expect(try replaced(old, open).client.tokensValidFrom == Self.now + 1)
        let grants = "{\"token_endpoint_auth_method\": \"none\", \"grant_types\": [\"password\"]}"
        #expect(try patched(old, grants).tokensValidFrom == Self.now + 1)
        let post = "{\"token_endpoint_auth_method\": \"client_secret_post\"}"
        #expect(try replaced(old, post).client.tokensValidFrom == old.tokensValidFrom)
    }

    @Test func `certificates that stay are the registrations that they were`() throws {
        var old = try registered { $0.certificates = [try .of(Vectors.one), try .of(Vectors.two)] }
        old.certificates[0].createdAt = 5
        // One that a newer rule refuses, and that is kept where it was.
        old.certificates.append(contentsOf: CertificateRecord.many(1, Vectors.ended))
        let pem = PEMText.certificate(Vectors.one)
        let ended = Thumbprint.text(old.certificates[2].thumbprint)
        let rsa = PEMText.certificate(Vectors.rsa)
        let document = JSONValue.object([
            "token_endpoint_auth_method": .string("self_signed_tls_client_auth"),
            "certificates": .array([.string(pem), .string(ended), .string(rsa)]),
        ])
        let new = try ClientDocument.replacing(old, by: document, at: Self.now).client
        #expect(new.certificates.count == 3)
        #expect(new.certificates.first { $0.der == Vectors.one }?.createdAt == 5)
        #expect(new.certificates.first { $0.der == Vectors.rsa }?.createdAt == Self.now)
        let refused = thrownFindings {
            try ClientDocument.new(
                .object(["certificates": .array([.string(PEMText.certificate(Vectors.ended))])]),
                at: Self.now
            )
        }
        #expect(refused.contains { $0.field == .certificates && $0.kind == .unusable })
    }

    @Test func `a thumbprint stands for a certificate that somebody has registered`() throws {
        let known = try CertificateRecord.of(Vectors.one)
        let text = "{\"certificates\": [\"\(Thumbprint.text(known.thumbprint))\"]}"
        let made = try ClientDocument.new(try json(text), at: Self.now) {
            $0 == known.thumbprint ? known : nil
        }
        #expect(made.client.certificates.map(\.der) == [Vectors.one])
        let refused = thrownFindings { try ClientDocument.new(try json(text), at: Self.now) }
        #expect(refused.first?.field == .certificates)
        let nonsense = thrownFindings {
            try ClientDocument.new(try json("{\"certificates\": [\"hello\"]}"), at: Self.now)
        }
        #expect(nonsense.first?.words.contains("PEM") == true)
    }

    @Test func `unknown members are named with the ones that were meant, and all at once`() throws {
        let findings = thrownFindings {
            try ClientDocument.new(
                try json(
                    "{\"scopes\": \"a\", \"logo_uri\": 1, \"token_lifetime\": 1, \"enabled\": 1}"
                ),
                at: Self.now
            )
        }
        #expect(Set(findings.map(\.member)) == ["enabled", "scopes", "logo_uri", "token_lifetime"])
        let unknown = thrownFindings {
            try ClientDocument.new(
                try json("{\"scopes\": \"a\", \"logo\": 1, \"trust_set\": \"a b\"}"),
                at: Self.now
            )
        }
        #expect(Set(unknown.map(\.member)).isSuperset(of: ["logo", "scopes", "trust_set"]))
        #expect(unknown.first { $0.member == "scopes" }?.words.contains("scope") == true)
        for readOnly in ClientDocument.readOnlyMembers {
            _ = try ClientDocument.new(try json("{\"\(readOnly)\": 1}"), at: Self.now)
        }
    }

    @Test func `a document of another client is refused`() throws {
        let old = try registered()
        #expect(try replaced(old, "{\"client_id\": \"id\"}").client.clientID == "id")
        let refused = [
            thrownFindings { try replaced(old, "{\"client_id\": \"other\"}") },
            thrownFindings {
                try ClientDocument.new(
                    try json("{\"client_id\": \"other\"}"),
                    clientID: "id",
                    at: Self.now
                )
            },
        ]
        #expect(refused.allSatisfy { $0.map(\.field) == [.clientID] })
        let made = try ClientDocument.new(try json("{\"client_id\": \"other\"}"), at: Self.now)
        #expect(made.client.clientID == "other")
    }

    @Test func `a patch changes what it names, and null resets`() throws {
        let old = try registered {
            ($0.scopes, $0.tokenLifetime) = (["read"], 60)
            $0.labels.set = ["team": "a", "stage": "live"]
        }
        let patched = try patched(
            old,
            """
            {"scope": "read write", "access_token_lifetime": null,
             "labels": {"team": "b", "stage": null}}
            """
        )
        var expected = old
        (expected.scopes, expected.tokenLifetime) = (["read", "write"], nil)
        (expected.labels, expected.updatedAt) = (["team": "b"], Self.now)
        #expect(patched == expected)
        #expect(thrownFindings { try self.patched(old, "{\"scoep\": \"x\"}") }.count == 1)
        #expect(thrownFindings { try self.patched(old, "[]") }.count == 1)
    }

    @Test(arguments: ["d", "k", "priv"])
    func `a private key is refused also where its certificate is registered`(
        member: String
    ) throws {
        let old = try registered { $0.certificates = [try .of(Vectors.one)] }
        let der = Vectors.one
        let x5c = Base64.encode(der.span)
        func set(_ more: String) -> String {
            let text = String(decoding: x5c, as: UTF8.self)
            let key = "{\"kid\": \"one\", \"x5c\": [\"\(text)\"]\(more)}"
            return "{\"jwks\": {\"keys\": [\(key)]}}"
        }
        let kept = try patched(old, set(", \"\(member)\": null"))
        #expect(kept.certificates.map(\.der) == [Vectors.one])
        let findings = thrownFindings {
            try self.patched(old, set(", \"\(member)\": \"AAAA\""))
        }
        #expect(findings.count == 1)
        #expect(
            findings.first.map { "\($0)" }?.contains("the member `\(member)` of a private") == true
        )
    }

    @Test func `a patch with one source takes the place of the other one`() throws {
        let old = try registered { $0.certificates = [try .of(Vectors.one)] }
        let fetched = try patched(old, "{\"jwks_uri\": \"https://c.example/jwks\"}")
        #expect(fetched.jwksURI != nil && fetched.certificates.isEmpty)
        let pem = PEMText.certificate(Vectors.two).split(separator: "\n").joined(separator: "\\n")
        let again = try patched(fetched, "{\"certificates\": [\"\(pem)\"]}")
        #expect(again.jwksURI == nil && again.certificates.map(\.der) == [Vectors.two])
        let code = try registered {
            ($0.grantTypes, $0.redirectURIs) = (["authorization_code"], ["https://c.example/"])
        }
        let password = try patched(code, "{\"grant_types\": [\"password\"]}")
        #expect(password.grantTypes == ["password"])
    }

    @Test func `what breaks a rule is refused, and what broke it before stays`() throws {
        var old = try registered()
        old.scopes = ["a", "a"]
        #expect(try patched(old, "{\"client_name\": \"new\"}").name == "new")
        let findings = thrownFindings { try patched(old, "{\"scope\": \"b b\"}") }
        #expect(findings.map(\.field) == [.scope])
    }
}
