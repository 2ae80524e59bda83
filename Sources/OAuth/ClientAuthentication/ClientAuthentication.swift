// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP

/// Decides who the client is: once for each request, against the current registry.
struct ClientAuthentication: ~Copyable {
    private let digester: Digester
    private var verdicts = ChainVerdictCache()
    private var prepared = PreparedKeys()
    private let replays: any ReplayMemory
    private var audiences: AssertionAudiences
    /// Whom the request that was last looked at names, for the log; not verified.
    private(set) var presentedID: [UInt8] = []
    /// The client that was refused for want of a key which its `jwks_uri` may have by now.
    private(set) var clientWithOldKeys: Client?
    /// The assertion that the last request was authenticated by.
    private(set) var assertionUse: AssertionUse?
    /// What was against the certificate of the request that was last looked at, its names at least,
    /// unless the client is known by its thumbprint; for the log.
    private(set) var refusedTrust: TrustJudgement?

    init(digester: Digester, replays: any ReplayMemory, audiences: AssertionAudiences) {
        self.digester = digester
        self.replays = replays
        self.audiences = audiences
    }

    /// Forgets the request before.
    mutating func forgetPresentedID() {
        presentedID.removeAll(keepingCapacity: true)
        if clientWithOldKeys != nil { clientWithOldKeys = nil }
        if assertionUse != nil { assertionUse = nil }
        if refusedTrust != nil { refusedTrust = nil }
    }

    private mutating func noteOldKeys(_ client: Client) {
        if client.isEnabled, client.policy.hasRemoteKeys { clientWithOldKeys = client }
    }

    /// Takes over whom assertions may be addressed to.
    mutating func use(_ audiences: AssertionAudiences) {
        self.audiences = audiences
    }

    /// The authenticated client; throws `invalid_client`, or `invalid_request` for more than one
    /// mechanism.
    mutating func authenticate(
        _ form: borrowing FormFields,
        _ authorization: AuthorizationHeader,
        _ peer: some Peer,
        _ registry: Registry,
        _ profile: EndpointProfile,
        now: Int64
    ) throws(OAuthError) -> Client {
        let client = try identify(form, authorization, peer, registry, profile, now: now)
        guard profile.methods.contains(client.policy.method) else {
            throw .invalidClient(.methodSwitchedOff)
        }
        return client
    }

    private mutating func identify(
        _ form: borrowing FormFields,
        _ authorization: AuthorizationHeader,
        _ peer: some Peer,
        _ registry: Registry,
        _ profile: EndpointProfile,
        now: Int64
    ) throws(OAuthError) -> Client {
        // The hot path: a certificate client names itself in the body and presents nothing else.
        if case .none = authorization, let id = form.range(of: .clientID),
            form.range(of: .clientSecret) == nil, form.range(of: .clientAssertion) == nil,
            form.range(of: .clientAssertionType) == nil,
            let client = registry.clients.client(form.bytes.span.extracting(id)),
            client.policy.method == .selfSignedTLS
        {
            try checkCertificate(of: client, peer, registry, now: now)
            return client
        }
        let presented = try PresentedCredentials.read(form, authorization)
        presentedID = presented.clientID
        if case .assertion(let assertion) = presented.mechanism {
            return try check(assertion, registry, profile, now: now)
        }
        let client = registry.clients.client(presented.clientID.span)
        try check(presented, client, peer, registry, now: now)
        guard let client else { throw .invalidClient(.clientUnknown) }
        guard client.isEnabled else { throw .invalidClient(.clientDisabled) }
        return client
    }

    // RFC 7591 §2: the method is part of the registration; what another method would accept counts
    // for nothing.
    private mutating func check(
        _ presented: PresentedCredentials,
        _ client: Client?,
        _ peer: some Peer,
        _ registry: Registry,
        now: Int64
    ) throws(OAuthError) {
        switch presented.mechanism {
        case .basic(let secret):
            try checkSecret(secret, of: client, registeredAs: .secretBasic)
        case .body(let secret):
            try checkSecret(secret, of: client, registeredAs: .secretPost)
        case .assertion:
            // `identify` has taken it.
            throw .invalidClient(.assertionNotRegistered)
        case .none:
            guard let client else {
                spend(readingCertificateOf: peer)
                throw .invalidClient(.clientUnknown)
            }
            // RFC 6749 §2.1: it only names itself; what it may do is the grant's matter.
            if client.isEnabled, client.policy.method == .publicClient { return }
            try checkCertificate(of: client, peer, registry, now: now)
        }
    }

