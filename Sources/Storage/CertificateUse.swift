// SPDX-License-Identifier: Apache-2.0
/// A store of certificate usage: when each client's certificates authenticated it.
///
/// No decision depends on it: usage is in no change log, and has no author. Calls block.
package protocol CertificateUseStore: Sendable {
    /// Records when certificates authenticated their clients, in one transaction.
    ///
    /// The first time stays, the last one moves forward only. Certificates that are not registered
    /// any more are left out.
    func recordRegisteredUses(_ uses: [RegisteredCertificateUse]) throws(StoreError)

    /// Records the certificates that clients were accepted with, in one transaction; the latest of
    /// each stays.
    ///
    /// Uses of clients that are not registered any more are left out.
    func recordTrustedUses(_ uses: [TrustedCertificateUse]) throws(StoreError)

    /// Records when SPIFFE IDs authenticated their clients, in one transaction.
    ///
    /// The first time stays, the last one moves forward only. Of a client's IDs the last used
    /// `SPIFFEIDUse.countMax` are kept; those of clients that are not registered any more are left
    /// out.
    func recordSPIFFEIDUses(_ uses: [SPIFFEIDUse]) throws(StoreError)
}

/// When a SPIFFE ID authenticated its client, by whichever certificates.
public struct SPIFFEIDUse: Sendable, Equatable {
    /// The `client_id`.
    public var client: String
    /// The SPIFFE ID.
    public var spiffeID: String
    /// Epoch seconds of the first time.
    public var firstSeen: Int64
    /// Epoch seconds of the last time so far.
    public var lastSeen: Int64

    /// IDs that are kept for a client: a pattern stands for any number of workloads.
    public static let countMax = 10_000

    /// A use from its parts.
    public init(client: String, spiffeID: String, firstSeen: Int64, lastSeen: Int64) {
        self.client = client
        self.spiffeID = spiffeID
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
    }
}

/// When a registered certificate authenticated its client.
public struct RegisteredCertificateUse: Sendable, Equatable {
    /// The `client_id`.
    public var client: String
    /// The SHA-256 of the certificate, 32 bytes.
    public var thumbprint: [UInt8]
    /// Epoch seconds of the first time.
    public var firstSeen: Int64
    /// Epoch seconds of the last time so far.
    public var lastSeen: Int64

    /// A use from its parts.
    public init(client: String, thumbprint: [UInt8], firstSeen: Int64, lastSeen: Int64) {
        self.client = client
        self.thumbprint = thumbprint
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
    }
}

/// The certificate that a client of `tls_client_auth` was last accepted with.
///
/// Such a certificate is not registered, so that this is the only record of it.
public struct TrustedCertificateUse: Sendable, Equatable {
    /// The `client_id`.
    public var client: String
    /// The SHA-256 of the certificate, 32 bytes.
    public var thumbprint: [UInt8]
    /// The SHA-256 of the trust anchor that its path led to, 32 bytes.
    public var anchor: [UInt8]
    /// Epoch seconds of the last moment at which it is valid.
    public var notAfter: Int64
    /// Whether its extended key usage is for servers only.
    public var isForServersOnly: Bool
    /// Epoch seconds of the last time so far.
    public var lastSeen: Int64

    /// A use from its parts.
    public init(
        client: String,
        thumbprint: [UInt8],
        anchor: [UInt8],
        notAfter: Int64,
        isForServersOnly: Bool,
        lastSeen: Int64
    ) {
        self.client = client
        self.thumbprint = thumbprint
        self.anchor = anchor
        self.notAfter = notAfter
        self.isForServersOnly = isForServersOnly
        self.lastSeen = lastSeen
    }
}
