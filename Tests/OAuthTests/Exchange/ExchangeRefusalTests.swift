// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing
import Text

@testable import OAuth

/// The negative matrix of token exchange: each case differs in one thing from a request that gets
/// a token, which is checked first.
struct ExchangeRefusalTests {
    /// A request, and what refuses it.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: OAuthError.Code
        let check: Check
        /// The difference: registrations, the subject token, or the rest of the form.
        var change: @Sendable (inout ExchangeParties) throws -> Void = { _ in }
        /// Once the subject token is there.
        var late: @Sendable (inout ExchangeParties) throws -> Void = { _ in }
        var token: @Sendable (ExchangeFixture) throws -> String = { try $0.userToken() }
        var type = accessTokenType
        var rest = ""
        var form: (@Sendable (String) -> String)?
        var client = "gateway"
        var peer: UInt8? = 2
        var now = noon
        var profile = SecurityProfile.standard

        init(
            _ name: String,
            _ code: OAuthError.Code,
            _ check: Check,
            _ make: (inout Case) -> Void = { _ in }
        ) {
            (testDescription, self.code, self.check) = (name, code, check)
            make(&self)
        }
    }

    static func invalid(
        _ name: String,
        _ check: Check,
        _ make: (inout Case) -> Void
    ) -> Case {
        Case(name, .invalidRequest, check, make)
    }

    /// A token of the server's own key with changed claims.
    static func own(
        _ changes: [String: JSONValue?],
        kind: SubjectKind? = nil,
        type: String? = "at+jwt",
        keyID: String? = "key",
        algorithm: String = "ES256"
    ) -> @Sendable (ExchangeFixture) throws -> String {
        let claims = ExchangeFixture.claims(changes, kind: kind)
        return { fixture in
            try fixture.signed(claims, type: type, keyID: keyID, algorithm: algorithm)
        }
    }

    static func party(_ subject: String, _ issuer: String) -> JSONValue {
        .object(["sub": .string(subject), "iss": .string(issuer)])
    }

    static func member(_ name: String, _ text: String) -> JSONValue {
        .object([name: .string(text)])
    }

    static let server = "https://as.example"

    private func answer(_ one: Case) throws -> TokenFixture.Answer {
        let fixture = try ExchangeFixture(ExchangeParties().with(one.change))
        let token = try one.token(fixture)
        try fixture.change(one.late)
        let body =
            one.form?(token)
            ?? ExchangeFixture.form(token, type: one.type, one.rest, of: one.client)
        return try fixture.tokens.ask(
            body,
            peer: StubPeer(one.peer.map { thumbprint($0) }),
            now: one.now,
            profile: one.profile
        )
    }

    @Test func `the request that all cases differ from gets a token`() throws {
        let answer = try answer(Case("right", .invalidRequest, .subjectToken))
        #expect(answer.response?.scope == "read write")
        let signed = try self.answer(
            Case("signed", .invalidRequest, .subjectToken) { $0.token = Self.own([:]) }
        )
        #expect(signed.response?.scope == "read write")
        let exchanged = try self.answer(
            Case("exchanged", .invalidRequest, .subjectToken) {
                $0.token = Self.own(["act": Self.party("a", "b")], kind: .user)
            }
        )
        #expect(exchanged.response != nil)
    }

    @Test(arguments: ExchangeRefusalTests.all)
    func `a request that differs is refused`(one: Case) throws {
        let answer = try answer(one)
        let error = try #require(answer.error, "it has got \(answer)")
        #expect(error.code == one.code)
        #expect(error.check == one.check)
        #expect(error.status == 400)
    }

    @Test func `the matrix has its cases`() {
        let all = Self.all
        #expect(Set(all.map(\.testDescription)).count == all.count)
        #expect(all.count >= 95)
    }

    static let all: [Case] = [
        parameters, subjectTypes, otherTypes, texts, headers, readings, parties, ties, bindings,
        actors, permissions, scopes, narrower, targets, callers,
    ].flatMap { $0 }

    // MARK: parameters

    static func formed(
        _ name: String,
        _ form: @escaping @Sendable (String) -> String
    ) -> Case {
        invalid(name, .exchangeParameters) { $0.form = form }
    }

    static let start =
        "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&client_id=gateway"

    static let parameters: [Case] = [
        formed("no subject token") { _ in start + "&subject_token_type=\(accessTokenType)" },
        formed("an empty subject token") { _ in
            start + "&subject_token=&subject_token_type=\(accessTokenType)"
        },
        formed("no subject token type") { start + "&subject_token=\($0)" },
        formed("an empty subject token type") {
            start + "&subject_token=\($0)&subject_token_type="
        },
        formed("an actor token without its type") {
            ExchangeFixture.form($0, "&actor_token=\($0)")
        },
        formed("an actor token type without a token") {
            ExchangeFixture.form($0, "&actor_token_type=\(accessTokenType)")
        },
        formed("an actor token type with an empty token") {
            ExchangeFixture.form($0, "&actor_token=&actor_token_type=\(accessTokenType)")
        },
        invalid("a JWT where the client's tokens are sealed", .exchangeParameters) {
            $0.change = { $0.gateway.format = .sealed }
            $0.rest = "&requested_token_type=\(jwtType)"
        },
    ]

    static let tokenTypes = "urn:ietf:params:oauth:token-type:"

    static let subjectTypes: [Case] = [
        tokenTypes + "refresh_token", tokenTypes + "id_token", tokenTypes + "saml1",
        tokenTypes + "saml2", tokenTypes + "Access_token", tokenTypes + "access_token ", tokenTypes,
        tokenTypes + "device-secret", "access_token", "jwt", "bearer",
    ].map { (type: String) -> Case in
        invalid("the subject token type \(type)", .exchangeParameters) { $0.type = type }
    }

    static let otherTypes: [Case] = [
        "&requested_token_type=\(tokenTypes)refresh_token",
        "&requested_token_type=\(tokenTypes)id_token",
        "&requested_token_type=\(tokenTypes)saml2", "&requested_token_type=jwt",
        "&actor_token=x&actor_token_type=\(tokenTypes)refresh_token",
        "&actor_token=x&actor_token_type=\(tokenTypes)id_token",
        "&actor_token=x&actor_token_type=access_token",
    ].map { (rest: String) -> Case in
        invalid(rest, .exchangeParameters) { $0.rest = rest }
    }

    // MARK: what is no token of this server's

    static func unread(
        _ name: String,
        _ token: @escaping @Sendable (ExchangeFixture) throws -> String
    ) -> Case {
        invalid(name, .subjectToken) { $0.token = token }
    }

    /// The token with another character near its end.
    static func broken(_ token: String) -> String {
        var bytes = Array(token.utf8)
        let index = bytes.count - 12
        bytes[index] = bytes[index] == 0x41 ? 0x42 : 0x41
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The first parts of a JWT.
    static func parts(_ fixture: ExchangeFixture, _ count: Int) throws -> String {
        try fixture.userToken().split(separator: ".").prefix(count).joined(separator: ".")
    }

    static let texts: [Case] = [
        unread("a word") { _ in "token" },
        unread("a text of dots") { _ in ".." },
        unread("a JWT without its signature") { try parts($0, 2) + "." },
        unread("a JWT of which one part is missing") { try parts($0, 2) },
        unread("a JWT of four parts") { try parts($0, 3) + ".AAAA" },
        unread("a changed signature") { broken(try $0.userToken()) },
        unread("a sealed token that was changed") { fixture in
            try fixture.change { $0.web.format = .sealed }
            return broken(try fixture.userToken())
        },
        unread("a key that signs nothing here") { fixture in
            try fixture.signed(ExchangeFixture.claims(), by: signingKey())
        },
        unread("a refresh token") { _ in
            String(decoding: try RefreshToken(of: GrantSecret()).text, as: UTF8.self)
        },
        invalid("a token that has expired meanwhile", .subjectToken) { $0.now = noon + 900 },
        invalid("this server's token as one of a trusted issuer", .issuerUnknown) {
            $0.type = jwtType
        },
    ]

    static let headers: [Case] = [
        unread("an unknown key ID", own([:], keyID: "other")),
        unread("no key ID", own([:], keyID: nil)),
        unread("the algorithm none", own([:], algorithm: "none")),
        unread("the algorithm HS256", own([:], algorithm: "HS256")),
        unread("the algorithm ES384", own([:], algorithm: "ES384")),
        unread("another type of JWT", own([:], type: "JWT")),
        unread("an ID token's type", own([:], type: "id+jwt")),
        unread("an introspection's type", own([:], type: "token-introspection+jwt")),
        unread("no type", own([:], type: nil)),
    ]

    static let readings: [Case] = [
        unread("another issuer", own(["iss": .string("https://as.example/")])),
        unread("no issuer", own(["iss": nil])),
        unread("no subject", own(["sub": nil])),
        unread("a subject that is no text", own(["sub": .integer(1)])),
        unread("no audience", own(["aud": nil])),
        unread("an audience that is no text", own(["aud": .integer(1)])),
        unread("no client", own(["client_id": nil])),
        unread("no end", own(["exp": nil])),
        unread("an end that is no number", own(["exp": .string("never")])),
        unread("no beginning", own(["iat": nil])),
        unread("no identifier", own(["jti": nil])),
        unread("an end that has come", own(["exp": .integer(noon)])),
        unread("an end long ago", own(["exp": .integer(noon - 90_000)])),
        unread("a binding to another sort of key", own(["cnf": member("jkt", "x")])),
        unread("a binding that is no digest", own(["cnf": member("x5t#S256", "x")])),
        unread("an actor that is no object", own(["act": .string("a")], kind: .user)),
        unread("an actor without iss", own(["act": member("sub", "a")], kind: .user)),
        unread("an actor without sub", own(["act": member("iss", "a")], kind: .user)),
        unread("may_act that is a list", own(["may_act": .array([])], kind: .user)),
        unread("may_act without iss", own(["may_act": member("sub", "gateway")], kind: .user)),
        unread("may_act without sub", own(["may_act": member("iss", server)], kind: .user)),
    ]
}
