// SPDX-License-Identifier: Apache-2.0
public import Cryptography

/// Whether a listener asks its peers for a certificate.
public enum ClientCertificateMode: String, Sendable, CaseIterable {
    /// Asks, and completes the handshake with any certificate or none, as long as possession of the
    /// key is proven.
    case want
    /// Refuses a peer without a certificate in the handshake.
    case need
    /// Does not ask.
    case none
}

/// How a client may resume a session instead of a full handshake.
public enum ResumptionMode: Sendable {
    /// Encrypted tickets that the client keeps, under keys that all reactors share.
    case tickets
    /// Sessions in memory, shared by all reactors.
    case store(SessionStore)
    /// Not at all.
    case off
}

/// Certificates for clients that ask for one of these names (RFC 6066 §3).
public struct NamedIdentities: Sendable {
    /// Hosts, or `*.` and a domain, in lower case.
    public let names: [String]
    /// The server's certificates under these names; one for each kind of key.
    public let identities: [ServerIdentity]

    /// Names with their certificates; a name may stand in one such group of a configuration only.
    public init(names: [String], identities: [ServerIdentity]) {
        self.names = names
        self.identities = identities
    }
}

/// The cipher suites of TLS 1.2; those of TLS 1.3 are fixed.
public enum CipherPolicy: Sendable {
    /// RFC 9325 §4.2: forward secrecy and authenticated encryption only.
    ///
    /// FAPI 2.0 Security Profile §5.2.2 wants no less.
    case recommended
    /// Of the four that FAPI 1.0 Advanced §8.5 permits, the two that RFC 9325 §4.2 recommends.
    ///
    /// The other two are DHE, which RFC 9325 §4.1 advises against: a client cannot choose the
    /// group, and all clients of the four know ECDHE. All four need an RSA certificate.
    case fapi1
}

/// A listener's TLS settings, as plain values from which every reactor builds its own context.
public struct TLSConfiguration: Sendable {
    /// The server's certificates; one for each kind of key (RSA and ECDSA side by side).
    public var identities: [ServerIdentity]
    /// Other certificates, for clients that ask for a name; everything else is the same for them.
    public var named: [NamedIdentities]
    /// Which suites TLS 1.2 may use.
    public var ciphers: CipherPolicy
    /// Whether peers are asked for a certificate.
    public var clientCertificate: ClientCertificateMode
    /// The versions that are spoken.
    public var versions: ClosedRange<TLSVersion>
    /// The groups of the key exchange, the preferred one first.
    ///
    /// A client's key share for any of them is taken before another group is asked for.
    public var groups: [TLSGroup]
    /// How a client may resume a session.
    public var resumption: ResumptionMode
    /// Seconds for which a session may be resumed.
    public var sessionLifetime: Int
    /// The session id context (SSL_CTX_set_session_id_context): a digest of the listener and its
    /// trust policy.
    ///
    /// A session of another context is not resumed.
    public var sessionContext: Digest256

    /// A configuration from its parts; nothing is checked before a context is built.
    public init(
        identities: [ServerIdentity],
        named: [NamedIdentities] = [],
        ciphers: CipherPolicy = .recommended,
        clientCertificate: ClientCertificateMode,
        versions: ClosedRange<TLSVersion>,
        groups: [TLSGroup] = TLSGroup.known,
        resumption: ResumptionMode,
        sessionLifetime: Int,
        sessionContext: Digest256
    ) {
        self.identities = identities
        self.named = named
        self.ciphers = ciphers
        self.clientCertificate = clientCertificate
        self.versions = versions
        self.groups = groups
        self.resumption = resumption
        self.sessionLifetime = sessionLifetime
        self.sessionContext = sessionContext
    }
}
