// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing

@testable import OAuth

/// A token's claims are a value until it is made, in both forms.
struct TokenClaimsTests {
    private func read(
        _ format: AccessTokenFormat,
        _ change: (inout TokenClaims) -> Void
    ) throws -> ReadTokenClaims? {
        let keys = TokenKeys(
            signing: SigningKeys([try signingKey()]),
            sealing: SealingKeys([try sealingKey()])
        )
        var issuer = TokenIssuer(settings, keys: keys, digester: Digester())
        let app = try client("app", policy(format: format))
        var claims = TokenClaims(
            client: app,
            subject: app.id,
            scope: 1,
            audiences: [],
            thumbprint: thumbprint(1)
        )
        issuer.date(&claims, validFrom: 0, now: noon)
        change(&claims)
        var out: [UInt8] = []
        _ = try issuer.append(claims, isRepeatable: false, .none, now: noon, to: &out)
        var reader = TokenReader(issuer: settings.issuer, keys: keys)
        return reader.content(of: out.span, now: noon)
    }

    @Test(arguments: AccessTokenFormat.allCases)
    func `claims are dated when the token is made`(format: AccessTokenFormat) throws {
        let found = try read(format) { _ in }
        #expect(found?.issuedAt == noon && found?.expiresAt == noon + 600)
        #expect(found?.clientID == Array("app".utf8) && found?.scope == Array("read".utf8))
        #expect(found?.thumbprint == thumbprint(1))
    }

    @Test(arguments: AccessTokenFormat.allCases)
    func `a token says what its claims were changed to`(format: AccessTokenFormat) throws {
        let found = try read(format) {
            $0.subject = Array("user:ann".utf8)
            $0.scope = 2
            $0.audiences = ["urn:other"]
            $0.thumbprint = thumbprint(9)
            $0.issuedAt = noon - 60
            $0.expiresAt = noon + 1
        }
        #expect(found?.subject == Array("user:ann".utf8) && found?.scope == Array("write".utf8))
        #expect(found?.audiences == ["urn:other"] && found?.thumbprint == thumbprint(9))
        #expect(found?.issuedAt == noon - 60 && found?.expiresAt == noon + 1)
    }

    @Test(arguments: AccessTokenFormat.allCases)
    func `a token that was over before it was issued is none`(format: AccessTokenFormat) throws {
        #expect(try read(format) { $0.expiresAt = noon } == nil)
        #expect(try read(format) { $0.expiresAt = noon - 3_600 } == nil)
    }
}
