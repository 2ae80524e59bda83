// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import OAuthTesting
import Testing
import Text

@testable import OAuth

/// Tokens that are signed by the algorithm of their client.
struct SigningAlgorithmTests {
    private static func client(_ algorithm: SignatureAlgorithm) throws -> Client {
        try OAuthTesting.client(grantPolicy: GrantPolicy(signingAlgorithm: algorithm))
    }

    /// A key of each algorithm, named after it.
    private static func keys() throws -> SigningKeys {
        SigningKeys(try SigningKeys.algorithms.map { try signingKey($0.rawValue, $0) })
    }

    /// The published keys, as this server reads the sets of others.
    private static func published(_ keys: SigningKeys) throws -> [JSONWebKey] {
        let json = keys.jwks(now: noon, tokenLifetimeMax: 600)
        return try JSONWebKeySet(json.span).keys
    }

    @Test(arguments: SigningKeys.algorithms)
    func `a token is signed by its client's algorithm, and the published key verifies it`(
        algorithm: SignatureAlgorithm
    ) throws {
        let keys = try Self.keys()
        let fixture = try TokenFixture(registry(Self.client(algorithm)), keys: keys)
        let all = try Self.published(keys)
        #expect(all.count == SigningKeys.algorithms.count)
        for second in 0..<2 as Range<Int64> {
            let token = try fixture.token(now: noon + second)
            #expect(token.header.alg == algorithm.rawValue && token.header.typ == "at+jwt")
            #expect(token.header.kid == algorithm.rawValue)
            let key = try #require(all.first { $0.keyID == token.header.kid })
            #expect(key.algorithm == algorithm)
            let verifier = try VerificationKey(subjectPublicKeyInfo: key.subjectPublicKeyInfo)
            #expect(verifier.verifies(token.signature, over: token.signed, by: algorithm))
            #expect(!verifier.verifies(token.signature, over: token.signed + [0], by: algorithm))
        }
        let text = try fixture.text()
        #expect(try fixture.introspect("client_id=app&token=\(text)").content?.clientID == "app")
    }

    @Test(arguments: SigningKeys.algorithms, [SecurityProfile.fapi1, .fapi2])
    func `a profile that does not allow an algorithm issues no token of it`(
        algorithm: SignatureAlgorithm,
        profile: SecurityProfile
    ) throws {
        let fixture = try TokenFixture(registry(Self.client(algorithm)), keys: try Self.keys())
        let answer = try fixture.ask(
            "grant_type=client_credentials&client_id=app",
            profile: profile
        )
        if profile.algorithms.contains(algorithm) {
            #expect(answer.response != nil)
        } else {
            #expect(answer.error == OAuthError(.unauthorizedClient, "", check: .tokenAlgorithm))
        }
        // The twin: a listener without a profile issues each.
        #expect(try fixture.ask("grant_type=client_credentials&client_id=app").response != nil)
    }

    @Test func `a token that only this server reads has no algorithm to refuse`() throws {
        let client = try OAuthTesting.client(
            "app",
            policy(format: .sealed),
            grantPolicy: GrantPolicy(signingAlgorithm: .rs256)
        )
        let fixture = try TokenFixture(registry(client), keys: try Self.keys())
        let form = "grant_type=client_credentials&client_id=app"
        #expect(try fixture.ask(form, profile: .fapi2).error?.check != .tokenAlgorithm)
    }

    @Test func `a set has public members alone, each key its own id`() throws {
        let json = try Self.keys().jwks(now: noon, tokenLifetimeMax: 600)
        let value = JSONValue(json.span)
        guard case .array(let keys) = value?["keys"] else {
            Issue.record("a set has keys")
            return
        }
        let members = keys.map { key -> Set<String> in
            guard case .object(let members) = key else { return [] }
            return Set(members.keys)
        }
        let common: Set = ["kty", "use", "alg", "kid"]
        for names in members {
            let own = names.subtracting(common)
            #expect(names.isSuperset(of: common))
            #expect([["crv", "x", "y"], ["crv", "x"], ["n", "e"]].contains(own))
        }
        #expect(Set(keys.compactMap { $0["kid"]?.text }).count == SigningKeys.algorithms.count)
    }

