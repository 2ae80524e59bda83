// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP

/// Authenticates the client of a request, against the current registry.
struct ClientAuthentication: ~Copyable {
    private let digester: Digester
    private var chainResults = ChainResultCache()
    private var prepared = PreparedKeys()
    private let replays: any ReplayMemory
    private var audiences: AssertionAudiences

    init(digester: Digester, replays: any ReplayMemory, audiences: AssertionAudiences) {
        self.digester = digester
        self.replays = replays
        self.audiences = audiences
    }

    /// Replaces the accepted audiences of assertions.
    mutating func use(_ audiences: AssertionAudiences) {
        self.audiences = audiences
    }

    /// The authenticated client; throws `invalid_client`, or `invalid_request` for more than one
    /// mechanism.
    mutating func authenticate(
        _ form: borrowing FormFields,
        _ authorization: AuthorizationHeader,
        _ peer: some Peer,
        _ context: DecisionContext
    ) throws(AuthenticationError) -> AuthenticatedClient {
        var silent = SilentObserver()
        return try authenticate(form, authorization, peer, context, &silent)
    }

    /// As above; the observer receives each step.
    @inline(__always)
    mutating func authenticate(
        _ form: borrowing FormFields,
        _ authorization: AuthorizationHeader,
        _ peer: some Peer,
        _ context: DecisionContext,
        _ observer: inout some AuthenticationObserver
    ) throws(AuthenticationError) -> AuthenticatedClient {
        let found: AuthenticatedClient
        // The hot path: a certificate client names itself in the body and presents nothing else.
        if case .none = authorization, let id = form.range(of: .clientID),
            form.range(of: .clientSecret) == nil, form.range(of: .clientAssertion) == nil,
            form.range(of: .clientAssertionType) == nil,
            let client = context.registry.clients.client(form.bytes.span.extracting(id)),
            client.policy.method == .selfSignedTLS
        {
            observer.note(.client, isPassed: true)
            _ = try checkCertificate(of: client, nil, peer, context, &observer)
            found = AuthenticatedClient(client: client)
        } else {
            found = try identify(form, authorization, peer, context, &observer)
        }
        // Checked before the assertion is used up: the listener may not allow the method.
        guard context.profile.methods.contains(found.client.policy.method) else {
            throw AuthenticationError(.methodSwitchedOff, of: found.client)
        }
        // Checked early, so that a repeated assertion causes no work; it is used up with the
        // answer.
        if let assertion = found.assertion, replays.isUsed(assertion.digest, now: context.now) {
            throw AuthenticationError(.assertionRepeated, of: found.client)
        }
        return found
    }

    private mutating func identify(
        _ form: borrowing FormFields,
        _ authorization: AuthorizationHeader,
        _ peer: some Peer,
        _ context: DecisionContext,
        _ observer: inout some AuthenticationObserver
    ) throws(AuthenticationError) -> AuthenticatedClient {
        let presented: PresentedCredentials
        do throws(OAuthError) {
            presented = try PresentedCredentials.read(form, authorization)
        } catch {
            throw AuthenticationError(error, .inForm)
        }
        let clients = context.registry.clients
        var named: [UInt8]?
        var client = clients.client(presented.clientID.span)
        if client == nil, case .none = presented.mechanism, clients.hasSPIFFEIDs,
            context.profile.methods.contains(.spiffeX509), SPIFFEID.begins(presented.clientID)
        {
            // draft-ietf-oauth-spiffe-client-auth-02 §3.2: the certificate's SPIFFE ID is named.
            client = clients.client(spiffeID: presented.clientID.span)
            named = presented.clientID
        }
        observer.note(.client, isPassed: client != nil)
        guard let client else { throw unknown(presented, peer, context) }
        // RFC 7591 §2: the method is part of the registration; credentials of another method do not
        // count.
        var assertion: VerifiedAssertion?
        var spiffeID: ClientID?
        switch presented.mechanism {
        case .basic(let secret):
            try checkSecret(secret, of: client, registeredAs: .secretBasic, &observer)
        case .body(let secret):
            try checkSecret(secret, of: client, registeredAs: .secretPost, &observer)
        case .assertion(let signed):
            assertion = try check(signed, of: client, context, &observer)
        case .none:
            // RFC 6749 §2.1: a public client only names itself; the grant limits its permissions.
            let isNamedOnly = client.isEnabled && client.policy.method == .publicClient
            guard isNamedOnly else {
                spiffeID = try checkCertificate(of: client, named, peer, context, &observer)
                break
            }
            observer.note(.enabled, isPassed: true)
            observer.note(.method, isPassed: true)
        }
        return AuthenticatedClient(client: client, assertion: assertion, spiffeID: spiffeID)
    }

    // MARK: secrets

