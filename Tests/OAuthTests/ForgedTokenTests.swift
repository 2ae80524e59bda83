// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import OAuthTesting
import Testing
import Text

@testable import OAuth

/// JWTs that look like this server's own and are not: introspection must see the difference.
struct ForgedTokenTests {
    private let key: SigningKeyMaterial
    private let fixture: TokenFixture

    init() throws {
        key = try signingKey()
        fixture = try TokenFixture(registry(client()), keys: SigningKeys([key]))
    }

    private static let header = #"{"alg":"ES256","typ":"at+jwt","kid":"key"}"#
    private static let claims: [String: String?] = [
        "iss": #""https://as.example""#, "sub": #""app""#, "aud": #""urn:a""#,
        "client_id": #""app""#, "iat": "\(noon)", "exp": "\(noon + 600)", "jti": #""1""#,
    ]

    /// The standard claims with some of them changed; nil leaves one out.
    private func claims(_ changes: [String: String?] = [:]) -> String {
        let all = Self.claims.merging(changes) { $1 }
        let members = all.compactMap { name, value in value.map { #""\#(name)":\#($0)"# } }
        return "{\(members.sorted().joined(separator: ","))}"
    }

    private func signed(
        _ header: String = header,
        _ claims: String? = nil,
        by key: SigningKeyMaterial? = nil
    ) throws -> String {
        let parts = [header, claims ?? self.claims()].map { Base64URL.encode(Array($0.utf8).span) }
        let signed = parts[0] + [UInt8(ascii: ".")] + parts[1]
        let signer = try Signer(
            SigningKey(pkcs8: (key ?? self.key).pkcs8),
            digester: Digester()
        )
        let signature = try signer.signature(over: signed.span)
        let text = signed + [UInt8(ascii: ".")] + Base64URL.encode(signature.span)
        return String(decoding: text, as: UTF8.self)
    }

    private func isActive(_ token: String, now: Int64 = noon) throws -> Bool {
        let answer = try fixture.introspect("client_id=app&token=\(token)", now: now)
        #expect(answer.isInactive || answer.content != nil)
        return answer.content != nil
    }

    @Test func `a token that is signed here by our key is active`() throws {
        // Without this, all that follows would prove nothing.
        #expect(try isActive(signed()))
        #expect(try isActive(signed(#"{"kid":"key","typ":"at+jwt","alg":"ES256"}"#)))
        #expect(try isActive(signed(Self.header, claims(["aud": #"["a","b"]"#]))))
    }

    // MARK: the signature

    @Test func `a token with any one character changed is inactive`() throws {
        let token = Array(try fixture.text().utf8)
        for index in token.indices {
            var changed = token
            changed[index] =
                token[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(try !isActive(String(decoding: changed, as: UTF8.self)), "character \(index)")
        }
        #expect(try isActive(String(decoding: token, as: UTF8.self)))
    }

    @Test func `a signature with any one bit changed is inactive`() throws {
        let token = try fixture.text()
        let parts = token.split(separator: ".")
        let signature = try decoded(parts[2].utf8)
        for index in signature.indices {
            for bit in 0..<8 as Range<UInt8> {
                var changed = signature
                changed[index] ^= 1 << bit
                let text = String(decoding: Base64URL.encode(changed.span), as: UTF8.self)
                #expect(try !isActive("\(parts[0]).\(parts[1]).\(text)"), "bit \(bit) of \(index)")
            }
        }
    }

    @Test func `a token that was cut off is inactive`() throws {
        let token = try fixture.text()
        for count in 1..<token.count { #expect(try !isActive(String(token.prefix(count)))) }
        for rest in [".", "A", "AAAA", "=", ".AAAA"] { #expect(try !isActive(token + rest)) }
    }

    @Test func `signatures of zeros, of none and of another token are inactive`() throws {
        let parts = try signed().split(separator: ".")
        let other = try signed(Self.header, claims(["jti": #""2""#])).split(separator: ".")
        for count in [0, 1, 32, 63, 64, 65, 72, 128] {
            let zeros = [UInt8](repeating: 0, count: count)
            let text = String(decoding: Base64URL.encode(zeros.span), as: UTF8.self)
            #expect(try !isActive("\(parts[0]).\(parts[1]).\(text)"))
        }
        #expect(try !isActive("\(parts[0]).\(parts[1]).\(other[2])"))
        #expect(try !isActive("\(parts[0]).\(other[1]).\(parts[2])"))
        #expect(try isActive("\(other[0]).\(other[1]).\(other[2])"))
    }

    @Test func `another key with our key's id is not ours`() throws {
        #expect(try !isActive(signed(by: signingKey())))
        #expect(try isActive(signed(by: key)))
    }

    // MARK: the header

    @Test(arguments: [
        #"{"alg":"none","typ":"at+jwt","kid":"key"}"#,
        #"{"alg":"None","typ":"at+jwt","kid":"key"}"#,
        #"{"alg":"HS256","typ":"at+jwt","kid":"key"}"#,
        #"{"alg":"es256","typ":"at+jwt","kid":"key"}"#,
        #"{"alg":"ES384","typ":"at+jwt","kid":"key"}"#,
        #"{"alg":["ES256"],"typ":"at+jwt","kid":"key"}"#,
        #"{"typ":"at+jwt","kid":"key"}"#, #"{"alg":null,"typ":"at+jwt","kid":"key"}"#,
        #"{"alg":"ES256","typ":"JWT","kid":"key"}"#, #"{"alg":"ES256","kid":"key"}"#,
        #"{"alg":"ES256","typ":"logout+jwt","kid":"key"}"#,
        #"{"alg":"ES256","typ":"token-introspection+jwt","kid":"key"}"#,
        #"{"alg":"ES256","typ":"at+jwt"}"#, #"{"alg":"ES256","typ":"at+jwt","kid":""}"#,
        #"{"alg":"ES256","typ":"at+jwt","kid":"KEY"}"#, #"{"alg":"ES256","typ":"at+jwt","kid":1}"#,
        #"{"alg":"ES256","typ":"at+jwt","kid":"key","crit":["exp"]}"#,
        #"{"alg":"ES256","typ":"at+jwt","kid":"key","crit":[]}"#,
        #"{"alg":"ES256","alg":"ES256","typ":"at+jwt","kid":"key"}"#,
        #"{"alg":"ES256","typ":"at+jwt","kid":"key"}x"#, #"["ES256"]"#, "null", "",
    ])
    func `a header that is not exactly ours makes a token inactive`(header: String) throws {
        #expect(try !isActive(signed(header)))
        // The classic forgery: no signature at all.
        let parts = [header, claims()].map {
            String(decoding: Base64URL.encode(Array($0.utf8).span), as: UTF8.self)
        }
        #expect(try !isActive("\(parts[0]).\(parts[1])."))
    }

    @Test func `a key in the token itself is ignored`() throws {
        let other = try signingKey("mine")
        let members = other.numbers.members.map { #""\#($0.name)":"\#($0.value)""# }
        let jwk = "{\(members.joined(separator: ","))}"
        for keyID in ["key", "mine"] {
            let header = #"{"alg":"ES256","typ":"at+jwt","kid":"\#(keyID)","jwk":\#(jwk)}"#
            #expect(try !isActive(signed(header, by: other)))
        }
    }

    // MARK: the claims

    @Test(
        arguments: [
            ("iss", #""https://as.example/""#), ("iss", #""https://other.example""#), ("iss", nil),
            ("iss", "1"), ("iss", #"["https://as.example"]"#), ("sub", nil), ("sub", "null"),
            ("aud", nil), ("aud", "1"), ("aud", #"["a",1]"#), ("client_id", nil),
            ("client_id", #""other""#), ("client_id", #"["app"]"#), ("jti", nil), ("jti", "1"),
            ("iat", nil), ("iat", #""1""#), ("exp", nil), ("exp", #""9999999999""#),
            ("exp", "null"),
            ("exp", "\(noon)"), ("exp", "-1"), ("exp", "1e400"), ("cnf", "{}"), ("cnf", #""x""#),
            ("cnf", "null"), ("cnf", #"{"x5t#S256":"AAAA"}"#), ("cnf", #"{"x5t#S256":1}"#),
            ("cnf", #"{"jkt":"x"}"#), ("sub", #""user:nobody""#),
        ] as [(String, String?)]
    )
    func `claims that our tokens never have make a token inactive`(
        name: String,
        value: String?
    ) throws {
        #expect(try !isActive(signed(Self.header, claims([name: value]))))
    }

    @Test(arguments: ["", "[]", "null", "{}", "x", #"{"iss":"https://as.example"}"#])
    func `claims that are no object of claims make a token inactive`(text: String) throws {
        #expect(try !isActive(signed(Self.header, text)))
    }

    @Test func `claims that say something twice make a token inactive`() throws {
        let twice = claims().dropLast() + #","client_id":"app"}"#
        #expect(try !isActive(signed(Self.header, String(twice))))
    }

    @Test func `the binding of a forged token must be the client's certificate`() throws {
        func confirmation(_ number: UInt8) -> String {
            claims(["cnf": ##"{"x5t#S256":"\##(thumbprint(number).base64URL)"}"##])
        }
        #expect(try isActive(signed(Self.header, confirmation(1))))
        #expect(try !isActive(signed(Self.header, confirmation(2))))
    }

    // MARK: keys and names that change

    @Test func `a token lives as long as its key is kept, and no longer`() throws {
        let token = try fixture.text()
        let ended = try SigningKeyMaterial(
            keyID: key.keyID,
            pkcs8: key.pkcs8,
            activeFrom: 0,
            retiredAt: noon
        )
        let new = try signingKey("new")
        fixture.use(SigningKeys([ended, new]))
        #expect(try isActive(token, now: noon + 1))
        #expect(try fixture.token(now: noon + 1).header.kid == "new")
        // The token was verified before: the cached key must go with it.
        fixture.use(SigningKeys([new]))
        #expect(try !isActive(token))
        fixture.use(SigningKeys([ended, new]))
        #expect(try isActive(token))
    }

    @Test func `another key under the same id does not verify what the first one signed`() throws {
        let token = try fixture.text()
        #expect(try isActive(token))
        fixture.use(SigningKeys([try signingKey()]))
        #expect(try !isActive(token))
        #expect(try isActive(fixture.text()))
    }

    @Test func `a token of the issuer's former name is inactive`() throws {
        let token = try fixture.text()
        fixture.use(
            IssuerSettings(
                issuer: "https://new.example",
                tokens: TokenSettings(audience: "urn:a", lifetime: 60)
            )
        )
        #expect(try !isActive(token))
        #expect(try isActive(fixture.text()))
        fixture.use(settings)
        #expect(try isActive(token))
    }
}
