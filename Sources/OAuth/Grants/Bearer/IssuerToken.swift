// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Text

/// How a JWT of a trusted issuer has to look for one use of it.
struct IssuerTokenRules: Sendable {
    /// The accepted `typ`s in lower case (RFC 7519 §5.1, RFC 8725 §3.11).
    let types: [String]
    /// Whether a JWT without `typ` is accepted.
    let allowsNoType: Bool
    /// Whether the issuer's longest lifetime counts.
    let boundsLifetime: Bool
    /// This server's issuer: the `aud` where the trusted issuer has no other.
    let ownIssuer: String
    /// The audiences of which a token to be exchanged has one at least; nil for the `aud` above.
    var clientAudiences: [String]?

    /// An assertion as an authorization grant (RFC 7523 §2.1).
    ///
    /// `authorization-grant+jwt` is the type of RFC 7523's revision. Access tokens (`at+jwt`) are
    /// none: a resource server that has one could present it here.
    static func grant(ownIssuer: String) -> IssuerTokenRules {
        IssuerTokenRules(
            types: ["jwt", "authorization-grant+jwt"],
            allowsNoType: true,
            boundsLifetime: true,
            ownIssuer: ownIssuer
        )
    }
}

/// Why a JWT does not count as one of a trusted issuer.
struct IssuerTokenError: Error {
    let check: Check
    /// The issuer whose keys at its `jwks_uri` may be newer, if the lack of a key was the reason.
    let issuerToRefetch: TrustedIssuer?
    /// Whether the issuer's keys are too old to go by, or were never fetched.
    let lacksKeys: Bool

    init(_ check: Check, lackingKeyOf issuer: TrustedIssuer? = nil, lacksKeys: Bool = false) {
        self.check = check
        self.lacksKeys = lacksKeys
        issuerToRefetch = issuer?.hasRemoteKeys == true ? issuer : nil
    }
}

/// A JWT of a trusted issuer whose signature and claims are valid (RFC 7523 §3); not checked for
/// replay.
///
/// An object, because most tokens follow from none.
public final class IssuerToken: Sendable {
    /// The issuer as it was registered at that moment.
    let issuer: TrustedIssuer
    /// The subject here: `NAME:sub`.
    let subject: [UInt8]
    /// All claims.
    let claims: JSONValue
    /// `exp`, in seconds since 1970.
    let expiresAt: Int64
    /// `iat`; nil where the JWT has none.
    let issuedAt: Int64?
    /// `jti`; nil where the JWT has none.
    let identifier: String?
    /// The key that verified it, and the algorithm.
    let proof: (key: Digest256, algorithm: SignatureAlgorithm)

    fileprivate init(
        _ issuer: TrustedIssuer,
        _ claims: JSONValue,
        _ checked: CheckedClaims,
        by key: Digest256,
        _ algorithm: SignatureAlgorithm
    ) {
        self.issuer = issuer
        self.claims = claims
        subject = issuer.subject(checked.subject)
        expiresAt = checked.expiresAt
        issuedAt = checked.issuedAt
        identifier = checked.identifier
        proof = (key, algorithm)
    }

    /// Whether the current registry takes it still: an issuer of this name and `iss`, with the key,
    /// which allows the client and the subject.
    func isCurrent(for client: Client, in registry: Registry, now: Int64) -> Bool {
        guard let current = registry.issuers.named(issuer.name),
            current.issuer == issuer.issuer, current.allows(client),
            current.algorithms.contains(proof.algorithm),
            current.allows(subject: subject),
            let keys = current.currentKeys(now: now)?.keys
        else { return false }
        return keys.contains { $0.digest == proof.key && $0.fits(proof.algorithm) }
    }
}

/// The claims of a JWT that were checked.
private struct CheckedClaims {
    let subject: String
    let expiresAt: Int64
    let issuedAt: Int64?
    let identifier: String?
}