    private func checkSecret(
        _ secret: [UInt8],
        of client: Client,
        registeredAs method: ClientAuthenticationMethod,
        _ observer: inout some AuthenticationObserver
    ) throws(AuthenticationError) {
        let hash = client.secret ?? Self.dummySecretHash
        let matches = hash.matches(secret.span, digester: digester) && client.secret != nil
        let isRegistered = client.policy.method == method
        observer.note(.method, isPassed: isRegistered)
        guard isRegistered else { throw AuthenticationError(.methodNotRegistered, of: client) }
        observer.note(.credential, isPassed: matches)
        guard matches else { throw AuthenticationError(.secretWrong, of: client) }
        observer.note(.enabled, isPassed: client.isEnabled)
        guard client.isEnabled else { throw AuthenticationError(.clientDisabled, of: client) }
    }

    private static let dummySecretHash = ClientSecretHash(of: [UInt8](repeating: 0, count: 43).span)

    // MARK: assertions

    private mutating func check(
        _ assertion: SignedAssertion,
        of client: Client,
        _ context: DecisionContext,
        _ observer: inout some AuthenticationObserver
    ) throws(AuthenticationError) -> VerifiedAssertion {
        let verified: VerifiedAssertion
        do throws(AssertionError) {
            switch client.policy.method {
            case .privateKeyJWT: verified = try checkKey(assertion, client, context)
            case .secretJWT: verified = try checkCode(assertion, client, context)
            default: throw AssertionError(.assertionNotRegistered, isVerified: false)
            }
        } catch {
            if !error.isVerified { spend(verifying: assertion, context) }
            observer.note(.enabled, isPassed: client.isEnabled)
            guard client.isEnabled else { throw AuthenticationError(.clientDisabled, of: client) }
            let isRegistered = client.policy.method.usesAssertion
            observer.note(isRegistered ? .credential : .method, isPassed: false)
            throw AuthenticationError(error.check, of: client, lacksKey: error.lacksKey)
        }
        // After the verification, so that timing does not reveal a disabled client.
        observer.note(.enabled, isPassed: client.isEnabled)
        guard client.isEnabled else { throw AuthenticationError(.clientDisabled, of: client) }
        observer.note(.method, isPassed: true)
        observer.note(.credential, isPassed: true)
        return verified
    }

    private mutating func checkKey(
        _ assertion: SignedAssertion,
        _ client: Client,
        _ context: DecisionContext
    ) throws(AssertionError) -> VerifiedAssertion {
        guard let registered = client.assertion, let keys = registered.keys else {
            throw client.policy.hasRemoteKeys
                ? .lackingKey(.keysNotFetched, isVerified: false)
                : AssertionError(.assertionNotRegistered, isVerified: false)
        }
        let profile = context.profile
        let allowed = profile.algorithms.filter {
            registered.algorithm == nil || registered.algorithm == $0.rawValue
        }
        return try assertion.verify(
            by: keys,
            allowed,
            audiences.policy(wantsIssuerAlone: profile.wantsIssuerAlone),
            prepared: &prepared,
            digester: digester,
            now: context.now
        )
    }

    private func checkCode(
        _ assertion: SignedAssertion,
        _ client: Client,
        _ context: DecisionContext
    ) throws(AssertionError) -> VerifiedAssertion {
        guard let registered = client.assertion, let secret = registered.secret else {
            throw AssertionError(.assertionNotRegistered, isVerified: false)
        }
        let allowed = MessageAuthenticationAlgorithm.allCases.filter {
            registered.algorithm == nil || registered.algorithm == $0.rawValue
        }
        return try assertion.verify(
            bySecret: secret,
            allowed,
            audiences.policy(wantsIssuerAlone: context.profile.wantsIssuerAlone),
            digester: digester,
            now: context.now
        )
    }

    // MARK: certificates

    /// Throws unless the peer's certificate authenticates the client; its SPIFFE ID, for
    /// `spiffe_x509`.
    ///
    /// `named` is the SPIFFE ID that the request names in place of the `client_id`: the
    /// certificate's must be this one.
    @inline(__always)
    mutating func checkCertificate(
        of client: Client,
        _ named: [UInt8]?,
        _ peer: some Peer,
        _ context: DecisionContext,
        _ observer: inout some AuthenticationObserver
    ) throws(AuthenticationError) -> ClientID? {
        // Read once: the emergency switch may be set at any time.
        let isEnabled = client.isEnabled
        observer.note(.enabled, isPassed: isEnabled)
        let finding = check(client, named, peer, context, isEnabled: isEnabled, &observer)
        if isEnabled, finding.check == nil { return finding.spiffeID }
        throw failure(of: client, finding, peer, isEnabled: isEnabled)
    }

    // Constant cost: a refusal takes as long for every client and every reason.
    private func failure(
        of client: Client,
        _ finding: CertificateResult,
        _ peer: some Peer,
        isEnabled: Bool
    ) -> AuthenticationError {
        var certificateCheck = finding.certificateCheck
        // The log gets the certificate's names then too, because making them takes time.
        if !finding.hasReadCertificate {
            certificateCheck = DummyVerification.certificateCheck(of: peer)
        }
        guard isEnabled, let check = finding.check else {
            return AuthenticationError(
                .clientDisabled,
                of: client,
                certificateCheck: certificateCheck
            )
        }
        return AuthenticationError(
            check,
            of: client,
            certificateCheck: certificateCheck,
            lacksKey: check == .certificateNotRegistered
        )
    }

