// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import OAuthTesting
import Testing
import Text

@testable import OAuth

/// Claims that a client's tokens have besides those that the server makes.
struct StaticClaimsTests {
    private static let claims =
        #","limits":{"a":[1,2.50,null],"b":true},"region":"eu \"west\"","tenant":"a","zone":-7"#

    private func fixture(_ format: AccessTokenFormat, _ claims: String) throws -> TokenFixture {
        let app = try client(
            "app",
            policy(format: format),
            grantPolicy: GrantPolicy(staticClaims: Array(claims.utf8))
        )
        return try TokenFixture(registry(app), sealing: SealingKeys([sealingKey()]))
    }

    private func described(_ fixture: TokenFixture, _ token: String) throws -> String? {
        guard case .described(let body) = try fixture.introspect("client_id=app&token=\(token)")
        else { return nil }
        return body
    }

    @Test func `a JWT has them beside its own`() throws {
        let token = try fixture(.jwt, Self.claims).token()
        #expect(
            token.names == [
                "iss", "sub", "aud", "client_id", "iat", "exp", "jti", "scope", "cnf", "limits",
                "region", "tenant", "zone",
            ]
        )
        #expect(try !fixture(.jwt, "").token().names.contains("tenant"))
    }

    @Test(arguments: AccessTokenFormat.allCases)
    func `introspection shows them byte for byte, as the token was issued`(
        format: AccessTokenFormat
    ) throws {
        let fixture = try fixture(format, Self.claims)
        let token = try fixture.text()
        let body = try #require(try described(fixture, token))
        #expect(body.hasSuffix(Self.claims + "}"))
        let value = JSONValue(body.utf8Span.span)
        #expect(value?["tenant"]?.text == "a" && value?["active"] == .boolean(true))
        // Claims that are registered later are those of later tokens.
        fixture.registry = try self.fixture(format, #","tenant":"b""#).registry
        #expect(try described(fixture, token)?.hasSuffix(Self.claims + "}") == true)
        #expect(try described(fixture, fixture.text())?.hasSuffix(#","tenant":"b"}"#) == true)
    }

    @Test(arguments: AccessTokenFormat.allCases)
    func `a token without any is as it was before there were any`(
        format: AccessTokenFormat
    ) throws {
        let fixture = try fixture(format, "")
        let token = try fixture.text()
        // Issued before its client had some, and read after.
        fixture.registry = try self.fixture(format, Self.claims).registry
        let body = try #require(try described(fixture, token))
        #expect(!body.contains("tenant"))
        #expect(try fixture.introspect("client_id=app&token=\(token)").content != nil)
    }

    @Test(arguments: AccessTokenFormat.allCases)
    func `the most that can be registered fits`(format: AccessTokenFormat) throws {
        let most = #","c":""# + String(repeating: "x", count: 4_096 - 7) + "\""
        let scopes = (0..<64).map { "\($0)-" + String(repeating: "s", count: 60) }
        let audiences = (0..<60).map { "urn:\($0):" + String(repeating: "a", count: 58) }
        #expect(RegistrationLimits.fitsToken(scopes) && RegistrationLimits.fitsToken(audiences))
        let app = try client(
            "app",
            policy(scopes: scopes, audiences: audiences, format: format),
            grantPolicy: GrantPolicy(signingAlgorithm: .rs256, staticClaims: Array(most.utf8))
        )
        let fixture = try TokenFixture(
            registry(app),
            keys: SigningKeys([signingKey("rsa", .rs256)]),
            sealing: SealingKeys([sealingKey()])
        )
        #expect(try described(fixture, fixture.text())?.hasSuffix(most + "}") == true)
    }

    @Test func `a sealed content that is cut in its static claims is none`() throws {
        let app = try client(grantPolicy: GrantPolicy(staticClaims: Array(Self.claims.utf8)))
        let claims = TokenClaims(client: app, subject: app.id, scope: 0, audiences: ["a"])
        var content: [UInt8] = []
        SealedLayout.appendContent(claims, audience: "a", to: &content)
        let read = SealedLayout.content(content, identifier: "1")
        #expect(read?.staticClaims == Array(Self.claims.utf8))
        for count in 0..<content.count {
            #expect(SealedLayout.content(Array(content.prefix(count)), identifier: "1") == nil)
        }
        #expect(SealedLayout.content(content + [0], identifier: "1") == nil)
    }
}
