// SPDX-License-Identifier: Apache-2.0
package import Storage

/// The relations of a registration to others: trust sets that it refers to, names that are free.
package enum ReferenceRules {
    /// The findings of `client`, in the place of `old`, among the clients and trust sets of
    /// `reader`.
    package static func findings(
        _ client: ClientRecord,
        instead old: ClientRecord?,
        in reader: any RegistrationReader
    ) throws(StoreError) -> [RegistrationFinding] {
        var findings: [RegistrationFinding] = []
        if old?.name != client.name {
            findings = try takenNames(client.clientID, client.name, in: reader)
        }
        if let name = client.trustSet,
            name != old?.trustSet || client.spiffeID != old?.spiffeID
        {
            if let set = try reader.trustSet(name) {
                findings += RegistrationFinding.unfitTrustSet(set, client).map { [$0] } ?? []
            } else if name != old?.trustSet {
                findings.append(.noTrustSet(name))
            }
        }
        if client.spiffeID != old?.spiffeID {
            findings += try takenSPIFFEID(client, in: reader).map { [$0] } ?? []
        }
        return findings
    }

    /// The finding that another client is registered for the SPIFFE ID, or the pattern, of
    /// `client`; not of one for which `isFree`.
    ///
    /// An ID and a pattern that stands for it are two.
    package static func takenSPIFFEID(
        _ client: ClientRecord,
        in reader: any RegistrationReader,
        isFree: (_ other: ClientSummary) -> Bool = { _ in false }
    ) throws(StoreError) -> RegistrationFinding? {
        guard let spiffeID = client.spiffeID else { return nil }
        let others = try reader.clients(spiffeID: spiffeID, limit: sharersMax)
        return others.first { $0.clientID != client.clientID && !isFree($0) }.map {
            .takenSPIFFEID(spiffeID, by: $0.clientID)
        }
    }

    /// The names of a client to which others answer: its name, and its `client_id`.
    ///
    /// A client for which `isFree` of the name does not answer to it much longer.
    package static func takenNames(
        _ clientID: String,
        _ name: String,
        in reader: any RegistrationReader,
        isFree: (_ other: ClientSummary, _ name: String) -> Bool = { _, _ in false }
    ) throws(StoreError) -> [RegistrationFinding] {
        var findings: [RegistrationFinding] = []
        for (field, taken) in [(RegistrationField.clientName, name), (.clientID, clientID)]
        where field == .clientName || taken != name {
            let others = try reader.clients(called: taken, limit: sharersMax)
            let other = others.first { $0.clientID != clientID && !isFree($0, taken) }
            if let other { findings.append(.taken(field, taken, by: other.clientID, other.name)) }
        }
        return findings
    }

    /// A name has one owner, apart from those that are about to lose it.
    private static let sharersMax = 20
}

extension RegistrationFinding {
    /// A client's trust set is not registered.
    package static func noTrustSet(_ name: String) -> RegistrationFinding {
        .invalid(
            .trustSet,
            "There is no trust set \(PrintableText.escaped(name)).",
            remedy: "Make it first, or name one that there is."
        )
    }

    /// The client cannot have this trust set, whose CAs are for others; nil where it can.
    package static func unfitTrustSet(
        _ set: TrustSetRecord,
        _ client: ClientRecord
    ) -> RegistrationFinding? {
        unfitTrustSet(set, client.spiffeID)
    }

    /// The same for a client with this SPIFFE ID, or none.
    package static func unfitTrustSet(
        _ set: TrustSetRecord,
        _ spiffeID: String?
    ) -> RegistrationFinding? {
        set.reasonToRefuse(spiffeID: spiffeID).map { reason in
            .invalid(
                .trustSet,
                with: [.spiffeID],
                "The client cannot have this trust set: \(PrintableText.escaped(reason)).",
                remedy: "Name another one with \(field: .trustSet)."
            )
        }
    }

    /// Another client is registered for the SPIFFE ID, or for the pattern.
    package static func takenSPIFFEID(
        _ spiffeID: String,
        by clientID: String
    ) -> RegistrationFinding {
        .conflict(
            .spiffeID,
            "There is already a client for the SPIFFE ID \(PrintableText.escaped(spiffeID)): its"
                + " client_id is \(PrintableText.escaped(clientID)).",
            remedy: "Choose another one, or change that client."
        )
    }

    /// Another client answers to the name `name`.
    package static func taken(
        _ field: RegistrationField,
        _ name: String,
        by clientID: String,
        _ otherName: String
    ) -> RegistrationFinding {
        .conflict(
            field,
            "There is already a client that answers to \(PrintableText.escaped(name)): its"
                + " client_id is \(PrintableText.escaped(clientID)), its name"
                + " \(PrintableText.escaped(otherName)).",
            remedy: "Choose another one, or change that client."
        )
    }

    /// Another user has the name in some spelling.
    package static func takenUser(_ name: String) -> RegistrationFinding {
        .conflict(
            .userName,
            "There is already a user \(PrintableText.escaped(name)).",
            remedy: "Choose another name, or change that user."
        )
    }
}