    private mutating func check(
        _ assertion: SignedAssertion,
        _ registry: Registry,
        _ profile: EndpointProfile,
        now: Int64
    ) throws(OAuthError) -> Client {
        guard let client = registry.clients.client(assertion.clientID.span) else {
            spend(verifying: assertion, profile, now: now)
            throw .invalidClient(.clientUnknown)
        }
        let verified: VerifiedAssertion
        do throws(OAuthError) {
            switch client.policy.method {
            case .privateKeyJWT: verified = try checkKey(assertion, client, profile, now: now)
            case .secretJWT: verified = try checkCode(assertion, client, profile, now: now)
            default: throw .invalidClient(.assertionNotRegistered)
            }
        } catch {
            if !error.check.cameOfVerifying { spend(verifying: assertion, profile, now: now) }
            throw client.isEnabled ? error : .invalidClient(.clientDisabled)
        }
        // After the verification, so that the time does not tell that it would be disabled.
        guard client.isEnabled else { throw .invalidClient(.clientDisabled) }
        // At a door that refuses the method nothing is used up.
        guard profile.methods.contains(client.policy.method) else {
            throw .invalidClient(.methodSwitchedOff)
        }
        try verified.use(replays, now: now)
        assertionUse = AssertionUse(
            client: client,
            identity: verified.identity,
            until: verified.rememberedUntil
        )
        return client
    }

    private mutating func checkKey(
        _ assertion: SignedAssertion,
        _ client: Client,
        _ profile: EndpointProfile,
        now: Int64
    ) throws(OAuthError) -> VerifiedAssertion {
        guard let registered = client.assertion, let keys = registered.keys else {
            // Keys that were never fetched.
            noteOldKeys(client)
            throw .invalidClient(
                client.policy.hasRemoteKeys ? .keysNotFetched : .assertionNotRegistered
            )
        }
        let allowed = profile.algorithms.filter {
            registered.algorithm == nil || registered.algorithm == $0.rawValue
        }
        do throws(OAuthError) {
            return try assertion.verify(
                by: keys,
                allowed,
                audiences.policy(wantsIssuerAlone: profile.wantsIssuerAlone),
                prepared: &prepared,
                digester: digester,
                now: now
            )
        } catch {
            // A key that was replaced under its old name shows in the signature.
            if error.check.isAboutKeys { noteOldKeys(client) }
            throw error
        }
    }

    private func checkCode(
        _ assertion: SignedAssertion,
        _ client: Client,
        _ profile: EndpointProfile,
        now: Int64
    ) throws(OAuthError) -> VerifiedAssertion {
        guard let registered = client.assertion, let secret = registered.secret else {
            throw .invalidClient(.assertionNotRegistered)
        }
        let allowed = MessageAuthenticationAlgorithm.allCases.filter {
            registered.algorithm == nil || registered.algorithm == $0.rawValue
        }
        return try assertion.verify(
            bySecret: secret,
            allowed,
            audiences.policy(wantsIssuerAlone: profile.wantsIssuerAlone),
            digester: digester,
            now: now
        )
    }

    private func checkSecret(
        _ secret: [UInt8],
        of client: Client?,
        registeredAs method: ClientAuthenticationMethod
    ) throws(OAuthError) {
        // The digest is taken whether or not there is a client, so that the time tells nothing.
        let matches = (client?.secret ?? Self.nobody).matches(secret.span, digester: digester)
        guard let client else { throw .invalidClient(.clientUnknown) }
        guard client.policy.method == method else { throw .invalidClient(.methodNotRegistered) }
        guard client.secret != nil, matches else { throw .invalidClient(.secretWrong) }
    }

    private static let nobody = ClientSecretHash(of: [UInt8](repeating: 0, count: 43).span)

    private mutating func checkCertificate(
        of client: Client,
        _ peer: some Peer,
        _ registry: Registry,
        now: Int64
    ) throws(OAuthError) {
        let finding = judge(client, peer, registry, now: now)
        if client.isEnabled, finding.error == nil { return }
        // A refusal costs the same whoever is named, and whatever it is refused for.
        if !finding.hasReadCertificate { spend(readingCertificateOf: peer) }
        guard client.isEnabled, let error = finding.error else {
            throw .invalidClient(.clientDisabled)
        }
        throw error
    }

