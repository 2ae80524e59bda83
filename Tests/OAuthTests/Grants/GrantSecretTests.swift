// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing
import Text

@testable import OAuth

/// The forms of codes and refresh tokens, and what follows from what.
struct GrantSecretTests {
    private func refreshToken(_ text: [UInt8]) -> RefreshToken? { RefreshToken(text.span) }
    private func code(_ text: some Sequence<UInt8>) -> AuthorizationCode? {
        AuthorizationCode(Array(text).span)
    }

    // MARK: forms

    @Test func `a refresh token is read as it was written`() throws {
        let token = try RefreshToken(of: GrantSecret())
        #expect(token.text.count == RefreshToken.characterCount)
        #expect(refreshToken(token.text) == token)
        let other = try RefreshToken(of: token.grant)
        #expect(other != token && other.digest != token.digest && other.grant.id == token.grant.id)
    }

    @Test func `a refresh token with another character anywhere is none`() throws {
        let text = try RefreshToken(of: GrantSecret()).text
        for index in text.indices {
            for character in [UInt8(ascii: "A"), UInt8(ascii: "b"), UInt8(ascii: "_")]
            where character != text[index] {
                var other = text
                other[index] = character
                #expect(refreshToken(other) == nil, "\(index)")
            }
        }
    }

    @Test func `a refresh token with one flipped bit anywhere is none`() throws {
        let bytes = try decoded(RefreshToken(of: GrantSecret()).text)
        for bit in 0..<(bytes.count * 8) {
            var other = bytes
            other[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(refreshToken(Base64URL.encode(other.span)) == nil, "\(bit)")
        }
    }

    @Test func `a refresh token that is cut short or longer is none`() throws {
        let text = try RefreshToken(of: GrantSecret()).text
        for count in 0..<text.count { #expect(refreshToken(Array(text[..<count])) == nil) }
        for rest in ["A", "=", " ", ".", "AAAA"] { #expect(refreshToken(text + rest.utf8) == nil) }
        #expect(refreshToken(Array("=".utf8) + text.dropFirst()) == nil)
    }

    @Test func `a code is read as it was written`() throws {
        let made = try AuthorizationCode()
        #expect(made.text.utf8.count == 43)
        #expect(code(made.text.utf8) == made)
        #expect(try AuthorizationCode() != made)
    }

    @Test func `a code that is cut short, longer or of another alphabet is none`() throws {
        let text = Array(try AuthorizationCode().text.utf8)
        for count in 0..<text.count { #expect(code(text[..<count]) == nil) }
        for rest in ["A", "=", " "] { #expect(code(text + rest.utf8) == nil) }
        #expect(code([UInt8(ascii: "+")] + text.dropFirst()) == nil)
        // The last character has two bits that stand for nothing.
        let lasts = "AEIMQUYcgkosw048".utf8.filter { code(text.dropLast() + [$0]) != nil }
        let all = (UInt8(0)...127).filter { code(text.dropLast() + [$0]) != nil }
        #expect(lasts.count == 16 && all.count == 16)
    }

    @Test func `a refresh token is no code, and a code is no refresh token`() throws {
        let token = try RefreshToken(of: GrantSecret())
        let made = try AuthorizationCode()
        #expect(code(token.text) == nil)
        #expect(refreshToken(Array(made.text.utf8)) == nil)
    }

    @Test(arguments: AccessTokenFormat.allCases)
    func `an access token is neither`(format: AccessTokenFormat) throws {
        let fixture = try TokenFixture(
            registry(client("app", policy(format: format))),
            sealing: SealingKeys([sealingKey()])
        )
        let text = try fixture.text()
        #expect(refreshToken(Array(text.utf8)) == nil && code(text.utf8) == nil)
    }

    // MARK: what follows from what

    @Test func `a grant's id follows from its code, and neither from the other's digest`() throws {
        let (one, two) = (try AuthorizationCode(), try AuthorizationCode())
        #expect(GrantSecret(of: one) == GrantSecret(of: one))
        #expect(GrantSecret(of: one) != GrantSecret(of: two))
        #expect(GrantSecret(of: one).id != GrantSecret(of: two).id)
        let secret = GrantSecret(of: one)
        #expect(secret.id != secret.bytes && !one.digest.starts(with: secret.bytes))
        #expect(!one.digest.starts(with: secret.id))
    }

    @Test func `a successor is the same for the same token and key, and another for others`() throws
    {
        let (key, other) = (try successorKey("a"), try successorKey("b"))
        let token = try RefreshToken(of: GrantSecret())
        let successor = try token.successor(key)
        #expect(try token.successor(key) == successor)
        #expect(successor.grant == token.grant && successor.digest != token.digest)
        #expect(try token.successor(other) != successor)
        #expect(try RefreshToken(of: token.grant).successor(key) != successor)
        #expect(refreshToken(successor.text) == successor)
    }

    private func successorKey(_ id: String) throws -> [UInt8] {
        try #require(SuccessorKeys(SealingKeys([sealingKey(id)])).active(at: noon))
    }

    @Test func `an old token does not give the current one without the server's key`() throws {
        let sealing = try sealingKey("a")
        let key = try #require(SuccessorKeys(SealingKeys([sealing])).active(at: noon))
        #expect(key != sealing.secret)
        let token = try RefreshToken(of: GrantSecret())
        let current = try token.successor(key)
        func found(_ keys: SealingKeyMaterial...) -> RefreshToken? {
            token.successor(current.digest, SuccessorKeys(SealingKeys(keys)))
        }
        #expect(found() == nil)
        // Of the same name, and another one.
        #expect(found(try sealingKey("a")) == nil)
        #expect(found(try sealingKey("b"), sealing) == current)
        let keys = SuccessorKeys(SealingKeys([try sealingKey("b"), sealing]))
        #expect(token.successor(try current.successor(key).digest, keys) == nil)
    }
}
