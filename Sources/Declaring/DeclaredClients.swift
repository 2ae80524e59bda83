// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Registration
internal import Storage
internal import Text

/// The clients of a declaration: found in the store, and made of their documents.
extension ApplyPlanner {
    /// The registered client that an entry is about; nil for a new one.
    func registered(_ clientID: String?, _ name: String?) throws -> ClientRecord? {
        if let clientID { return try reader.client(clientID) }
        guard let name else { return nil }
        let found = try reader.clients(called: name, limit: 10).filter { $0.name == name }
        guard found.count < 2 else {
            throw RegistrationError(
                .conflict(
                    .clientName,
                    "Several clients have this name: "
                        + "\(found.map(\.clientID).joined(separator: ", ")).",
                    remedy: "Give the \(field: .clientID) of one of them."
                )
            )
        }
        return try found.first.flatMap { try reader.client($0.clientID) }
    }

    /// The client that a document makes, in the place of `old` if there is one; keys of `soundKeys`
    /// are not checked again.
    func registration(
        of document: JSONValue,
        instead old: ClientRecord?,
        _ soundKeys: Set<Digest256>
    ) throws -> ClientRegistration {
        guard let old else {
            return try ClientDocument.new(
                document,
                secrets: .whereNeeded,
                at: now,
                soundKeys: soundKeys,
                lookup: lookup
            )
        }
        return try ClientDocument.replacing(
            old,
            by: document,
            at: now,
            soundKeys: soundKeys,
            lookup: lookup
        )
    }
}
