// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import OAuthTesting
import Testing
import Text

@testable import OAuth

/// Introspection responses as JWTs (RFC 9701).
struct SignedIntrospectionTests {
    private let fixture: TokenFixture

    init() throws { fixture = try TokenFixture(registry(client())) }

    private struct Parts {
        let header: JSONValue
        let claims: JSONValue
        let signed: [UInt8]
        let signature: [UInt8]
    }

    private func parts(_ text: String) throws -> Parts {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        try #require(parts.count == 3)
        let (head, body) = (try decoded(parts[0].utf8), try decoded(parts[1].utf8))
        let header = JSONValue(head.span)
        let claims = JSONValue(body.span)
        return Parts(
            header: try #require(header),
            claims: try #require(claims),
            signed: Array("\(parts[0]).\(parts[1])".utf8),
            signature: try decoded(parts[2].utf8)
        )
    }

    private func ask(_ token: String, as form: IntrospectionForm = .jwt) throws -> String {
        let answer = try fixture.introspect("client_id=app&token=\(token)", as: form)
        guard case .described(let body) = answer else { throw TokenFixture.Unexpected.answer }
        return body
    }

    @Test func `a JWT for the caller holds what the JSON would say`() throws {
        let token = try fixture.text()
        let plain = try ask(token, as: .json)
        let signed = try parts(ask(token))
        #expect(
            signed.header
                == .object([
                    "alg": .string("ES256"), "typ": .string("token-introspection+jwt"),
                    "kid": .string("key"),
                ])
        )
        let expected = JSONValue(plain.utf8Span.span)
        #expect(
            signed.claims
                == .object([
                    "iss": .string("https://as.example"), "aud": .string("app"),
                    "iat": .integer(noon), "token_introspection": expected ?? .null,
                ])
        )
        let numbers = try #require(fixture.keys.keys.first?.numbers)
        guard case .point(let curve, let x, let y) = numbers else {
            Issue.record("an ES256 key is a point")
            return
        }
        let key = try VerificationKey(curve: curve, x: x, y: y)
        #expect(key.verifies(signed.signature, over: signed.signed, by: .es256))
        #expect(!key.verifies(signed.signature, over: signed.signed + [0], by: .es256))
    }

    @Test func `a token that is none is told so in a JWT, and no more`() throws {
        let claims = try parts(ask("none")).claims
        #expect(claims["token_introspection"] == .object(["active": .boolean(false)]))
        #expect(claims["aud"]?.text == "app")
    }

    @Test func `the answer is no token that could be asked about`() throws {
        let answer = try ask(fixture.text())
        #expect(try fixture.introspect("client_id=app&token=\(answer)").isInactive)
    }

    @Test func `the caller's own algorithm does not matter, and its key may be missing`() throws {
        fixture.registry = registry(
            try client(grantPolicy: GrantPolicy(signingAlgorithm: .edDSA))
        )
        #expect(try parts(ask("none")).header["alg"]?.text == "ES256")
        fixture.use(SigningKeys([]))
        let refused = try fixture.introspect("client_id=app&token=none", as: .jwt)
        #expect(refused.error?.code == .serverError && refused.error?.check == .tokenKeys)
        #expect(try fixture.introspect("client_id=app&token=none").isInactive)
    }

    @Test func `a caller that has not authenticated gets an error, in no JWT`() throws {
        let answer = try fixture.introspect(
            "client_id=app&token=none",
            peer: StubPeer(thumbprint(9)),
            as: .jwt
        )
        #expect(answer.error?.code == .invalidClient)
    }
}
