// SPDX-License-Identifier: Apache-2.0
internal import Registration
internal import Storage

/// Warnings of public CAs among those of a declaration, of each trust set once.
struct DeclaredCAs {
    private var machine: KnownPublicCAs?
    private var trustSets: Set<String> = []

    /// Warnings of a declared trust set; blocks for the first one.
    mutating func warnings(of set: TrustSetRecord) -> [String] {
        trustSets.insert(set.name)
        guard set.spiffe == nil else { return [] }
        return warnings(CertificateRegistration.records(of: set), set.name)
    }

    /// Warnings of a client's own CAs, or of its trust set where that is registered and no other
    /// client has named it.
    mutating func warnings(
        of client: ClientRecord,
        in reader: any RegistrationReader
    ) throws(StoreError) -> [String] {
        guard let name = client.trustSet else { return warnings(client.caCertificates, nil) }
        guard !trustSets.contains(name), let set = try reader.trustSet(name) else { return [] }
        return warnings(of: set)
    }

    private mutating func warnings(
        _ certificates: [CertificateRecord],
        _ trustSet: String?
    ) -> [String] {
        guard !certificates.isEmpty else { return [] }
        let known = machine ?? KnownPublicCAs.machine()
        machine = known
        return known.warnings(of: certificates, trustSet: trustSet).map {
            $0.text(MemberVocabulary())
        }
    }
}
