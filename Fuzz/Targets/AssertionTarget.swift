// SPDX-License-Identifier: Apache-2.0
internal import Text

@testable import Cryptography
@testable import OAuth

/// The first byte chooses: 0 for a whole assertion; else lines with its header, its claims and,
/// from 2 on, its signature, which with 1 is the right one under `Fixtures.secret`.
///
/// Promises: an assertion is written in one way; it is accepted only with a signature that its
/// client has made, and with the claims that RFC 7523 wants.
enum AssertionTarget {
    private static let type = Array("urn:ietf:params:oauth:client-assertion-type:jwt-bearer".utf8)
    private static let endpoint = "\(Fixtures.issuer)/oauth2/token"
    private static let policies = [
        AssertionPolicy(issuer: Fixtures.issuer, audience: .issuerAlone),
        AssertionPolicy(
            issuer: Fixtures.issuer,
            audience: .issuerOrEndpoints([endpoint])
        ),
    ]

    static func test(_ input: [UInt8]) {
        guard let choice = input.first, let keys = KnownClients.keySet else { return }
        let isCoded = choice % 3 == 1
        let text = choice % 3 == 0 ? Array(input.dropFirst()) : assembled(input, isCoded)
        guard let jws = try? CompactJWS(text.span) else { return }
        let again = jws.signingInput + [UInt8(ascii: ".")] + Base64URL.encode(jws.signature.span)
        claim(again == text, "an assertion is written in one way")
        guard let read = try? SignedAssertion.read(text.span, type: type, clientID: nil) else {
            return
        }
        claim(jws.claims["sub"]?.text.map { Array($0.utf8) } == read.clientID, "`sub` names it")
        let other = read.clientID + [0x78]
        let forOther = try? SignedAssertion.read(text.span, type: type, clientID: other)
        claim(forOther == nil, "`client_id` must name the same client")
        let isKnown = [Fixtures.keyAssertion, Fixtures.codeAssertion].contains(text)
        let digester = Digester()
        for policy in policies {
            var prepared = PreparedKeys()
            let byKey = try? read.verify(
                by: keys,
                SignatureAlgorithm.allCases,
                policy,
                prepared: &prepared,
                digester: digester,
                now: Fixtures.now
            )
            claim(byKey == nil || isKnown, "the key's owner has signed it")
            let bySecret = try? read.verify(
                bySecret: Fixtures.secret,
                MessageAuthenticationAlgorithm.allCases,
                policy,
                digester: digester,
                now: Fixtures.now
            )
            claim(bySecret == nil || isKnown || isCoded, "who knows the secret has coded it")
            if let bySecret { check(bySecret, jws, policy) }
        }
    }

    /// The claims, judged a second time and in another way.
    private static func check(
        _ verified: VerifiedAssertion,
        _ jws: CompactJWS,
        _ policy: AssertionPolicy
    ) {
        let texts = jws.claims["aud"]?.texts ?? []
        let isMeant = texts.contains { $0 == policy.issuer || $0 == endpoint }
        claim(isMeant, "it is addressed to this server")
        if policy.audience == .issuerAlone { claim(texts.count == 1, "and to nobody else") }
        let (now, end) = (Double(Fixtures.now), jws.claims["exp"]?.number ?? 0)
        claim(end >= now - 11, "it has not expired")
        claim(end <= now + 3_661, "it does not live for long")
        for name in ["iat", "nbf"] where jws.claims[name] != nil {
            let time = jws.claims[name]?.number ?? .infinity
            claim(time <= now + 61, "it is not from the future")
        }
        let identifier = jws.claims["jti"]?.text?.utf8.count ?? 0
        claim((1...256).contains(identifier), "it has a name")
        claim(verified.acceptedUntil >= Fixtures.now, "it is remembered for a while")
        claim(["HS256", "HS384", "HS512"].contains(jws.algorithm), "it has a code")
    }

    private static func assembled(_ input: [UInt8], _ isCoded: Bool) -> [UInt8] {
        let parts = lines(input.dropFirst(), countMax: 3)
        let (header, claims) = (parts[0], parts.count > 1 ? parts[1] : [])
        var text = Base64URL.encode(header.span) + [UInt8(ascii: ".")]
        text += Base64URL.encode(claims.span)
        var signature = parts.count > 2 ? parts[2] : []
        if isCoded {
            let name = JSONValue(header.span)?["alg"]?.text ?? ""
            let algorithm = MessageAuthenticationAlgorithm(rawValue: name) ?? .hs256
            let key = Fixtures.secret
            let code = try? MessageAuthentication.code(over: text, key: key, by: algorithm)
            signature = code ?? []
        }
        return text + [UInt8(ascii: ".")] + Base64URL.encode(signature.span)
    }
}

extension JSONValue {
    fileprivate var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let text): Double(text)
        default: nil
        }
    }
}
