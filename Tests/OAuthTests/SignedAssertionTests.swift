// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import OAuthTesting
import Testing
import Text

@testable import OAuth

/// Client assertions that are signed with the client's private key.
struct SignedAssertionTests {
    private let fixture = AssertionFixture()
    private let key: ClientKey
    private let keys: JSONWebKeySet

    init() throws {
        key = try ClientKey()
        keys = try Self.set(try key.jwk(["kid": "key"]))
    }

    private static func set(_ keys: String...) throws -> JSONWebKeySet {
        try JSONWebKeySet(Array(#"{"keys":[\#(keys.joined(separator: ","))]}"#.utf8).span)
    }

    /// The check that refuses an assertion which is signed as it should be.
    private func failedCheck(_ assertion: Assertion, now: Int64 = noon) throws -> String? {
        let text = try assertion.signed(key)
        return check { _ = try fixture.verified(text, keys, now: now) }
    }

    private func failedCheck(of text: String, _ keys: JSONWebKeySet? = nil) -> String? {
        check { _ = try fixture.verified(text, keys ?? self.keys) }
    }

    // MARK: right ones

    @Test func `a right assertion names its client and is right until it expires`() throws {
        let text = try Assertion().signed(key)
        #expect(try AssertionFixture.read(text).clientID == Array("app".utf8))
        let verified = try fixture.verified(text, keys)
        #expect(verified.clientID == Array("app".utf8))
        // Its end, and ten seconds for clocks that are behind.
        #expect(verified.acceptedUntil == noon + 60 + 10)
    }

    @Test(arguments: [
        (ClientKey.Kind.p256, SignatureAlgorithm.es256), (.p384, .es384), (.p521, .es512),
        (.rsa, .ps256), (.rsa, .ps384), (.rsa, .ps512), (.rsa, .rs256), (.rsa, .rs384),
        (.rsa, .rs512), (.ed25519, .edDSA),
    ])
    func `every algorithm verifies where it is allowed, and only there`(
        kind: ClientKey.Kind,
        algorithm: SignatureAlgorithm
    ) throws {
        let key = try ClientKey(kind)
        let keys = try Self.set(try key.jwk(["kid": "key"]))
        let text = try Assertion(alg: algorithm.rawValue).signed(key, algorithm)
        fixture.algorithms = [algorithm]
        #expect(failedCheck(of: text, keys) == nil)
        fixture.algorithms = SignatureAlgorithm.allCases.filter { $0 != algorithm }
        #expect(failedCheck(of: text, keys) == "assertion-alg")
        fixture.algorithms = [algorithm]
        let other = try Self.set(try ClientKey(kind).jwk(["kid": "key"]))
        #expect(failedCheck(of: text, other) == "assertion-signature")
    }

    @Test func `what an assertion may have besides is taken or passed over`() throws {
        let right = Assertion()
        let variants = [
            right.heading("typ", nil), right.heading("typ", "jwt"),
            right.heading("typ", "client-authentication+jwt"), right.heading("kid", nil),
            right.heading("jku", "https://evil.example/keys"), right.claiming("iat", nil),
            right.claiming("nbf", noon), right.claiming("iat", 0), right.claiming("other", ["a"]),
            right.claiming("exp", Double(noon) + 59.5), right.claiming("jti", "é"),
            right.claiming("jti", String(repeating: "j", count: 256)),
        ]
        for variant in variants { #expect(try failedCheck(variant) == nil, "\(variant)") }
    }

    // MARK: the request around it

    @Test func `the type must be the one that there is`() throws {
        let text = try Assertion().signed(key)
        let saml = Array("urn:ietf:params:oauth:client-assertion-type:saml2-bearer".utf8)
        for type in [nil, [], saml, assertionType + [0x20], Array("JWT".utf8)] {
            let found = check { _ = try AssertionFixture.read(text, type: type) }
            #expect(found == "assertion-type")
        }
        #expect(check { _ = try AssertionFixture.read(text) } == nil)
    }

    @Test func `client_id names the same client where it is there`() throws {
        let text = try Assertion().signed(key)
        #expect(check { _ = try AssertionFixture.read(text, clientID: "app") } == nil)
        for other in ["App", "ap", "app2", "other"] {
            let found = check { _ = try AssertionFixture.read(text, clientID: other) }
            #expect(found == "client-id-mismatch")
        }
    }

    // MARK: the form

    @Test func `what is no JWS is refused`() throws {
        let text = try Assertion().signed(key)
        let parts = text.split(separator: ".").map(String.init)
        let (head, body, signature) = (parts[0], parts[1], parts[2])
        let empty = Assertion.base64URL(Array("{}".utf8))
        let list = Assertion.base64URL(Array("[]".utf8))
        let bare = Assertion.base64URL(Array(#"{"alg":"ES256"}"#.utf8))
        let torn = Assertion.base64URL(Array(#"{"alg":"ES256""#.utf8))
        let rows: [(String, String)] = [
            ("", "assertion-parts"), ("a", "assertion-parts"), (head, "assertion-parts"),
            ("\(head).\(body)", "assertion-parts"), ("\(text).", "assertion-parts"),
            (".\(text)", "assertion-parts"), ("\(text).\(signature).a", "assertion-parts"),
            ("\(head)=.\(body).\(signature)", "assertion-base64url"),
            ("\(head).\(body)+.\(signature)", "assertion-base64url"),
            ("\(head).\(body).\(signature)==", "assertion-base64url"),
            ("\(head).\(body).\(signature)\n", "assertion-base64url"),
            (" \(text)", "assertion-base64url"), ("..", "assertion-header"),
            ("\(list).\(body).\(signature)", "assertion-header"),
            ("\(torn).\(body).\(signature)", "assertion-header"),
            ("\(empty).\(body).\(signature)", "assertion-alg-missing"),
            ("\(bare)..\(signature)", "assertion-claims"),
            ("\(bare).\(list).\(signature)", "assertion-claims"),
            ("\(bare).\(empty).\(signature)", "assertion-sub"),
        ]
        for (text, expected) in rows { #expect(failedCheck(of: text) == expected, "\(text)") }
        #expect(failedCheck(of: text) == nil)
    }

    @Test func `a long assertion is refused before it is read`() throws {
        let room = 11_000
        let text = try Assertion().claiming("x", String(repeating: "x", count: room)).signed(key)
        #expect(text.utf8.count < CompactJWS.bytesMax)
        #expect(failedCheck(of: text) == nil)
        let long = text + String(repeating: "A", count: CompactJWS.bytesMax - text.utf8.count + 1)
        #expect(failedCheck(of: long) == "assertion-size")
    }

    @Test(
        arguments: [
            ("crit", ["exp"] as [String], "assertion-crit"), ("crit", [String](), "assertion-crit"),
            ("alg", nil, "assertion-alg-missing"), ("alg", 256, "assertion-alg-missing"),
            ("kid", 1, "assertion-header"), ("typ", ["JWT"], "assertion-header"),
            ("typ", "at+jwt", "assertion-typ"), ("typ", "oauth-authz-req+jwt", "assertion-typ"),
            ("typ", "dpop+jwt", "assertion-typ"), ("typ", "", "assertion-typ"),
            ("kid", "other", "assertion-kid"), ("kid", "", "assertion-kid"),
            ("kid", "KEY", "assertion-kid"),
        ] as [(String, (any Sendable)?, String)]
    )
    func `a header that is not right is refused`(
        name: String,
        value: (any Sendable)?,
        expected: String
    ) throws {
        #expect(try failedCheck(Assertion().heading(name, value)) == expected)
    }

    // MARK: algorithms

    @Test(arguments: ["none", "None", "NONE", "", "HS256", "ES256K", "es256", "RS1", "ES384"])
    func `an algorithm that is not allowed is refused, whatever the signature`(
        algorithm: String
    ) throws {
        let assertion = Assertion(alg: algorithm)
        #expect(failedCheck(of: try assertion.signed(key)) == "assertion-alg")
        #expect(failedCheck(of: "\(try assertion.signingInput).") == "assertion-alg")
    }

    @Test func `the public key is no secret`() throws {
        // Algorithm confusion: with the public key as an HMAC key anybody could sign.
        let known = [key.publicDER, Array(try key.jwk().utf8)]
        let texts = try known.map { try Assertion(alg: "HS256").coded($0) }
        for text in texts { #expect(failedCheck(of: text) == "assertion-alg") }
        // The same text with an allowed name has no right signature either.
        let renamed = try Assertion(alg: "ES256").coded(key.publicDER)
        #expect(failedCheck(of: renamed) == "assertion-signature")
    }

    @Test func `RS256 is refused where only PS256 is allowed`() throws {
        let key = try ClientKey(.rsa)
        let keys = try Self.set(try key.jwk(["kid": "key"]))
        let text = try Assertion(alg: "RS256").signed(key, .rs256)
        fixture.algorithms = [.ps256]
        #expect(failedCheck(of: text, keys) == "assertion-alg")
        #expect(
            failedCheck(of: try Assertion(alg: "PS256").signed(key, .rs256), keys)
                == "assertion-signature"
        )
        #expect(failedCheck(of: try Assertion(alg: "PS256").signed(key, .ps256), keys) == nil)
        fixture.algorithms = [.rs256]
        #expect(failedCheck(of: text, keys) == nil)
    }

    @Test func `a key that is for one algorithm is not for another`() throws {
        let key = try ClientKey(.rsa)
        fixture.algorithms = [.ps256, .ps384]
        let text = try Assertion(alg: "PS384").signed(key, .ps384)
        let bound = try Self.set(try key.jwk(["kid": "key", "alg": "PS256"]))
        #expect(failedCheck(of: text, bound) == "assertion-kid")
        #expect(failedCheck(of: text, try Self.set(try key.jwk(["kid": "key"]))) == nil)
    }

    // MARK: signatures

    @Test func `a changed signature or payload is refused`() throws {
        let parts = try Assertion().signed(key).split(separator: ".").map(String.init)
        let other = try Assertion().claiming("jti", "two").signingInput.split(separator: ".")[1]
        #expect(failedCheck(of: "\(parts[0]).\(other).\(parts[2])") == "assertion-signature")
        let renamed = try Assertion().heading("typ", nil).signingInput.split(separator: ".")[0]
        #expect(failedCheck(of: "\(renamed).\(parts[1]).\(parts[2])") == "assertion-signature")
        let decoded = Base64URL.decode(Array(parts[2].utf8).span)
        let bytes = try #require(decoded)
        let wrong: [[UInt8]] = [
            [], Array(bytes.dropLast()), bytes + [0], [bytes[0] ^ 1] + bytes.dropFirst(),
            bytes.dropLast() + [bytes[63] ^ 1], [UInt8](repeating: 0, count: 64),
            Array(bytes.suffix(32) + bytes.prefix(32)),
        ]
        for bytes in wrong {
            let text = "\(parts[0]).\(parts[1]).\(Assertion.base64URL(bytes))"
            #expect(failedCheck(of: text) == "assertion-signature", "\(bytes)")
        }
    }

    @Test func `another client's key does not do, nor one that the header brings`() throws {
        let other = try ClientKey()
        #expect(failedCheck(of: try Assertion().signed(other)) == "assertion-signature")
        let brought = Assertion().heading("jwk", other.members)
        #expect(failedCheck(of: try brought.signed(other)) == "assertion-signature")
        let chain = [Data(other.certificate).base64EncodedString()]
        let certified = Assertion().heading("x5c", chain)
        #expect(failedCheck(of: try certified.signed(other)) == "assertion-signature")
    }

    @Test func `each key of a set may sign, and without a name some are tried`() throws {
        let second = try ClientKey()
        let two = try Self.set(try key.jwk(["kid": "key"]), try second.jwk(["kid": "second"]))
        #expect(
            failedCheck(of: try Assertion().heading("kid", "second").signed(second), two) == nil
        )
        #expect(failedCheck(of: try Assertion().signed(second), two) == "assertion-signature")
        let nameless = try Assertion().heading("kid", nil).signed(second)
        #expect(failedCheck(of: nameless, two) == nil)
        #expect(failedCheck(of: nameless) == "assertion-signature")
        let jwk = try key.jwk()
        let many = try Self.set(jwk, jwk, jwk, jwk, try second.jwk())
        #expect(failedCheck(of: nameless, many) == "assertion-kid-ambiguous")
        let foreign = try Self.set(try ClientKey(.rsa).jwk())
        #expect(failedCheck(of: nameless, foreign) == "assertion-kid")
    }

    @Test func `a key that was taken out of the set no longer verifies`() throws {
        let text = try Assertion().signed(key)
        #expect(failedCheck(of: text) == nil)
        // The fixture has the old key prepared.
        let replaced = try Self.set(try ClientKey().jwk(["kid": "key"]))
        #expect(failedCheck(of: text, replaced) == "assertion-signature")
        #expect(failedCheck(of: text) == nil)
    }
}
