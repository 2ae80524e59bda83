internal import Cryptography
internal import HTTP

/// Decides who the client is: once for each request, against the current registry.
struct ClientAuthentication: ~Copyable {
    private let digester: Digester
    private var verdicts = ChainVerdictCache()

    init(digester: Digester) {
        self.digester = digester
    }

    /// The authenticated client; throws `invalid_client`, or `invalid_request` for more than one
    /// mechanism.
    mutating func authenticate(
        _ form: borrowing FormFields,
        _ authorization: AuthorizationHeader,
        _ peer: some Peer,
        _ registry: Registry,
        now: Int64
    ) throws(OAuthError) -> Client {
        // The hot path: a certificate client names itself in the body and presents nothing else.
        if case .none = authorization, let id = form.range(of: .clientID),
            form.range(of: .clientSecret) == nil, form.range(of: .clientAssertion) == nil,
            form.range(of: .clientAssertionType) == nil,
            let client = registry.clients.client(form.bytes.span.extracting(id)),
            client.policy.method == .selfSignedTLS
        {
            guard client.isEnabled else { throw .invalidClient("client-disabled") }
            guard let thumbprint = peer.thumbprint else {
                throw .invalidClient("certificate-missing")
            }
            // RFC 8705 §2.2: the certificate itself is what is registered; its chain proves
            // nothing.
            guard client.accepts(thumbprint, now: now) else {
                throw .invalidClient("certificate-not-registered")
            }
            return client
        }
        let presented = try PresentedCredentials.read(form, authorization)
        let client = registry.clients.client(presented.clientID.span)
        try check(presented, client, peer, now: now)
        guard let client else { throw .invalidClient("client-unknown") }
        guard client.isEnabled else { throw .invalidClient("client-disabled") }
        return client
    }

    // RFC 7591 §2: the method is part of the registration; what another method would accept counts
    // for nothing.
    private mutating func check(
        _ presented: PresentedCredentials,
        _ client: Client?,
        _ peer: some Peer,
        now: Int64
    ) throws(OAuthError) {
        switch presented.mechanism {
        case .basic(let secret):
            try checkSecret(secret, of: client, registeredAs: .secretBasic)
        case .body(let secret):
            try checkSecret(secret, of: client, registeredAs: .secretPost)
        case .assertion:
            throw .invalidClient("assertion-not-registered")
        case .none:
            guard let client else { throw .invalidClient("client-unknown") }
            try checkCertificate(of: client, peer, now: now)
        }
    }

    private func checkSecret(
        _ secret: [UInt8],
        of client: Client?,
        registeredAs method: ClientAuthenticationMethod
    ) throws(OAuthError) {
        // The digest is taken whether or not there is a client, so that the time tells nothing.
        let matches = (client?.secret ?? Self.nobody).matches(secret.span, digester: digester)
        guard let client else { throw .invalidClient("client-unknown") }
        guard client.policy.method == method else { throw .invalidClient("method-not-registered") }
        guard client.secret != nil, matches else { throw .invalidClient("secret-wrong") }
    }

    private static let nobody = ClientSecretHash(of: [UInt8](repeating: 0, count: 43).span)

    private mutating func checkCertificate(
        of client: Client,
        _ peer: some Peer,
        now: Int64
    ) throws(OAuthError) {
        guard client.policy.method.usesCertificate else {
            throw .invalidClient("method-not-registered")
        }
        guard let thumbprint = peer.thumbprint else { throw .invalidClient("certificate-missing") }
        if client.policy.method == .selfSignedTLS {
            guard client.accepts(thumbprint, now: now) else {
                throw .invalidClient("certificate-not-registered")
            }
            return
        }
        guard let trust = client.trust else { throw .invalidClient("trust-missing") }
        if let reason = verdicts.refusal(of: thumbprint, under: trust, peer, now: now) {
            throw .invalidClient(reason)
        }
    }
}
