// SPDX-License-Identifier: Apache-2.0
/// The fields that a proxy tells of client certificates in.
public struct ClientCertificateFieldNames: Sendable, Hashable {
    /// The client's certificate.
    public let certificate: FieldName
    /// What else the client sent.
    public let chain: FieldName?
    /// What the proxy made of it; nil when it is not asked.
    public let verdict: FieldName?
    /// Whether the client has sent a certificate at all.
    public let presence: FieldName?
    /// Whether the certificate is revoked.
    public let revocation: FieldName?

    /// The fields of a proxy that has other names for them; nil if two of them are one, or would be
    /// taken for one.
    public init?(
        certificate: FieldName,
        chain: FieldName? = nil,
        verdict: FieldName? = nil,
        presence: FieldName? = nil,
        revocation: FieldName? = nil
    ) {
        self.certificate = certificate
        self.chain = chain
        self.verdict = verdict
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
        verdict: String? = nil,
        presence: String? = nil,
        revocation: String? = nil
    ) {
        self.certificate = FieldName(known: certificate)
        self.chain = chain.map(FieldName.init(known:))
        self.verdict = verdict.map(FieldName.init(known:))
        self.presence = presence.map(FieldName.init(known:))
        self.revocation = revocation.map(FieldName.init(known:))
    }

    /// Every name that is there.
    public var all: [FieldName] {
        [certificate, chain, verdict, presence, revocation].compactMap(\.self)
    }

    /// Whether `other` asks for nothing that these do not have.
    func covers(_ other: ClientCertificateFieldNames) -> Bool {
        (chain != nil || other.chain == nil) && (verdict != nil || other.verdict == nil)
            && (presence != nil || other.presence == nil)
            && (revocation != nil || other.revocation == nil)
    }
}

/// Where the values of a proxy's fields stand in a request; nil for what is not there, or empty.
struct ClientCertificateValues {
    var certificate: Range<Int>?
    var chain: Range<Int>?
    var verdict: Range<Int>?
    var presence: Range<Int>?
    var revocation: Range<Int>?
    /// Whether a verdict was asked for.
    var expectsVerdict = false
}
