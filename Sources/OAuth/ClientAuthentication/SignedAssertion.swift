// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Text

/// A client assertion (RFC 7523 §2.2, §3): parsed first, to look up its client, then verified with
/// that client's registered keys or secret.
struct SignedAssertion: Sendable {
    /// The only supported `client_assertion_type`.
    private static let type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    // Header types of client assertions: other JWTs that a client signs are none (RFC 8725 §3.11).
    // The last name is that of RFC 7523's revision.
    private static let headerTypes = ["jwt", "application/jwt", "client-authentication+jwt"]

    /// The client that the assertion names; not verified.
    let clientID: [UInt8]
    private let jws: CompactJWS

    /// Parses the parameters of a request; `clientID` is the request's `client_id`, if any.
    static func read(
        _ assertion: Span<UInt8>,
        type: [UInt8]?,
        clientID: [UInt8]?
    ) throws(OAuthError) -> SignedAssertion {
        guard let type, type.elementsEqual(Self.type.utf8) else {
            throw .invalidClient(.assertionType)
        }
        let jws: CompactJWS
        do throws(CompactJWS.ParseError) {
            jws = try CompactJWS(assertion)
        } catch {
            throw .invalidClient(error.check)
        }
        if let type = jws.type {
            guard headerTypes.contains(type.lowercased()) else {
                throw .invalidClient(.assertionTyp)
            }
        }
        // RFC 7523 §3: both are the client, which is the issuer here.
        guard let subject = jws.claims["sub"]?.text, !subject.isEmpty else {
            throw .invalidClient(.assertionSub)
        }
        guard let issuer = jws.claims["iss"]?.text, issuer.isSameBytes(as: subject) else {
            throw .invalidClient(.assertionIss)
        }
        // RFC 7521 §4.2: the parameter is optional, and must name the same client.
        if let clientID, !clientID.elementsEqual(subject.utf8) {
            throw .invalidClient(.clientIDMismatch)
        }
        return SignedAssertion(clientID: Array(subject.utf8), jws: jws)
    }

    private init(clientID: [UInt8], jws: CompactJWS) {
        self.clientID = clientID
        self.jws = jws
    }

    /// Verifies with public keys (`private_key_jwt`), by one of `algorithms`.
    ///
    /// `algorithms` are those that the server allows, or of these the one that the client is
    /// registered for. Claims are checked first: they cost less than a signature.
    func verify(
        by keys: JSONWebKeySet,
        _ algorithms: [SignatureAlgorithm],
        _ policy: AssertionPolicy,
        prepared: inout PreparedKeys,
        digester: Digester,
        now: Int64
    ) throws(AssertionError) -> VerifiedAssertion {
        // Algorithm confusion: `none` and HMAC are not among the algorithms of public keys, so a
        // public key is never used as a secret.
        guard let algorithm = SignatureAlgorithm(rawValue: jws.algorithm),
            algorithms.contains(algorithm)
        else { throw AssertionError(.assertionAlg, isVerified: false) }
        let claims = try checkClaims(policy, now: now)
        guard let candidates = keys.candidates(keyID: jws.keyID, algorithm) else {
            throw .lackingKey(.assertionKidAmbiguous, isVerified: false)
        }
        guard !candidates.isEmpty else {
            throw .lackingKey(.assertionKid, isVerified: false)
        }
        guard let signer = jws.signer(among: candidates, algorithm, &prepared) else {
            throw .lackingKey(.assertionSignature)
        }
        let proof = AssertionProof.key(signer.digest, algorithm)
        return VerifiedAssertion(clientID: clientID, claims, proof, digester: digester)
    }