extension CompactJWS {
    /// Verifies a JWT of one of the trusted issuers, presented by `client`.
    ///
    /// Claims are checked first: they cost less than a signature.
    func verify(
        by issuers: TrustedIssuers,
        _ rules: IssuerTokenRules,
        for client: Client,
        prepared: inout PreparedKeys,
        now: Int64
    ) throws(IssuerTokenError) -> IssuerToken {
        if let type {
            guard rules.types.contains(type.lowercased()) else {
                throw IssuerTokenError(.assertionTyp)
            }
        } else if !rules.allowsNoType {
            throw IssuerTokenError(.assertionTyp)
        }
        // An `iss` has one owner: a registered issuer never speaks for this server itself.
        guard let name = claims["iss"]?.text, !name.isSameBytes(as: rules.ownIssuer),
            let issuer = issuers.issuer(name)
        else { throw IssuerTokenError(.issuerUnknown) }
        guard issuer.allows(client) else { throw IssuerTokenError(.issuerClient) }
        // Algorithm confusion (RFC 8725 §3.1): `none` and HMAC are not among the algorithms of
        // public keys, and the issuer's own alone count.
        guard let algorithm = SignatureAlgorithm(rawValue: self.algorithm),
            issuer.algorithms.contains(algorithm)
        else { throw IssuerTokenError(.assertionAlg) }
        let checked = try checkClaims(of: issuer, rules, now: now)
        guard let keys = issuer.currentKeys(now: now) else {
            throw IssuerTokenError(.issuerKeys, lackingKeyOf: issuer, lacksKeys: true)
        }
        guard let candidates = keys.candidates(keyID: keyID, algorithm) else {
            throw IssuerTokenError(.assertionKidAmbiguous, lackingKeyOf: issuer)
        }
        guard !candidates.isEmpty else {
            throw IssuerTokenError(.assertionKid, lackingKeyOf: issuer)
        }
        // Without `kid` the key must be the only one: none is guessed.
        guard keyID != nil || candidates.count == 1 else {
            throw IssuerTokenError(.assertionKidAmbiguous, lackingKeyOf: issuer)
        }
        guard let signer = self.signer(among: candidates, algorithm, &prepared) else {
            throw IssuerTokenError(.assertionSignature, lackingKeyOf: issuer)
        }
        return IssuerToken(issuer, claims, checked, by: signer.digest, algorithm)
    }

    private func checkClaims(
        of issuer: TrustedIssuer,
        _ rules: IssuerTokenRules,
        now: Int64
    ) throws(IssuerTokenError) -> CheckedClaims {
        guard let audiences = claims["aud"]?.texts, rules.accept(audiences, of: issuer) else {
            throw IssuerTokenError(.assertionAud)
        }
        let (expiresAt, issuedAt) = try checkTimes(of: issuer, rules, now: now)
        guard let subject = claims["sub"]?.text,
            (1...TrustedIssuer.textBytesMax).contains(subject.utf8.count),
            subject.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
        else { throw IssuerTokenError(.assertionSub) }
        guard issuer.subjects?.matches(Array(subject.utf8)) ?? true else {
            throw IssuerTokenError(.issuerSubject)
        }
        var identifier: String?
        if let claim = claims["jti"] {
            guard let text = claim.text,
                (1...AssertionPolicy.identifierBytesMax).contains(text.utf8.count)
            else { throw IssuerTokenError(.assertionJti) }
            identifier = text
        }
        return CheckedClaims(
            subject: subject,
            expiresAt: expiresAt,
            issuedAt: issuedAt,
            identifier: identifier
        )
    }

    /// Returns `exp`, which is close to `now` where the lifetime is bounded, and `iat`.
    private func checkTimes(
        of issuer: TrustedIssuer,
        _ rules: IssuerTokenRules,
        now: Int64
    ) throws(IssuerTokenError) -> (expiresAt: Int64, issuedAt: Int64?) {
        let skew = AssertionPolicy.clockSkew
        guard let expiresAt = claims["exp"]?.seconds else {
            throw IssuerTokenError(.assertionExpMissing)
        }
        // Compared without overflow: a claim can be any 64-bit number.
        guard !skew.hasEnded(expiresAt, now: now) else { throw IssuerTokenError(.assertionExpired) }
        var times: [String: Int64] = [:]
        for name in ["iat", "nbf"] {
            guard let claim = claims[name] else { continue }
            guard let time = claim.seconds, skew.hasBegun(time, now: now) else {
                throw IssuerTokenError(.assertionEarly)
            }
            times[name] = time
        }
        guard rules.boundsLifetime else { return (expiresAt, times["iat"]) }
        guard skew.hasBegun(expiresAt, now: now + issuer.lifetimeMax) else {
            throw IssuerTokenError(.assertionExpFar)
        }
        if let issuedAt = times["iat"] {
            guard issuedAt >= expiresAt - issuer.lifetimeMax else {
                throw IssuerTokenError(.assertionExpFar)
            }
        } else if issuer.allowsReplay {
            // Without `iat` the lifetime is unknown, and only a short one may be repeated.
            throw IssuerTokenError(.assertionExpFar)
        }
        return (expiresAt, times["iat"])
    }
}
