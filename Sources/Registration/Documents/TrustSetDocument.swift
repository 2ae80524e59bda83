// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
package import Storage
package import Text

/// A trust set's JSON object as people and programs give it: what `TrustSetInformation` prints,
/// with `ca_certificates` as texts, too.
package enum TrustSetDocument {
    /// Members of the server's answer, which change nothing.
    package static let readOnlyMembers = [
        "created_at", "clients", "crl_lists", "warnings", "bundle",
    ]

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
        try replacing(old, by: document, nil, files: files, at: now, lookup: lookup)
    }

    private static func replacing(
        _ old: TrustSetRecord,
        by document: JSONValue,
        _ acceptedSequence: Int64?,
        files: TrustSetFiles,
        at now: Int64,
        lookup: @escaping CertificateLookup
    ) throws -> TrustSetRegistration {
        var read = try Self.read(document, old, old.name, files, now, lookup)
        read.change.acceptedSequence = acceptedSequence
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
        let (patch, sequence) = try takeSequence(of: patch)
        return try replacing(
            old,
            by: printed.merged(with: patch),
            sequence,
            files: files,
            at: now,
            lookup: lookup
        )
    }

    /// The patch without `accept_sequence`, and its value: an order that is carried out once, and
    /// nothing that a document could have.
    private static func takeSequence(of patch: JSONValue) throws -> (JSONValue, Int64?) {
        let name = RegistrationField.acceptSequence.rawValue
        guard case .object(var members) = patch, let value = members.removeValue(forKey: name)
        else { return (patch, nil) }
        guard case .integer(let sequence) = value, sequence >= 0 else {
            throw RegistrationError(
                .invalid(
                    .acceptSequence,
                    "\(field: .acceptSequence) is a whole number from 0 on.",
                    remedy: ""
                )
            )
        }
        return (.object(members), sequence)
    }

    /// Takes the members about a trust domain.
    private static func takeTrustDomain(
        from reader: inout DocumentReader,
        to change: inout TrustSetChange,
        _ old: TrustSetRecord?,
        _ files: TrustSetFiles,
        _ conflict: StoreError
    ) throws {
        change.trustDomain = reader.text(.trustDomain)
        change.maxStaleness = reader.number(.maxStaleness)
        let source = reader.text(.spiffeBundle)
        if let source, source == old?.spiffe?.source {
            change.bundle = SPIFFEBundleSource.Named(source: source, bundle: nil)
        } else if source != nil {
            change.bundle = files.bundle
            // Registered when the files were read, and by now no more.
            if files.bundle == nil, files.findings.isEmpty { throw conflict }
        }
        guard let spiffe = old?.spiffe, change.trustDomain == nil || source == nil else { return }
        reader.add(
            .conflict(
                .trustDomain,
                "The trust set is for the trust domain"
                    + " \(PrintableText.escaped(spiffe.trustDomain)), which does not change.",
                remedy: "Give \(field: .trustDomain) and \(field: .spiffeBundle), too."
            )
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
        let conflict = StoreError.conflict(.trustSet, old?.name ?? address ?? named ?? "")
        try takeTrustDomain(from: &reader, to: &change, old, files, conflict)
        if let sources = reader.texts(.revocationSources) {
            change.sources = try sources.compactMap { text in
                if old?.sources.contains(text) == true { return text }
                // Registered when the files were read, and by now no more.
                guard let found = files.found[text] else { throw conflict }
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
        .trustSetName, .caCertificates, .trustDomain, .spiffeBundle, .maxStaleness,
        .revocationSources, .revocation, .serverAuthUntil, .labels,
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
        if let checkedAt = old.spiffe?.checkedAt { new.spiffe?.checkedAt = checkedAt }
        return new != old || Set(set.caCertificates) != Set(old.caCertificates)
            || Set(set.sources) != Set(old.sources)
    }
}
