// SPDX-License-Identifier: Apache-2.0
import Registration
import Storage
import Testing
import Text

/// Static claims: their names, their values, their bounds, and how they are changed.
struct StaticClaimsTests {
    private func findings(_ claims: String...) -> [RegistrationFinding] {
        Said("claims") { change in
            change.claims = claims.map { StaticClaim(argument: $0) }
        }.registered.findings
    }

    private func claims(_ client: ClientRecord) -> String { client.staticClaims ?? "" }

    @Test(arguments: [
        #"tenant="a""#, "a=1", "a=-1.5e300", "a=true", "a=[]", "a={}", "a=[[[[]]]]",
        #"a={"b":{"c":{"d":{"e":null}}}}"#, #"https://example.com/tenant=["=","ü\u0000"]"#,
        "Sub=1", "tests=1", "scopes=1",
    ])
    func `a claim is accepted`(_ claim: String) {
        #expect(findings(claim).isEmpty)
    }

    @Test(arguments: [
        ("a=b", "no JSON"), ("a=", "no JSON"), ("a", "no JSON"), ("a={\"b\":1,\"b\":2}", "no JSON"),
        ("a='b'", "no JSON"), ("a=01", "no JSON"), ("a=NaN", "no JSON"), ("=1", "printable"),
        ("a b=1", "printable"), ("ä=1", "printable"), ("a\"=1", "printable"),
        ("a\\=1", "printable"), ("a=null", "null"), ("a=[[[[[]]]]]", "more than 4"),
        (#"a={"b":[{"c":[{}]}]}"#, "more than 4"), ("a=1e400", "double"),
    ])
    func `another one is refused, by its name`(_ claim: String, _ word: String) {
        let found = findings(claim)
        #expect(found.count == 1 && found.first?.field == .claims)
        #expect(found.first?.words.contains(word) == true, "\(found.map(\.words))")
        #expect(found.first?.words.contains(claim.prefix { $0 != "=" }) == true)
    }

    @Test(arguments: [
        "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "scope", "cnf", "act",
        "may_act", "auth_time", "acr", "amr", "groups", "roles", "entitlements", "active",
        "username", "token_type", "sid", "nonce", "azp", "authorization_details", "test",
        "grant_id",
    ])
    func `a name with a meaning of its own is refused, by its name`(_ name: String) {
        let found = findings("\(name)=1", "other=1")
        #expect(found.count == 1)
        #expect(found.first?.words.contains("claim \(name) is refused") == true)
    }

    @Test func `there are at most 16, of 4096 bytes`() {
        func said(_ count: Int, _ value: String) -> [RegistrationFinding] {
            Said("claims") { change in
                change.claims = (0..<count).map {
                    StaticClaim(name: "c\($0 + 10)", value: .string(value))
                }
            }.registered.findings
        }
        #expect(said(16, "x").isEmpty)
        #expect(said(17, "x").map(\.words) == ["A client has at most 16 static claims."])
        // `,"c10":"…"` has nine bytes besides the value.
        #expect(said(1, String(repeating: "x", count: 4_087)).isEmpty)
        #expect(said(1, String(repeating: "x", count: 4_088)).map(\.field) == [.claims])
        #expect(said(16, String(repeating: "x", count: 247)).isEmpty)
        #expect(said(16, String(repeating: "x", count: 248)).map(\.field) == [.claims])
    }

    @Test func `a claim is given once in a change`() {
        #expect(findings("a=1", "a=2").map(\.words) == ["Each static claim is given once."])
    }

    @Test func `claims are set and taken away by their names`() throws {
        let client = try registered {
            $0.claims = [StaticClaim(argument: "b=[ 1, 2 ]"), StaticClaim(argument: "a=1")]
        }
        #expect(claims(client) == #"{"a":1,"b":[1,2]}"#)
        let more = try changed(client) {
            $0.claims = [StaticClaim(argument: "c=3"), StaticClaim(argument: "a=0")]
        }
        #expect(claims(more) == #"{"a":0,"b":[1,2],"c":3}"#)
        let fewer = try changed(more) {
            $0.removedClaims = ["a", "c"]
            $0.claims = [StaticClaim(argument: "d=4")]
        }
        #expect(claims(fewer) == #"{"b":[1,2],"d":4}"#)
        let instead = try changed(fewer) {
            $0.removesClaims = true
            $0.claims = [StaticClaim(argument: "e=5")]
        }
        #expect(claims(instead) == #"{"e":5}"#)
        #expect(try changed(instead) { $0.removesClaims = true }.staticClaims == nil)
        #expect(try changed(instead) { $0.removedClaims = ["e"] }.staticClaims == nil)
        #expect(try changed(instead) { $0.scopes = ["a"] }.staticClaims == instead.staticClaims)
    }

    @Test func `a claim that is not there is not taken away`() throws {
        let client = try registered { $0.claims = [StaticClaim(argument: "a=1")] }
        let found = thrownFindings { try changed(client) { $0.removedClaims = ["b", "a", "a"] } }
        #expect(
            found.map(\.field) == [.claims, .claims] && found.map(\.kind) == [.conflict, .conflict]
        )
        #expect(found.first?.words.contains("no static claim b") == true)
    }

    @Test func `a claim of an older rule stays, and is not made again`() throws {
        var client = try registered()
        client.staticClaims = #"{"roles":["a"]}"#
        #expect(try changed(client) { $0.scopes = ["a"] }.staticClaims == client.staticClaims)
        let found = thrownFindings {
            try changed(client) { $0.claims = [StaticClaim(argument: "b=1")] }
        }
        #expect(found.first?.words.contains("roles") == true)
        #expect(
            try changed(client) {
                $0.claims = [StaticClaim(argument: "b=1")]
                $0.removedClaims = ["roles"]
            }.staticClaims == #"{"b":1}"#
        )
    }
}
