// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
package import Storage
package import Text

/// A trust set's JSON object as people and programs give it: what `TrustSetInformation` prints,
/// with `ca_certificates` as texts, too.
package enum TrustSetDocument {
    /// Members of the server's answer, which change nothing.
    package static let readOnlyMembers = ["created_at", "clients", "crl_lists", "warnings"]

    /// A new set, called `name` or as the document says; throws everything that is wrong.
    ///
    /// `files` has what the document's files of revocation lists hold.
    package static func new(
        _ document: JSONValue,
        name address: String? = nil,
        files: TrustSetFiles,
        at now: Int64,
        lookup: @escaping CertificateLookup = { _ in nil }
    ) throws -> TrustSetRegistration {
        let read = try Self.read(document, nil, address, files, now, lookup)
        let made = try TrustSetRegistration.new(read.name, read.change, at: now)
        return TrustSetRegistration(set: made.set, warnings: read.warnings + made.warnings)
    }

    /// `old` replaced by what the document says, left out for default; throws everything that is
    /// wrong.
    package static func replacing(
        _ old: TrustSetRecord,
        by document: JSONValue,
        files: TrustSetFiles,
        at now: Int64,
        lookup: @escaping CertificateLookup = { _ in nil }
    ) throws -> TrustSetRegistration {
        let read = try Self.read(document, old, old.name, files, now, lookup)
        let made = try TrustSetRegistration.replaced(old, by: read.change, at: now)
        return TrustSetRegistration(set: made.set, warnings: read.warnings + made.warnings)
    }

    /// `old` after a JSON Merge Patch (RFC 7396) of what is printed of it; `files` are those of the
    /// patch.
    package static func patching(
        _ old: TrustSetRecord,
        with patch: JSONValue,
        files: TrustSetFiles,
        at now: Int64,
        lookup: @escaping CertificateLookup = { _ in nil }
    ) throws -> TrustSetRegistration {
        var printed = TrustSetInformation.value(old)
        if case .object(let changes) = patch, case .object(var members) = printed,
            changes[RegistrationField.revocationSources.rawValue] != nil,
            changes[RegistrationField.revocation.rawValue] == nil
        {
            // How lists count follows from whether there are any, unless it is said.
            let isOff = old.sources.isEmpty
            if isOff { members[RegistrationField.revocation.rawValue] = nil }
            printed = .object(members)
        }
        return try replacing(
            old,
            by: printed.merged(with: patch),
            files: files,
            at: now,
            lookup: lookup
        )
    }

    private static func read(
        _ document: JSONValue,
        _ old: TrustSetRecord?,
        _ address: String?,
        _ files: TrustSetFiles,
        _ now: Int64,
        _ lookup: @escaping CertificateLookup
    ) throws -> (name: String, change: TrustSetChange, warnings: [RegistrationWarning]) {
        guard case .object(let members) = document else {
            throw RegistrationError(
                .invalid(.trustSetName, "A trust set is a JSON object.", remedy: "")
            )
        }
        var reader = DocumentReader(members, now: now, lookup: lookup)
        let named = reader.text(.trustSetName)
        if let named, let address, named != address {
            reader.add(
                .invalid(
                    .trustSetName,
                    "The document is that of the trust set \(PrintableText.escaped(named)).",
                    remedy: "Leave \(field: .trustSetName) out, or give"
                        + " \(PrintableText.escaped(address))."
                )
            )
        }
        var change = TrustSetChange()
        let registered = old.map(CertificateRegistration.records) ?? []
        change.caCertificates = reader.caCertificates(registered: registered).map(\.der)
        change.revocation = reader.text(.revocation)
        change.serverAuthDay = reader.text(.serverAuthUntil)
        if let labels = reader.labels() { change.labels = labels }
        if let sources = reader.texts(.revocationSources) {
            change.sources = try sources.compactMap { text in
                if old?.sources.contains(text) == true { return text }
                guard let found = files.found[text] else {
                    // Registered when the files were read, and by now no more.
                    throw StoreError.conflict(.trustSet, old?.name ?? address ?? named ?? "")
                }
                return found.source
            }
            let new = sources.filter { old?.sources.contains($0) != true }
            change.files = new.compactMap { files.found[$0]?.file }
        }
        for member in reader.unknown(besides: RegistrationField.ofTrustSets, readOnlyMembers) {
            reader.add(.unknown(member, among: RegistrationField.ofTrustSets.map(\.rawValue)))
        }
        try reader.finish(files.findings)
        return (address ?? named ?? "", change, reader.warnings + files.warnings)
    }
}

extension RegistrationField {
    /// The members of a trust set's document.
    package static let ofTrustSets: [RegistrationField] = [
        .trustSetName, .caCertificates, .revocationSources, .revocation, .serverAuthUntil, .labels,
    ]
}

extension TrustSetRegistration {
    /// Whether the record differs from `old`.
    package func changes(_ old: TrustSetRecord) -> Bool {
        var new = set
        new.version = old.version
        // The order of CAs and of sources means nothing.
        new.caCertificates = old.caCertificates
        new.sources = old.sources
        return new != old || Set(set.caCertificates) != Set(old.caCertificates)
            || Set(set.sources) != Set(old.sources)
    }
}
