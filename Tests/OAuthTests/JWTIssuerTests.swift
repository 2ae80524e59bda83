// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import OAuthTesting
import Testing
import Text

@testable import OAuth

struct JWTIssuerTests {
    private func published(_ keys: SigningKeys) throws -> [String: PublishedKeys.Key] {
        let set = try PublishedKeys(keys.jwks(now: noon, tokenLifetimeMax: 600))
        return Dictionary(set.keys.map { ($0.kid, $0) }, uniquingKeysWith: { $1 })
    }

    @Test func `a token says who it is for, from whom and how long`() throws {
        let token = try TokenFixture(registry(client())).token()
        #expect(token.header.alg == "ES256" && token.header.typ == "at+jwt")
        #expect(token.header.kid == "key")
        #expect(token.claims.iss == "https://as.example")
        #expect(token.claims.sub == "app" && token.claims.clientID == "app")
        #expect(token.claims.aud == .one("https://api.example"))
        #expect(token.claims.iat == noon && token.claims.exp == noon + 600)
        #expect(token.claims.scope == "read write")
        let expected: Set = [
            "iss", "sub", "aud", "client_id", "iat", "exp", "jti", "scope", "cnf",
        ]
        #expect(token.names == expected)
    }

    @Test func `a token is bound to the certificate that was proven, and to no other`() throws {
        let app = try client(certificates: [certificate(1), certificate(2)])
        let fixture = try TokenFixture(registry(app))
        for number in [1, 2] as [UInt8] {
            let cnf = try fixture.token(peer: StubPeer(thumbprint(number))).claims.cnf
            #expect(cnf?.thumbprint == thumbprint(number).base64URL)
            #expect(cnf?.thumbprint.count == 43)
        }
    }

    @Test func `a token of a client that does not bind has no confirmation`() throws {
        let app = try client("app", policy(bindsTokens: false))
        let token = try TokenFixture(registry(app)).token()
        #expect(!token.names.contains("cnf"))
    }

    @Test func `the published key verifies the signature`() throws {
        let fixture = try TokenFixture(registry(client()))
        let key = try #require(try published(fixture.keys)["key"])
        for second in 0..<4 as Range<Int64> {
            let token = try fixture.token(now: noon + second)
            #expect(token.signature.count == 64)
            #expect(try key.verifies(token.signature, over: token.signed))
        }
    }

    @Test func `a changed token, a changed signature and another key do not verify`() throws {
        let fixture = try TokenFixture(registry(client()))
        let key = try #require(try published(fixture.keys)["key"])
        let other = try #require(try published(SigningKeys([signingKey()]))["key"])
        let token = try fixture.token()
        var (claims, signature) = (token.signed, token.signature)
        claims[claims.count - 5] ^= 1
        signature[40] ^= 1
        #expect(try key.verifies(token.signature, over: token.signed))
        #expect(try !key.verifies(token.signature, over: claims))
        #expect(try !key.verifies(signature, over: token.signed))
        #expect(try !other.verifies(token.signature, over: token.signed))
    }

    @Test func `no two tokens are the same`() throws {
        let fixture = try TokenFixture(registry(client()))
        var seen: Set<String> = []
        // Enough to empty the reserve of random bytes twice.
        for _ in 0..<600 {
            let identifier = try fixture.token().claims.jti
            #expect(Base64URL.decode(Array(identifier.utf8).span)?.count == 16)
            seen.insert(identifier)
        }
        #expect(seen.count == 600)
    }

    @Test func `a client may have a lifetime and audiences of its own`() throws {
        let app = try client("app", policy(audiences: ["urn:a"], lifetime: 60))
        let fixture = try TokenFixture(registry(app))
        let answer = try fixture.ask("client_id=app&grant_type=client_credentials")
        #expect(answer.response?.expiresIn == 60)
        #expect(answer.token?.claims.exp == noon + 60)
        #expect(answer.token?.claims.aud == .one("urn:a"))
    }

    @Test func `changed settings count from the next token`() throws {
        let fixture = try TokenFixture(registry(client()))
        _ = try fixture.token()
        fixture.use(
            IssuerSettings(
                issuer: "https://new.example",
                tokens: TokenSettings(audience: "urn:new", lifetime: 30)
            )
        )
        let claims = try fixture.token().claims
        #expect(claims.iss == "https://new.example" && claims.aud == .one("urn:new"))
        #expect(claims.exp == noon + 30)
    }

    @Test func `texts that JSON escapes arrive as they are`() throws {
        let odd = "a\"b\\c/\u{1}é{}"
        let fixture = try TokenFixture(
            registry(client("app", policy(audiences: [odd]))),
            settings: IssuerSettings(issuer: odd, tokens: TokenSettings(audience: odd, lifetime: 1))
        )
        let claims = try fixture.token().claims
        #expect(claims.iss == odd && claims.aud == .one(odd))
    }

    // MARK: keys

    @Test func `the next key signs from its time on, while the process runs`() throws {
        let (old, new) = (try signingKey("old"), try signingKey("new", activeFrom: noon + 10))
        let keys = SigningKeys([new, old])
        let fixture = try TokenFixture(registry(client()), keys: keys)
        let known = try published(keys)
        for (second, keyID) in [(0, "old"), (9, "old"), (10, "new"), (11, "new")] {
            let token = try fixture.token(now: noon + Int64(second))
            #expect(token.header.kid == keyID)
            #expect(try known[keyID]?.verifies(token.signature, over: token.signed) == true)
        }
    }

    @Test func `a key that was withdrawn signs nothing more`() throws {
        let fixture = try TokenFixture(registry(client()))
        #expect(try fixture.token().header.kid == "key")
        let other = SigningKeys([try signingKey("other")])
        fixture.use(other)
        let token = try fixture.token()
        #expect(token.header.kid == "other")
        let key = try #require(try published(other)["other"])
        #expect(try key.verifies(token.signature, over: token.signed))
    }

    @Test func `another key with the same id is taken over too`() throws {
        let fixture = try TokenFixture(registry(client()))
        _ = try fixture.token()
        let other = SigningKeys([try signingKey()])
        fixture.use(other)
        let token = try fixture.token()
        #expect(try published(other)["key"]?.verifies(token.signature, over: token.signed) == true)
        #expect(
            try published(fixture.keys)["key"]?.verifies(token.signature, over: token.signed)
                == false
        )
    }
}
