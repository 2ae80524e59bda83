// SPDX-License-Identifier: Apache-2.0
import OAuth
import Storage
import Testing
import Text

@testable import Registration

/// The rules of trusted issuers, by changes and by documents.
struct IssuerRegistrationTests {
    private static let keys = """
        {"keys":[{"kty":"EC","crv":"P-256","kid":"k",\
        "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",\
        "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}
        """

    private func made(
        _ name: String = "partner",
        _ write: (inout IssuerChange) throws -> Void = { _ in }
    ) throws -> IssuerRegistration {
        var change = IssuerChange()
        change.issuer = "https://partner.example"
        change.keySet = try KeySetRegistration(Array(Self.keys.utf8))
        change.algorithms = ["ES256"]
        change.clients = ["a"]
        try write(&change)
        return try IssuerRegistration.new(name, change, at: Vectors.now)
    }

    private func fields(_ body: () throws -> some Any) -> [RegistrationField] {
        thrownFindings(body).map(\.field)
    }

    @Test(arguments: ["a", "partner", "a-1", "a" + String(repeating: "9", count: 31)])
    func `a name that can begin subjects is accepted`(name: String) throws {
        #expect(try made(name).issuer.name == name)
        try IssuerRegistration.check(name: name)
    }

    @Test(arguments: [
        "", "A", "1a", "-a", "a_b", "a.b", "a:b", "é", "a b", "user", "client", "spiffe", "http",
        "https", "urn", "a" + String(repeating: "9", count: 32),
    ])
    func `another name is refused`(name: String) {
        #expect(fields { try made(name) } == [.issuerName])
        #expect(fields { try IssuerRegistration.check(name: name) } == [.issuerName])
    }

    @Test func `the defaults are narrow`() throws {
        let issuer = try made().issuer
        #expect(issuer.maxLifetime == 300 && !issuer.allowsReplay)
        #expect(issuer.audience == nil && issuer.subjects == nil)
        #expect(try made { $0.maxLifetime = 3_600 }.issuer.maxLifetime == 3_600)
        #expect(try made { $0.replay = "allow" }.issuer.allowsReplay)
    }

