// SPDX-License-Identifier: Apache-2.0
internal import Registration
internal import Storage

/// Warnings of public CAs that somebody registers, with the commands that help.
enum PublicAuthorityWords {
    /// Those of `authorities` that are public CAs; for a client's own unless `trustSet` has them.
    static func warn(of authorities: [CertificateRecord], trustSet: String? = nil) {
        guard !authorities.isEmpty else { return }
        for found in KnownPublicAuthorities.machine().found(in: authorities) {
            Output.warn(sentence(found, trustSet: trustSet))
        }
    }

    /// The public CAs in a trust set.
    static func warn(of set: TrustSetRecord) {
        warn(of: CertificateRegistration.records(of: set), trustSet: set.name)
    }

    /// What a client is registered under, where that was said.
    static func warn(
        own: [CertificateRecord],
        trustSet: String?,
        in store: any RegistrationStore
    ) throws {
        guard let trustSet else { return warn(of: own) }
        if let set = try store.trustSet(trustSet) { warn(of: set) }
    }

    static func sentence(_ found: KnownPublicAuthorities.Found, trustSet: String?) -> String {
        let bridge =
            trustSet.map {
                "`handfast trust-set update \($0) --allow-server-auth-until YYYY-MM-DD`"
                    + " accepts those for a time."
            } ?? "A trust set can accept those for a time; a client's own CAs cannot."
        return "\(Output.printable(found.subject)) is a public CA: \(found.reason)."
            + " Public CAs stop issuing certificates for clients: renewed ones are for"
            + " servers only (serverAuth), and are refused. \(bridge) See"
            + " \(KnownPublicAuthorities.page), and"
            + " `handfast certificate cliff` for the clients concerned."
    }
}
