// SPDX-License-Identifier: Apache-2.0
/// The names of the fields in which a proxy forwards client certificates.
public struct ClientCertificateFieldNames: Sendable, Hashable {
    /// The client's certificate.
    public let certificate: FieldName
    /// The other certificates that the client sent.
    public let chain: FieldName?
    /// The proxy's verification result; nil when it is not used.
    public let verification: FieldName?
    /// Whether the client has sent a certificate at all.
    public let presence: FieldName?
    /// Whether the certificate is revoked.
    public let revocation: FieldName?

    /// The fields of a proxy with other names for them; nil if two of them are equal, or aliases of
    /// each other.
    public init?(
        certificate: FieldName,
        chain: FieldName? = nil,
        verification: FieldName? = nil,
        presence: FieldName? = nil,
        revocation: FieldName? = nil
    ) {
        self.certificate = certificate
        self.chain = chain
        self.verification = verification
        self.presence = presence
        self.revocation = revocation
        let all = self.all
        for (index, name) in all.enumerated() where all[..<index].contains(where: name.isAlias) {
            return nil
        }
    }

    /// The usual fields of a format.
    init(
        known certificate: String,
        chain: String? = nil,
        verification: String? = nil,
        presence: String? = nil,
        revocation: String? = nil
    ) {
        self.certificate = FieldName(known: certificate)
        self.chain = chain.map(FieldName.init(known:))
        self.verification = verification.map(FieldName.init(known:))
        self.presence = presence.map(FieldName.init(known:))
        self.revocation = revocation.map(FieldName.init(known:))
    }

    /// Every name that is there.
    public var all: [FieldName] {
        [certificate, chain, verification, presence, revocation].compactMap(\.self)
    }

    /// Whether these names include a field for everything that `other` names.
    func covers(_ other: ClientCertificateFieldNames) -> Bool {
        (chain != nil || other.chain == nil) && (verification != nil || other.verification == nil)
            && (presence != nil || other.presence == nil)
            && (revocation != nil || other.revocation == nil)
    }
}

/// The positions of a proxy's field values in a request; nil for a field that is missing or empty.
struct ClientCertificateValues {
    var certificate: Range<Int>?
    var chain: Range<Int>?
    var verification: Range<Int>?
    var presence: Range<Int>?
    var revocation: Range<Int>?
    /// Whether a verification result is expected.
    var expectsVerification = false
}