    @Test func `each value that makes no sense is named`() throws {
        let refused: [(RegistrationField, (inout IssuerChange) -> Void)] = [
            (.issuer, { $0.issuer = "" }), (.issuer, { $0.issuer = "a b" }),
            (.issuer, { $0.issuer = "https://é" }),
            (.issuer, { $0.issuer = String(repeating: "a", count: 1_025) }),
            (.issuerAlgorithms, { $0.algorithms = ["HS256"] }),
            (.issuerAlgorithms, { $0.algorithms = ["none"] }),
            (.issuerAlgorithms, { $0.algorithms = ["ES256", "ES256"] }),
            (.issuerAlgorithms, { $0.algorithms = ["es256"] }),
            (.jwks, { $0.algorithms = ["RS256"] }), (.jwks, { $0.keySet = nil }),
            (.jwks, { $0.keysURI = "https://a.example/jwks" }),
            (.issuerClients, { $0.clients = [] }), (.issuerClients, { $0.clients = ["a", "a"] }),
            (.issuerClients, { $0.clients = (0..<257).map { "\($0)" } }),
            (.expectedAudience, { $0.audience = .value("a b") }),
            (.subjectPattern, { $0.subjects = .value("") }),
            (.subjectPattern, { $0.subjects = .value("a\nb") }),
            (.tokenAudiences, { $0.tokenAudiences = ["a", "a"] }),
            (.tokenAudiences, { $0.tokenAudiences = ["a b"] }),
            (.issuerScopes, { $0.scopes = ["a\"b"] }),
            (.issuerScopes, { $0.scopes = (0..<65).map { "\($0)" } }),
            (.maxLifetime, { $0.maxLifetime = 0 }), (.maxLifetime, { $0.maxLifetime = 3_601 }),
            (.replay, { ($0.replay, $0.maxLifetime) = ("allow", 301) }),
            (.replay, { $0.replay = "perhaps" }), (.labels, { $0.labels.set = ["a b": "c"] }),
        ]
        for (index, (field, write)) in refused.enumerated() {
            #expect(fields { try made("partner", write) } == [field], "\(index)")
        }
        var change = IssuerChange()
        change.keysURI = "http://a.example/jwks"
        change.algorithms = ["HS256"]
        let all = fields { try IssuerRegistration.new("user", change, at: 1) }
        #expect(
            Set(all) == [.issuerName, .issuer, .issuerAlgorithms, .jwksURI, .issuerClients]
        )
    }

    @Test func `keys and their URI take each other's place`() throws {
        var old = try made().issuer
        var change = IssuerChange()
        change.keysURI = "https://partner.example/jwks"
        let fetching = try IssuerRegistration.changed(old, by: change).issuer
        #expect(fetching.jwks == nil && fetching.jwksURI == change.keysURI)
        old = fetching
        (old.fetchedJWKS, old.fetchedAt) = (Self.keys, 5)
        var other = IssuerChange()
        other.keysURI = "https://partner.example/2"
        let moved = try IssuerRegistration.changed(old, by: other).issuer
        #expect(moved.fetchedJWKS == nil && moved.fetchedAt == nil)
        var scopes = IssuerChange()
        scopes.scopes = ["read"]
        let same = try IssuerRegistration.changed(old, by: scopes)
        #expect(same.issuer.fetchedJWKS == Self.keys && same.issuer.fetchedAt == 5)
        #expect(same.changes(old) && IssuerChange().isEmpty && !scopes.isEmpty)
    }

    @Test func `only a change is judged, and not the record`() throws {
        var old = try made().issuer
        old.algorithms = ["HS256", "ES256"]
        var change = IssuerChange()
        change.scopes = ["read"]
        #expect(try IssuerRegistration.changed(old, by: change).issuer.scopes == ["read"])
        change.algorithms = ["HS256"]
        #expect(fields { try IssuerRegistration.changed(old, by: change) } == [.issuerAlgorithms])
    }

    // MARK: documents

    private func document(_ text: String) throws -> JSONValue {
        let value = JSONValue(text.utf8Span.span)
        return try #require(value)
    }

    @Test func `what is printed makes the same issuer`() throws {
        let first = try made {
            $0.audience = .value("urn:a")
            $0.subjects = .value("repo:*")
            ($0.tokenAudiences, $0.scopes) = (["https://api.example"], ["read", "write"])
            ($0.maxLifetime, $0.replay) = (60, "allow")
            $0.labels.set = ["team": "red"]
        }
        let printed = IssuerFacts.information(first.issuer)
        var again = try IssuerDocument.new(printed, at: Vectors.now).issuer
        // A new set of keys is kept as it came; the members' order is another one here.
        again.jwks = first.issuer.jwks
        #expect(again == first.issuer)
        let replaced = try IssuerDocument.replacing(first.issuer, by: printed, at: 9)
        #expect(!replaced.changes(first.issuer))
        // Other spaces and another order of members are the same keys.
        var spaced = first.issuer
        spaced.jwks = first.issuer.jwks?.replacing(":", with: " : ")
        #expect(try !IssuerDocument.replacing(spaced, by: printed, at: 9).changes(spaced))
        // A whole document resets to defaults whatever it leaves out.
        let bare = try document(
            #"{"issuer":"https://b.example","jwks":\#(Self.keys),"#
                + #""algorithms":["ES256"],"clients":["b"]}"#
        )
        let reset = try IssuerDocument.replacing(first.issuer, by: bare, at: 9).issuer
        #expect(reset.name == "partner" && reset.created == first.issuer.created)
        #expect(reset.maxLifetime == 300 && !reset.allowsReplay && reset.scopes.isEmpty)
        #expect(reset.labels.isEmpty && reset.audience == nil && reset.subjects == nil)
        // A patch changes only the members that it names.
        let patch = try document(#"{"scopes":["read"],"audience":null}"#)
        let patched = try IssuerDocument.patching(first.issuer, with: patch, at: 9).issuer
        #expect(patched.scopes == ["read"] && patched.audience == nil)
        #expect(patched.subjects == "repo:*" && patched.maxLifetime == 60)
    }

    @Test func `a document says what is wrong with each member`() throws {
        let bad = try document(
            #"{"name":7,"issuer":1,"jwks":[],"algorithms":"ES256","max_lifetime":"1","scop":[]}"#
        )
        let members = thrownFindings { try IssuerDocument.new(bad, at: 1) }.map(\.member)
        let expected = ["name", "issuer", "jwks", "algorithms", "max_lifetime", "scop"]
        #expect(Set(members) == Set(expected))
        let renamed = try document(#"{"name":"other"}"#)
        let old = try made().issuer
        #expect(
            thrownFindings { try IssuerDocument.replacing(old, by: renamed, at: 1) }
                .map(\.member) == ["name"]
        )
    }

    @Test func `records become issuers of the registry, or are not trusted`() throws {
        var record = try made { $0.subjects = .value("a*") }.issuer
        let issuer = try IssuerMapping.issuer(record)
        #expect(issuer.name == "partner" && issuer.subjects?.text == "a*")
        #expect(issuer.keys?.keys.count == 1 && !issuer.hasRemoteKeys)
        let broken: [(inout IssuerRecord) -> Void] = [
            { $0.algorithms = ["HS256"] }, { $0.algorithms = ["ES256", "x"] },
            { $0.subjects = "a\n" }, { $0.jwks = "{}" },
        ]
        for change in broken {
            var other = record
            change(&other)
            #expect(throws: (any Error).self) { try IssuerMapping.issuer(other) }
        }
        (record.allowsReplay, record.maxLifetime) = (true, 9_000)
        let long = try IssuerMapping.issuer(record)
        #expect(!long.allowsReplay && long.lifetimeMax == 3_600)
    }
}
