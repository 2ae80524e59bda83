// SPDX-License-Identifier: Apache-2.0
import Cryptography
import HTTP
import OAuthTesting
import Testing
import Text

@testable import OAuth

/// Tokens that a load target changes on purpose: each fault is the one asked for, and no other.
struct TokenAlterationTests {
    private let fixture: TokenFixture
    private let key: PublishedKeys.Key

    init() throws {
        fixture = try TokenFixture(registry(client()), sealing: SealingKeys([sealingKey()]))
        let jwks = fixture.keys.jwks(now: noon, tokenLifetimeMax: 600)
        key = try #require(try PublishedKeys(jwks).keys.first)
    }

    private func token(_ alteration: TokenAlteration) throws -> AccessToken {
        try AccessToken(fixture.text(altered: alteration))
    }

    private func verifies(_ token: AccessToken) throws -> Bool {
        try key.verifies(token.signature, over: token.signed)
    }

    @Test func `without a fault a token is right`() throws {
        let token = try token(.none)
        #expect(try verifies(token) && token.claims.exp == noon + 600)
        #expect(token.header.kid == key.kid)
        #expect(token.claims.cnf?.thumbprint == thumbprint(1).base64URL)
    }

    @Test func `an expired token is signed, and has ended`() throws {
        let token = try token(TokenAlteration(fault: .expired))
        #expect(try verifies(token))
        #expect(token.claims.exp == noon - 3600 && token.claims.iat == noon - 4200)
        #expect(token.claims.cnf?.thumbprint == thumbprint(1).base64URL)
    }

    @Test func `a wrong binding names a certificate that no client has`() throws {
        let token = try token(TokenAlteration(fault: .wrongBinding))
        #expect(try verifies(token) && token.claims.exp == noon + 600)
        let bound = try #require(token.claims.cnf?.thumbprint)
        #expect(bound.count == 43 && bound != thumbprint(1).base64URL)
    }

    @Test func `a wrong signature has the length of a right one`() throws {
        for second in 0..<20 as Range<Int64> {
            let alteration = TokenAlteration(fault: .wrongSignature)
            let token = try AccessToken(fixture.text(now: noon + second, altered: alteration))
            #expect(token.signature.count == 64)
            #expect(try !verifies(token))
            #expect(token.header.kid == key.kid)
        }
    }

    @Test func `a wrong key's id stands in no JWK Set, and the signature is right`() throws {
        let token = try token(TokenAlteration(fault: .wrongKeyID))
        #expect(token.header.kid == key.kid + "-unknown")
        #expect(try verifies(token))
    }

    @Test func `a given identifier is jti, the same each time`() throws {
        let alteration = TokenAlteration(
            identifier: TokenAlteration.Identifier(0x0102_0304_0506_0708, 0x090a_0b0c_0d0e_0f10)
        )
        for _ in 0..<2 {
            #expect(try token(alteration).claims.jti == "AQIDBAUGBwgJCgsMDQ4PEA")
        }
        #expect(try token(.none).claims.jti != "AQIDBAUGBwgJCgsMDQ4PEA")
    }

    @Test(arguments: [
        TokenAlteration.Fault.wrongSignature, .wrongKeyID, .expired,
    ])
    func `a sealed token with a fault is not active`(_ fault: TokenAlteration.Fault) throws {
        let rules = policy(format: .sealed)
        fixture.registry = try registry(client("app", rules))
        let right = try fixture.text()
        let wrong = try fixture.text(altered: TokenAlteration(fault: fault))
        #expect(right.utf8.count == wrong.utf8.count)
        let ask = "client_id=app&token="
        #expect(try fixture.introspect(ask + right).content != nil)
        #expect(try fixture.introspect(ask + wrong).isInactive)
    }

    @Test func `a token with a fault is never issued again in place of a right one`() throws {
        fixture.registry = try registry(client("app", policy(reuseWindow: 60)))
        let wrong = try fixture.text(altered: TokenAlteration(fault: .wrongSignature))
        let right = try fixture.text()
        #expect(right != wrong)
        #expect(try verifies(AccessToken(right)))
        #expect(try fixture.text() == right)
        let again = try fixture.text(altered: TokenAlteration(fault: .expired))
        #expect(again != right && again != wrong)
    }

    @Test func `expires_in of an expired token is the usual one`() throws {
        let answer = try fixture.ask(
            "grant_type=client_credentials&client_id=app",
            altered: TokenAlteration(fault: .expired)
        )
        #expect(answer.response?.expiresIn == 600)
    }

    // MARK: tests

    @Test(arguments: AccessTokenFormat.allCases)
    func `a load target says so in each token and in each introspection`(
        _ format: AccessTokenFormat
    ) throws {
        let app = try client("app", policy(format: format))
        let registry = registry(app)
        for isTest in [true, false] {
            let fixture = try TokenFixture(
                registry,
                sealing: SealingKeys([sealingKey()]),
                settings: IssuerSettings(
                    issuer: "https://as.example",
                    tokens: TokenSettings(audience: "https://api.example", lifetime: 600),
                    isTest: isTest
                )
            )
            let token = try fixture.text()
            if format == .jwt { #expect(try AccessToken(token).names.contains("test") == isTest) }
            for asked in [token, "none"] {
                let answer = try fixture.introspect("client_id=app&token=" + asked)
                guard case .described(let body) = answer else {
                    Issue.record("no answer")
                    continue
                }
                let json = JSONValue(Array(body.utf8).span)
                let value = try #require(json)
                #expect((value["test"] == .boolean(true)) == isTest)
                #expect(value["active"] == .boolean(asked == token))
            }
        }
    }
}
