// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Network
internal import OAuth
internal import Reactor

/// A connection as HTTP/1.1 and the endpoints see it: its requests, and the identity of its peer.
///
/// `Connection` adds the socket to the same object: a second one would be an allocation more for
/// each connection.
class HTTP1Session: Peer {
    /// Names the connection to other threads.
    let token: Token
    let listener: Int
    let address: PeerAddress
    /// The PROXY protocol header that the connection begins with; nil where it has none.
    let proxyHeader: ProxyProtocolReader?

    /// Set once, when the handshake completes; requests are decided by it and the registry of their
    /// time.
    private var provenThumbprint: Digest256?

    // Small values behind an optional digest, whose padding they fill.

    /// Whether a proxy ends TLS here: the connection's own certificate is then no client's.
    final var isTerminatedByProxy = false
    /// Whether the log says already that this peer sends certificate fields, which are not trusted.
    final var hasLoggedIgnoredFields = false
    /// Whether it has had an answer and was kept.
    private(set) final var isKeptAlive = false

    /// The digest of the peer's public key, where that can make it a trusted proxy.
    private(set) final var proxyKey: Digest256?
    /// When the use of its certificate was last recorded, in seconds since 1970.
    final var usageRecordedAt: Int64 = 0

    /// Its requests as bytes: `unread` has the beginning of one, or pipelined ones behind a slow
    /// one.
    ///
    /// HTTP1 alone changes it.
    #if !DEBUG
        @safe @exclusivity(unchecked)
    #endif
    final var framing = RequestFraming()
    /// When its last answer was written, in monotonic milliseconds; nil once it is known that the
    /// peer has taken it.
    private(set) final var answeredAt: UInt64?
    /// The current request, or the last one.
    final var exchange = Exchange()
    /// The part that load targets alone have.
    final var target: TargetSession?

    init(token: Token, listener: Int, address: PeerAddress, awaitsProxyHeader: Bool) {
        self.token = token
        self.listener = listener
        self.address = address
        proxyHeader = awaitsProxyHeader ? ProxyProtocolReader() : nil
    }

    /// Sets the peer's identity when the handshake is complete.
    ///
    /// `key` is the digest of the peer's public key, where that can make it a trusted proxy.
    final func identify(_ thumbprint: Digest256?, proxyKey key: Digest256?) {
        provenThumbprint = thumbprint
        proxyKey = key
    }

    /// Whether the first byte of a request has come that has no answer yet.
    final var isInRequest: Bool { framing.requestStarted != nil }

    /// Whether received bytes have not been answered.
    final var hasUnread: Bool { !framing.unread.isEmpty }

    /// Notes an answer that was written, after which the connection is kept.
    final func noteAnswered(at milliseconds: UInt64) {
        isKeptAlive = true
        answeredAt = milliseconds
    }

    /// Notes that the kernel reports the last answer as received by the peer.
    final func noteAnswerTaken() {
        answeredAt = nil
    }

    // MARK: the peer

    /// The client's address, from the PROXY protocol header where there is one.
    final var peerAddress: InternetAddress { proxyHeader?.source ?? address.address }

    /// The address of a request's user; nil behind a proxy that does not tell it.
    final var userAddress: InternetAddress? {
        isTerminatedByProxy ? proxyHeader?.source : peerAddress
    }

    /// The address that failed client authentication is charged to, from the PROXY protocol header
    /// where there is one; nil over a Unix socket, where all peers would have one address.
    final var chargedAddress: InternetAddress? {
        proxyHeader?.source ?? (address.isLocal ? nil : address.address)
    }

    /// The client's address with its port, from the PROXY protocol header where there is one.
    final var client: PeerAddress {
        guard let header = proxyHeader, let source = header.source else { return address }
        return PeerAddress(source, port: header.port)
    }

    /// The peer as logs name it.
    final var peer: String { proxyHeader?.source?.description ?? address.description }

    final var thumbprint: Digest256? {
        isTerminatedByProxy ? exchange.forwarded?.thumbprint : provenThumbprint
    }

    /// The client's own certificate in DER; nil without one.
    final var leaf: [UInt8]? {
        isTerminatedByProxy ? exchange.forwarded?.certificates.first : sentLeaf()
    }

    final func certificates() -> [[UInt8]] {
        isTerminatedByProxy ? exchange.forwarded?.certificates ?? [] : sentCertificates()
    }

    final var proxyVerification: ProxyVerification { exchange.forwarded?.verification ?? .passed }

    /// The certificates that the peer sent in its handshake; the transport overrides this.
    func sentCertificates() -> [[UInt8]] { [] }

    /// The first of them; the transport overrides this, because the others cost a copy each.
    func sentLeaf() -> [UInt8]? { sentCertificates().first }
}
