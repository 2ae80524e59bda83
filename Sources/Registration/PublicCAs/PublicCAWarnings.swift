// SPDX-License-Identifier: Apache-2.0
package import Storage

/// Warnings of public CAs that somebody registers: they stop issuing certificates for clients.
extension KnownPublicCAs {
    /// A warning for each of `caCertificates` that is a public CA.
    ///
    /// `trustSet` is the set that has them; nil for those of a client's own.
    package func warnings(
        of caCertificates: [CertificateRecord],
        trustSet: String? = nil
    ) -> [RegistrationText] {
        let exception: RegistrationText =
            trustSet.map { "\(to: .allowServerAuth(trustSet: $0)) accepts those for a time." }
            ?? "A trust set can accept those for a time; a client's own CAs cannot."
        return found(in: caCertificates).map { found in
            "\(PrintableText.escaped(found.subject)) is a public CA: \(found.reason). Public CAs"
                + " stop issuing certificates for clients: renewed ones are for servers only"
                + " (serverAuth), and are refused. " + exception
                + " See \(Self.page), and \(to: .listClientsOfPublicCAs) for the clients"
                + " concerned."
        }
    }

    /// The same of the CAs of a trust set, by what this machine takes for public CAs; blocks.
    ///
    /// None of the CAs of a trust domain: public ones have no business there, and are not asked.
    package static func warnings(of set: TrustSetRecord) -> [RegistrationText] {
        guard set.spiffe == nil else { return [] }
        return warnings(CertificateRegistration.records(of: set), trustSet: set.name)
    }

    /// The same of the CAs under which `change` registers a client: its own, or those of its trust
    /// set in `store`.
    package static func warnings(
        of change: ClientChange,
        in store: some RegistrationStore
    ) throws(StoreError) -> [RegistrationText] {
        guard let name = change.trustSet else { return warnings(change.caCertificates) }
        return try store.trustSet(name).map { warnings(of: $0) } ?? []
    }

    /// Reads what the machine has only where there is something to compare with it.
    private static func warnings(
        _ caCertificates: [CertificateRecord],
        trustSet: String? = nil
    ) -> [RegistrationText] {
        caCertificates.isEmpty ? [] : machine().warnings(of: caCertificates, trustSet: trustSet)
    }
}
