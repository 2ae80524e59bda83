// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Text

/// A client assertion (RFC 7523 §2.2, §3): read first, so that its client can be looked up, then
/// verified by what that client is registered with.
struct SignedAssertion: Sendable {
    /// `client_assertion_type` of the one kind that there is.
    private static let type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    // Other kinds of JWTs that a client signs are no assertions (RFC 8725 §3.11). The last name is
    // that of RFC 7523's revision.
    private static let headerTypes = ["jwt", "application/jwt", "client-authentication+jwt"]

    /// Who made it by its own account; not verified.
    let clientID: [UInt8]
    private let jws: CompactJWS

    /// Takes the parameters of a request apart; `clientID` is the request's `client_id`, if any.
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
            throw .invalidClient(check(error))
        }
        if let type = jws.type {
            guard headerTypes.contains(type.lowercased()) else {
                throw .invalidClient(.assertionTyp)
            }
        }
        // RFC 7523 §3: both are the client, which speaks for itself here.
        guard let subject = jws.claims["sub"]?.text, !subject.isEmpty else {
            throw .invalidClient(.assertionSub)
        }
        guard let issuer = jws.claims["iss"]?.text, issuer.utf8.elementsEqual(subject.utf8) else {
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

    private static func check(_ fault: CompactJWS.ParseError) -> Check {
        switch fault {
        case .tooLong: .assertionSize
        case .notThreeParts: .assertionParts
        case .notBase64URL: .assertionBase64URL
        case .headerMalformed: .assertionHeader
        case .algorithmMissing: .assertionAlgMissing
        case .critical: .assertionCrit
        case .claimsMalformed: .assertionClaims
        }
    }

    /// Verifies by public keys (`private_key_jwt`), with one of `algorithms`.
    ///
    /// `algorithms` are those that the server allows, or of these the one that the client is
    /// registered for. The claims come first: they cost less than a signature.
    func verify(
        by keys: JSONWebKeySet,
        _ algorithms: [SignatureAlgorithm],
        _ policy: AssertionPolicy,
        prepared: inout PreparedKeys,
        digester: Digester,
        now: Int64
    ) throws(AssertionError) -> VerifiedAssertion {
        // `none` and HMAC have no name among the algorithms of public keys: a public key can never
        // be taken for a secret.
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

    /// Verifies by the client's secret (`client_secret_jwt`), with one of `algorithms`.
    ///
    /// `kid` says nothing here: there is one secret.
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
        // RFC 7518 §3.2: a secret that is shorter than the code can be guessed in less.
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

    /// Costs what verifying by one key, or by a secret, does; nothing follows from it.
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

    /// Returns `exp`, which is never far from `now`.
    private func checkTimes(now: Int64) throws(AssertionError) -> Int64 {
        let skew = AssertionPolicy.clockSkew
        guard let expiresAt = jws.claims["exp"]?.seconds else {
            throw AssertionError(.assertionExpMissing)
        }
        // Sums of bounded numbers only: a claim can be any number there is.
        guard !skew.hasEnded(expiresAt, now: now) else { throw AssertionError(.assertionExpired) }
        // A life that begins by the client's clock ends by the client's clock.
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

/// What is kept of an assertion's claims, which are right.
struct AssertionClaims {
    /// `jti`.
    let identifier: String
    /// When it is refused for its age, in seconds since 1970.
    let acceptedUntil: Int64
}

/// Why an assertion of a known client does not authenticate it.
struct AssertionError: Error {
    let check: Check
    /// Whether a key is all that it lacks: one that is newer than the client's may verify it.
    let lacksKey: Bool
    /// Whether claims or a signature were what it was refused for; else neither was looked at to
    /// the end, and the refusal has cost less than others do.
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