    /// What a look at the peer's certificate found.
    private struct Finding {
        /// Why it does not authenticate the client; nil where it does.
        let error: OAuthError?
        /// Whether the certificate itself was read, and not only its thumbprint.
        let hasReadCertificate: Bool

        init(_ error: OAuthError? = nil, hasReadCertificate: Bool = false) {
            self.error = error
            self.hasReadCertificate = hasReadCertificate
        }

        init(refusal check: Check) {
            self.init(.invalidClient(check))
        }
    }

    private mutating func judge(
        _ client: Client,
        _ peer: some Peer,
        _ registry: Registry,
        now: Int64
    ) -> Finding {
        let method = client.policy.method
        guard method.usesCertificate else { return Finding(refusal: .methodNotRegistered) }
        guard let thumbprint = peer.thumbprint else {
            return Finding(refusal: .certificateMissing)
        }
        switch peer.objection {
        case .none: break
        case .unknownAuthority where method == .selfSignedTLS: break
        case .unknownAuthority, .refused: return Finding(refusal: .proxyObjection)
        }
        if method == .selfSignedTLS {
            // RFC 8705 §2.2: the certificate itself is what is registered; its chain proves
            // nothing.
            switch client.standing(of: thumbprint, now: now) {
            case .accepted: return Finding()
            case .notRegistered:
                noteOldKeys(client)
                return Finding(refusal: .certificateNotRegistered)
            case .notYetValid: return Finding(refusal: .certificateNotYetValid)
            case .expired: return Finding(refusal: .certificateExpired)
            }
        }
        guard let trust = client.trust, let verifier = trust.verifier(in: registry) else {
            return Finding(refusal: .trustMissing)
        }
        // Asked only of those that are refused anyway: others pay no second look-up.
        let isRead =
            !client.isEnabled && verdicts.accepted(thumbprint, under: trust, verifier) == nil
        let refused = verdicts.refusal(of: thumbprint, under: trust, verifier, peer, now: now)
        guard let refused else { return Finding(hasReadCertificate: isRead) }
        refusedTrust = refused
        let error = OAuthError.invalidClient(
            refused.refusal ?? .chainRefused,
            explanation: refused.explanation
        )
        return Finding(error, hasReadCertificate: true)
    }

    // MARK: what a refusal costs

    /// Does the work that a certificate of a known client costs.
    ///
    /// The log is told the certificate's names then too: making them takes time.
    private mutating func spend(readingCertificateOf peer: some Peer) {
        guard let thumbprint = peer.thumbprint,
            let read = DummyVerification.readCertificate(of: peer, proven: thumbprint)
        else { return }
        refusedTrust = .otherSubject(read)
    }

    /// Does the work that an assertion of a known client costs.
    private mutating func spend(
        verifying assertion: SignedAssertion,
        _ profile: EndpointProfile,
        now: Int64
    ) {
        assertion.verifyForNobody(
            profile.algorithms,
            audiences.policy(wantsIssuerAlone: profile.wantsIssuerAlone),
            prepared: &prepared,
            digester: digester,
            now: now
        )
    }

    /// The certificate with this thumbprint, if this client was lately accepted with it under its
    /// trust; two look-ups.
    func accepted(
        _ thumbprint: Digest256,
        of clientID: Span<UInt8>,
        _ registry: Registry
    ) -> AcceptedCertificate? {
        guard let trust = registry.clients.client(clientID)?.trust,
            let verifier = trust.verifier(in: registry)
        else { return nil }
        return verdicts.accepted(thumbprint, under: trust, verifier)
    }
}

/// Whom assertions may be addressed to, in both of the ways that a profile may want.
public struct AssertionAudiences: Sendable {
    private let anyOfOurs: AssertionPolicy
    private let issuerAlone: AssertionPolicy

    /// `endpoints` are URLs of ours that older clients name in place of the issuer.
    public init(issuer: String, endpoints: [String]) {
        anyOfOurs = AssertionPolicy(
            issuer: issuer,
            audience: .issuerOrEndpoints(endpoints)
        )
        issuerAlone = AssertionPolicy(issuer: issuer, audience: .issuerAlone)
    }

    func policy(wantsIssuerAlone: Bool) -> AssertionPolicy {
        wantsIssuerAlone ? issuerAlone : anyOfOurs
    }
}
