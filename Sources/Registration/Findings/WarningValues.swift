// SPDX-License-Identifier: Apache-2.0
package import Storage
package import Text

extension [RegistrationWarning] {
    /// The warnings for programs: the member and the problem of each, as findings have them.
    package var value: JSONValue {
        .array(
            map { warning in
                let about = warning.about.map { "\(PrintableText.escaped($0)): " } ?? ""
                return .object([
                    "member": .string(warning.field.rawValue),
                    "problem": .string(about + warning.text),
                ])
            }
        )
    }
}

extension KnownPublicCAs {
    /// Warnings of the public CAs under which a client is registered: its own, or those of its
    /// trust set in `store`; blocks.
    package static func warnings(
        of client: ClientRecord,
        in store: some RegistrationStore
    ) throws(StoreError) -> [RegistrationWarning] {
        var change = ClientChange()
        (change.trustSet, change.caCertificates) = (client.trustSet, client.caCertificates)
        let field: RegistrationField = client.trustSet == nil ? .caCertificates : .trustSet
        return try warnings(of: change, in: store).map { $0.warning(field) }
    }

    /// The same of a trust set; blocks.
    package static func publicCAs(of set: TrustSetRecord) -> [RegistrationWarning] {
        warnings(of: set).map { $0.warning(.caCertificates) }
    }
}

extension RegistrationText {
    fileprivate func warning(_ field: RegistrationField) -> RegistrationWarning {
        RegistrationWarning(field, text(MemberVocabulary()))
    }
}