    @Test(arguments: SigningKeys.algorithms.dropFirst())
    func `without a key of its algorithm a client waits, and gets no token of another`(
        algorithm: SignatureAlgorithm
    ) throws {
        let fixture = try TokenFixture(
            registry(Self.client(algorithm)),
            keys: SigningKeys([signingKey()])
        )
        let refused = try fixture.ask("client_id=app&grant_type=client_credentials").refused
        #expect(refused?.error.code == .temporarilyUnavailable && refused?.error.status == 503)
        #expect(refused?.error.check == .tokenKeys && refused?.retryAfter != nil)
        fixture.use(SigningKeys([try signingKey(), try signingKey("made", algorithm)]))
        #expect(try fixture.token().header.kid == "made")
        fixture.use(
            SigningKeys([try signingKey(), try signingKey("end", algorithm, retiredAt: noon)])
        )
        #expect(
            try fixture.ask("client_id=app&grant_type=client_credentials").error?.code
                == .temporarilyUnavailable
        )
    }

    @Test func `clients of several algorithms take turns, each with its own key`() throws {
        let keys = try Self.keys()
        let fixture = try TokenFixture(registry(Self.client(.es256)), keys: keys)
        for round in 0..<2 as Range<Int64> {
            for algorithm in SigningKeys.algorithms {
                fixture.registry = registry(try Self.client(algorithm))
                let token = try fixture.token(now: noon + round)
                #expect(token.header.alg == algorithm.rawValue)
            }
        }
    }

    @Test func `the next key of an algorithm signs from its time on`() throws {
        let keys = SigningKeys([
            try signingKey("es", activeFrom: noon + 5), try signingKey("old", .edDSA),
            try signingKey("new", .edDSA, activeFrom: noon + 10),
        ])
        let fixture = try TokenFixture(registry(Self.client(.edDSA)), keys: keys)
        for (second, keyID) in [(0, "old"), (9, "old"), (10, "new"), (11, "new")] {
            #expect(try fixture.token(now: noon + Int64(second)).header.kid == keyID)
        }
    }

    @Test(arguments: SigningKeys.algorithms)
    func `a changed signature is refused, and an unknown key named on purpose`(
        algorithm: SignatureAlgorithm
    ) throws {
        let fixture = try TokenFixture(registry(Self.client(algorithm)), keys: Self.keys())
        let altered = TokenAlteration(fault: .wrongSignature)
        let broken = try fixture.text(altered: altered)
        #expect(try fixture.introspect("client_id=app&token=\(broken)").isInactive)
        let unknown = try fixture.text(altered: TokenAlteration(fault: .wrongKeyID))
        #expect(try AccessToken(unknown).header.alg == algorithm.rawValue)
        #expect(try AccessToken(unknown).header.kid == "\(algorithm.rawValue)-unknown")
        #expect(try fixture.introspect("client_id=app&token=\(unknown)").isInactive)
    }
}

/// Tokens whose header names another algorithm than their key's (RFC 8725 §2.1).
struct AlgorithmConfusionTests {
    private let keys: [SigningKeyMaterial]
    private let fixture: TokenFixture

    init() throws {
        keys = try SigningKeys.algorithms.map { try signingKey($0.rawValue, $0) }
        fixture = try TokenFixture(registry(client()), keys: SigningKeys(keys))
    }

    private static func encoded(_ text: String) -> String {
        String(decoding: Base64URL.encode(Array(text.utf8).span), as: UTF8.self)
    }

    /// A token's text before its signature.
    private static func unsigned(algorithm: String, keyID: String) -> String {
        let header = #"{"alg":"\#(algorithm)","typ":"at+jwt","kid":"\#(keyID)"}"#
        let claims =
            #"{"iss":"https://as.example","sub":"app","aud":"a","client_id":"app","iat":\#(noon),"#
            + #""exp":\#(noon + 600),"jti":"1"}"#
        return "\(encoded(header)).\(encoded(claims))"
    }

    private func isActive(_ unsigned: String, _ signature: [UInt8]) throws -> Bool {
        let text = String(decoding: Base64URL.encode(signature.span), as: UTF8.self)
        return try fixture.introspect("client_id=app&token=\(unsigned).\(text)").content != nil
    }

    private func key(_ algorithm: SignatureAlgorithm) throws -> SigningKey {
        let material = try #require(keys.first { $0.algorithm == algorithm })
        return try SigningKey(pkcs8: material.pkcs8, for: algorithm)
    }

    @Test func `every pair of a key and another algorithm is refused`() throws {
        for signer in SigningKeys.algorithms {
            for keyID in SigningKeys.algorithms {
                for named in SigningKeys.algorithms {
                    let text = Self.unsigned(algorithm: named.rawValue, keyID: keyID.rawValue)
                    let signature = try KeySigner(key(signer)).signature(over: Array(text.utf8))
                    let isRight = signer == keyID && keyID == named
                    #expect(
                        try isActive(text, signature) == isRight,
                        "\(signer) as \(named) of \(keyID)"
                    )
                }
            }
        }
    }

    @Test func `an RSA key signs by its own padding alone`() throws {
        // The same key, and a signature that is right by the algorithm that the header names.
        let material = try #require(keys.first { $0.algorithm == .rs256 })
        let text = Self.unsigned(algorithm: "PS256", keyID: "RS256")
        let signer = KeySigner(try SigningKey(pkcs8: material.pkcs8, for: .ps256))
        #expect(try !isActive(text, signer.signature(over: Array(text.utf8))))
    }

    @Test func `none, and a MAC with the public key as its secret, are refused`() throws {
        for algorithm in SigningKeys.algorithms {
            for named in ["none", "None", "NONE", ""] {
                #expect(
                    try !isActive(Self.unsigned(algorithm: named, keyID: algorithm.rawValue), [])
                )
            }
            let jwk = SigningKeys(keys.filter { $0.algorithm == algorithm })
                .jwks(now: noon, tokenLifetimeMax: 600)
            let set = try JSONWebKeySet(jwk.span)
            let published = try #require(set.keys.first)
            let text = Self.unsigned(algorithm: "HS256", keyID: algorithm.rawValue)
            for secret in [published.subjectPublicKeyInfo, jwk] {
                let mac = try MessageAuthentication.code(
                    over: Array(text.utf8),
                    key: secret,
                    by: .hs256
                )
                #expect(try !isActive(text, mac))
            }
        }
    }
}