    @inline(__always)
    private mutating func check(
        _ client: Client,
        _ named: [UInt8]?,
        _ peer: some Peer,
        _ context: DecisionContext,
        isEnabled: Bool,
        _ observer: inout some AuthenticationObserver
    ) -> CertificateResult {
        let method = client.policy.method
        observer.note(.method, isPassed: method.usesCertificate)
        guard method.usesCertificate else { return CertificateResult(check: .methodNotRegistered) }
        let first: AuthenticationStep =
            switch method {
            case .selfSignedTLS: .registered
            case .spiffeX509: .svid
            default: .subject
            }
        guard let thumbprint = peer.thumbprint else {
            observer.note(first, isPassed: false)
            return CertificateResult(check: .certificateMissing)
        }
        switch peer.proxyVerification {
        case .passed: break
        case .unknownCA where method == .selfSignedTLS: break
        case .unknownCA, .failed:
            observer.note(first, isPassed: false)
            return CertificateResult(check: .proxyObjection)
        }
        if method == .selfSignedTLS {
            // RFC 8705 §2.2: the certificate itself is registered; its chain proves nothing.
            let result = client.selfSignedCheck(of: thumbprint, now: context.now)
            observer.note(.registered, isPassed: result != .notRegistered)
            observer.note(.validity, isPassed: result == .accepted)
            return CertificateResult(check: result.failedCheck)
        }
        return check(client, named, thumbprint, peer, context, isEnabled: isEnabled, &observer)
    }

    private mutating func check(
        _ client: Client,
        _ named: [UInt8]?,
        _ thumbprint: Digest256,
        _ peer: some Peer,
        _ context: DecisionContext,
        isEnabled: Bool,
        _ observer: inout some AuthenticationObserver
    ) -> CertificateResult {
        let isSPIFFE = client.policy.method == .spiffeX509
        guard let trust = client.trust, (trust.pattern != nil) == isSPIFFE,
            let verifier = trust.verifier(in: context.registry)
        else {
            observer.note(isSPIFFE ? .bundle : .subject, isPassed: false)
            return CertificateResult(check: .trustMissing)
        }
        if isSPIFFE {
            // Each time, also of a certificate that was accepted before: fails closed.
            let isFresh =
                trust.trustDomain(in: context.registry)?.freshness.isFresh(at: context.now) ?? false
            observer.note(.bundle, isPassed: isFresh)
            guard isFresh else { return CertificateResult(check: .bundleStale) }
        }
        // Looked up only for disabled clients: others pay no second look-up.
        let isRead = !isEnabled && chainResults.accepted(thumbprint, under: trust, verifier) == nil
        let outcome = chainResults.check(
            of: thumbprint,
            under: trust,
            verifier,
            peer,
            now: context.now,
            &observer
        )
        switch outcome {
        case .accepted(let certificate):
            guard named == nil || named == certificate.spiffeID?.bytes else {
                observer.note(.subject, isPassed: false)
                return CertificateResult(check: .spiffeIDMismatch, hasReadCertificate: isRead)
            }
            return CertificateResult(hasReadCertificate: isRead, spiffeID: certificate.spiffeID)
        case .refused(let refused):
            return CertificateResult(
                check: refused.failedCheck ?? .chainRefused,
                certificateCheck: BoxedCertificateCheck(refused),
                hasReadCertificate: true
            )
        }
    }

    // MARK: what a refusal costs

    /// The refusal of an unknown client, after the work that a known one would cost.
    private mutating func unknown(
        _ presented: PresentedCredentials,
        _ peer: some Peer,
        _ context: DecisionContext
    ) -> AuthenticationError {
        var certificateCheck: BoxedCertificateCheck?
        switch presented.mechanism {
        case .basic(let secret), .body(let secret):
            _ = Self.dummySecretHash.matches(secret.span, digester: digester)
        case .assertion(let assertion): spend(verifying: assertion, context)
        case .none: certificateCheck = DummyVerification.certificateCheck(of: peer)
        }
        return AuthenticationError(
            .invalidClient(.clientUnknown),
            .id(presented.clientID),
            certificateCheck: certificateCheck
        )
    }

    /// Does the work that an assertion of a known client costs (`DummyVerification`).
    private mutating func spend(verifying assertion: SignedAssertion, _ context: DecisionContext) {
        let profile = context.profile
        assertion.spendVerification(
            profile.algorithms,
            audiences.policy(wantsIssuerAlone: profile.wantsIssuerAlone),
            prepared: &prepared,
            digester: digester,
            now: context.now
        )
    }

    /// The cached certificate of the client that is named, and the client; two look-ups.
    func accepted(
        _ thumbprint: Digest256,
        of clientID: Span<UInt8>,
        _ registry: Registry
    ) -> (client: Client, certificate: AcceptedCertificate)? {
        let clients = registry.clients
        guard let client = clients.client(clientID) ?? clients.client(spiffeID: clientID),
            let trust = client.trust, let verifier = trust.verifier(in: registry),
            let certificate = chainResults.accepted(thumbprint, under: trust, verifier)
        else { return nil }
        return (client, certificate)
    }
}