    /// Verifies with the client's secret (`client_secret_jwt`), by one of `algorithms`.
    ///
    /// `kid` is ignored: there is one secret.
    func verify(
        bySecret secret: [UInt8],
        _ algorithms: [MessageAuthenticationAlgorithm],
        _ policy: AssertionPolicy,
        digester: Digester,
        now: Int64
    ) throws(AssertionError) -> VerifiedAssertion {
        guard let algorithm = MessageAuthenticationAlgorithm(rawValue: jws.algorithm),
            algorithms.contains(algorithm)
        else { throw AssertionError(.assertionAlg, isVerified: false) }
        // RFC 7518 §3.2: the secret must be at least as long as the MAC.
        guard secret.count >= algorithm.byteCount else {
            throw AssertionError(.assertionSecretShort, isVerified: false)
        }
        let claims = try checkClaims(policy, now: now)
        let isRight = MessageAuthentication.verifies(
            jws.signature,
            over: jws.signingInput,
            key: secret,
            by: algorithm
        )
        guard isRight else { throw AssertionError(.assertionSignature) }
        return VerifiedAssertion(clientID: clientID, claims, .secret(algorithm), digester: digester)
    }

    /// Dummy verification: costs as much as verifying with one key, or with a secret.
    func spendVerification(
        _ algorithms: [SignatureAlgorithm],
        _ policy: AssertionPolicy,
        prepared: inout PreparedKeys,
        digester: Digester,
        now: Int64
    ) {
        if let algorithm = SignatureAlgorithm(rawValue: jws.algorithm) {
            guard algorithms.contains(algorithm),
                (try? checkClaims(policy, now: now)) != nil,
                let key = DummyVerification.key(for: algorithm)
            else { return }
            _ = jws.signer(among: [key], algorithm, &prepared)
        } else {
            _ = try? verify(
                bySecret: DummyVerification.secret,
                MessageAuthenticationAlgorithm.allCases,
                policy,
                digester: digester,
                now: now
            )
        }
    }

    // MARK: claims

    private func checkClaims(
        _ policy: AssertionPolicy,
        now: Int64
    ) throws(AssertionError) -> AssertionClaims {
        guard policy.accepts(jws.claims["aud"]) else { throw AssertionError(.assertionAud) }
        let expiresAt = try checkTimes(now: now)
        guard let identifier = jws.claims["jti"]?.text, !identifier.isEmpty,
            identifier.utf8.count <= AssertionPolicy.identifierBytesMax
        else { throw AssertionError(.assertionJti) }
        return AssertionClaims(
            identifier: identifier,
            acceptedUntil: expiresAt + AssertionPolicy.clockSkew.behind
        )
    }

    /// Returns `exp`, which is always close to `now`.
    private func checkTimes(now: Int64) throws(AssertionError) -> Int64 {
        let skew = AssertionPolicy.clockSkew
        guard let expiresAt = jws.claims["exp"]?.seconds else {
            throw AssertionError(.assertionExpMissing)
        }
        // Compared without overflow: a claim can be any 64-bit number.
        guard !skew.hasEnded(expiresAt, now: now) else { throw AssertionError(.assertionExpired) }
        // The client's clock sets both ends of the lifetime, so the skew counts here too.
        guard skew.hasBegun(expiresAt, now: now + AssertionPolicy.lifetimeMax) else {
            throw AssertionError(.assertionExpFar)
        }
        for name in ["iat", "nbf"] {
            guard let claim = jws.claims[name] else { continue }
            guard let time = claim.seconds, skew.hasBegun(time, now: now) else {
                throw AssertionError(.assertionEarly)
            }
        }
        return expiresAt
    }
}

/// The validated claims of an assertion.
struct AssertionClaims {
    /// `jti`.
    let identifier: String
    /// When the assertion expires, in seconds since 1970.
    let acceptedUntil: Int64
}

/// Why an assertion of a known client does not authenticate it.
struct AssertionError: Error {
    let check: Check
    /// Whether only a key is missing: a newer one at the client's `jwks_uri` may verify the
    /// assertion.
    let lacksKey: Bool
    /// Whether claims or a signature were checked; otherwise the refusal was cheaper than others,
    /// and a dummy verification has to make up for it.
    let isVerified: Bool

    init(_ check: Check, isVerified: Bool = true, lacksKey: Bool = false) {
        self.check = check
        self.isVerified = isVerified
        self.lacksKey = lacksKey
    }

    static func lackingKey(_ check: Check, isVerified: Bool = true) -> AssertionError {
        AssertionError(check, isVerified: isVerified, lacksKey: true)
    }
}
