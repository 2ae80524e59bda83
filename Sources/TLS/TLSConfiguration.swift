public import Cryptography

/// Whether a listener asks its peers for a certificate.
public enum ClientCertificateMode: String, Sendable, CaseIterable {
    /// Asks, and completes the handshake whatever comes, as long as possession of the key is
    /// proven.
    case want
    /// Refuses a peer without a certificate in the handshake.
    case need
    /// Does not ask.
    case none
}

/// How a client may come back without a full handshake.
public enum ResumptionMode: Sendable {
    /// Encrypted tickets that the client keeps, under keys that all reactors share.
    case tickets
    /// Sessions in memory, shared by all reactors.
    case store(SessionStore)
    /// Not at all.
    case off
}

/// What a listener's TLS is, as plain values that every reactor can build its own context from.
public struct TLSConfiguration: Sendable {
    /// The server's certificates; one for each kind of key (RSA and ECDSA side by side).
    public var identities: [ServerIdentity]
    /// Whether peers are asked for a certificate.
    public var clientCertificate: ClientCertificateMode
    /// Whether TLS 1.2 is spoken besides TLS 1.3.
    public var allowsTLS12: Bool
    /// How a client may come back.
    public var resumption: ResumptionMode
    /// Seconds for which a session may be resumed.
    public var sessionLifetime: Int
    /// What ties sessions to this listener and its trust policy: a session of another context is
    /// not resumed.
    public var sessionContext: Digest256

    /// A configuration from its parts; nothing is checked before a context is built.
    public init(
        identities: [ServerIdentity],
        clientCertificate: ClientCertificateMode,
        allowsTLS12: Bool,
        resumption: ResumptionMode,
        sessionLifetime: Int,
        sessionContext: Digest256
    ) {
        self.identities = identities
        self.clientCertificate = clientCertificate
        self.allowsTLS12 = allowsTLS12
        self.resumption = resumption
        self.sessionLifetime = sessionLifetime
        self.sessionContext = sessionContext
    }
}
