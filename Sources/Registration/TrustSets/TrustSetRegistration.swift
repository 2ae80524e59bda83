// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
package import Storage

/// The values of a new trust set or of a change; nil and empty mean "not given".
///
/// A given value replaces the registered one.
package struct TrustSetChange: Sendable {
    /// The CA certificates in DER.
    package var caCertificates: [[UInt8]] = []
    /// Where revocation lists come from; empty to take all away.
    package var sources: [String]?
    /// The lists in those of `sources` that are existing files.
    package var files: [RevocationFile] = []
    package var revocation: String?
    /// The last day on which certificates for servers only are accepted, such as 2027-06-30.
    package var serverAuthDay: String?
    /// Whether such certificates are accepted no longer.
    package var endsServerAuth = false
    /// The trust domain of a new set.
    package var trustDomain: String?
    /// Where the bundle of the trust domain comes from.
    package var bundle: SPIFFEBundleSource.Named?
    /// Seconds after which a bundle that was not looked at again does not count any more.
    package var maxStaleness: Int?
    /// The sequence from which bundles are taken, whatever was taken before.
    package var acceptedSequence: Int64?
    package var labels = LabelChange()

    package init() {}

    /// Whether nothing was said.
    package var isEmpty: Bool {
        caCertificates.isEmpty && sources == nil && revocation == nil && serverAuthDay == nil
            && !endsServerAuth && labels.isEmpty && !namesTrustDomain
    }

    /// Whether it says something of a trust domain.
    package var namesTrustDomain: Bool {
        trustDomain != nil || bundle != nil || maxStaleness != nil || acceptedSequence != nil
    }

    /// Whether it names the CAs of the set.
    package var namesCAs: Bool { !caCertificates.isEmpty }
}

/// Validates trust sets: changes, never records that are only loaded.
package struct TrustSetRegistration: Sendable {
    /// The record to be written.
    package let set: TrustSetRecord
    /// Warnings for the person who registers the set.
    package let warnings: [RegistrationWarning]

    /// Throws what is wrong with a name before anything is looked for by it.
    package static func check(name: String) throws(RegistrationError) {
        if let finding = TrustSetRules.nameFinding(name, .trustSetName) {
            throw RegistrationError(finding)
        }
    }

    /// A new set as `change` says; throws everything that is wrong.
    package static func new(
        _ name: String,
        _ change: TrustSetChange,
        at now: Int64
    ) throws(RegistrationError) -> TrustSetRegistration {
        let empty = TrustSetRecord(name: name, caCertificates: [], created: now)
        return try accepted(empty, change, since: nil, now: now)
    }

    /// `set` after `change`; throws everything that is wrong with the change.
    package static func changed(
        _ set: TrustSetRecord,
        by change: TrustSetChange,
        at now: Int64
    ) throws(RegistrationError) -> TrustSetRegistration {
        try accepted(set, change, since: set, now: now)
    }

    /// `old` as a new set of `change` would be; throws everything that is wrong with what the
    /// change brings in.
    static func replaced(
        _ old: TrustSetRecord,
        by change: TrustSetChange,
        at now: Int64
    ) throws(RegistrationError) -> TrustSetRegistration {
        var (change, start) = (
            change, TrustSetRecord(name: old.name, caCertificates: [], created: 0)
        )
        (start.created, start.version) = (old.created, old.version)
        if var spiffe = old.spiffe {
            // The CAs of a bundle are no document's.
            spiffe.maxStaleness = TrustDomainRules.maxStalenessStandard
            (start.spiffe, start.caCertificates) = (spiffe, old.caCertificates)
        }
        if let end = old.serverAuthUntil, ServerAuthPermission.day(of: end) == change.serverAuthDay
        {
            // A day that stays is not judged by the calendar again.
            (start.serverAuthUntil, change.serverAuthDay) = (end, nil)
        }
        return try accepted(start, change, since: old, now: now)
    }

    private static func accepted(
        _ start: TrustSetRecord,
        _ change: TrustSetChange,
        since old: TrustSetRecord?,
        now: Int64
    ) throws(RegistrationError) -> TrustSetRegistration {
        var (set, findings) = applied(change, to: start, isNew: old == nil, now: now)
        let known = old.map(TrustSetRules.findings) ?? []
        findings += TrustSetRules.findings(set).filter { finding in
            guard let old, known.contains(finding) else { return true }
            return !finding.fields.allSatisfy { TrustSetRules.isSame($0, set, old) }
        }
        // Without its CAs nothing can be said of their lists.
        let anchors = (try? TrustSetRules.anchors(set)) ?? []
        var warnings: [RegistrationWarning] = []
        if findings.isEmpty {
            for file in change.files {
                findings += file.findings(under: anchors, now: now)
                warnings += file.warnings(under: anchors, mode: set.revocation, now: now)
            }
        }
        try RegistrationError.refuse(findings)
        return TrustSetRegistration(set: set, warnings: warnings)
    }

    private static func applied(
        _ change: TrustSetChange,
        to old: TrustSetRecord,
        isNew: Bool,
        now: Int64
    ) -> (TrustSetRecord, [RegistrationFinding]) {
        var (set, findings) = (old, [RegistrationFinding]())
        findings += TrustDomainRules.apply(change, to: &set, isNew: isNew, now: now)
        if !change.caCertificates.isEmpty {
            if set.spiffe == nil {
                set.caCertificates = change.caCertificates
            } else {
                findings.append(TrustDomainRules.ownCAs)
            }
        }
        if change.endsServerAuth { set.serverAuthUntil = nil }
        if let day = change.serverAuthDay {
            do throws(RegistrationError) {
                set.serverAuthUntil = try serverAuthEnd(day, now: now)
            } catch {
                findings += error.findings
            }
        }
        findings += change.labels.apply(to: &set.labels)
        if let sources = change.sources { set.sources = sources }
        if let revocation = change.revocation {
            set.revocation = revocation
        } else if set.sources.isEmpty {
            set.revocation = RevocationChoice.off.rawValue
        } else if old.sources.isEmpty {
            // The first list of a set counts, unless it is said that it does not.
            set.revocation = RevocationChoice.hard.rawValue
        }
        return (set, findings)
    }

    /// The end of what is allowed until the day `text`, that day included.
    private static func serverAuthEnd(
        _ text: String,
        now: Int64
    ) throws(RegistrationError) -> Int64 {
        do throws(ServerAuthPermission.DayError) {
            return try ServerAuthPermission.end(of: text, now: now)
        } catch {
            let (reason, remedy) =
                switch error {
                case .noDay:
                    ("is no day.", "Write it as YYYY-MM-DD, such as 2027-06-30.")
                case .past:
                    ("is over, in UTC.", "Name a day that is still to end.")
                case .tooFar(let last):
                    (
                        "is more than \(ServerAuthPermission.daysMax) days ahead.",
                        "Name \(last) at the latest; what is allowed can be extended later."
                    )
                }
            throw RegistrationError(
                .invalid(
                    .serverAuthUntil,
                    "\(field: .serverAuthUntil, PrintableText.escaped(text)) \(reason)",
                    remedy: "\(remedy)"
                )
            )
        }
    }
}

extension TrustSetRegistration {
    /// Warnings after `change` of a set that had the sources `before`; blocks.
    ///
    /// Reads files, to warn of lists that the set keeps, or that were removed from it.
    package func warnings(
        after change: TrustSetChange,
        before: [String],
        now: Int64
    ) -> [RegistrationWarning] {
        if change.sources == nil {
            let kept = RevocationFile.existing(set.sources)
            return kept.warnings + warnings
                + Self.warningsOfKeptLists(in: set, after: change, kept.files, now: now)
        }
        let files = RevocationFile.existing(before).files
        return warnings
            + Self.warningsOfOlderLists(in: set, after: change, before: files, now: now)
    }

    /// Warnings about kept lists of `set` that do not count under its CAs any more; `files` are
    /// those of its sources that exist.
    package static func warningsOfKeptLists(
        in set: TrustSetRecord,
        after change: TrustSetChange,
        _ files: [RevocationFile],
        now: Int64
    ) -> [RegistrationWarning] {
        guard change.sources == nil, change.namesCAs || change.revocation != nil,
            let anchors = try? TrustSetRules.anchors(set)
        else { return [] }
        return files.flatMap { $0.warnings(under: anchors, mode: set.revocation, now: now) }
    }

    /// A warning for each list in a file of `change` that is older than the one of a source that
    /// `set` had `before`, with the one that counts now.
    ///
    /// Lists that the server fetched from a URL, or read from a file that was overwritten since,
    /// are unknown here.
    package static func warningsOfOlderLists(
        in set: TrustSetRecord,
        after change: TrustSetChange,
        before others: [RevocationFile],
        now: Int64
    ) -> [RegistrationWarning] {
        guard let anchors = try? TrustSetRules.anchors(set) else { return [] }
        var warnings: [RegistrationWarning] = []
        let before = others.map(\.path)
        for file in change.files where !before.contains(file.path) {
            for list in file.lists {
                for other in others {
                    let newer = other.lists.filter { newer in
                        switch newer.status(under: anchors, now: now) {
                        case .counts, .notNow: list.isOlder(than: newer)
                        case .unknownIssuer, .never: false
                        }
                    }
                    guard let newer = newer.max(by: { $0.isOlder(than: $1) }) else { continue }
                    warnings.append(warning(of: list, in: file, than: newer, in: other, change))
                }
            }
        }
        return warnings
    }

    private static func warning(
        of list: RevocationList,
        in file: RevocationFile,
        than newer: RevocationList,
        in other: RevocationFile,
        _ change: TrustSetChange
    ) -> RegistrationWarning {
        // Every list that is named counts: a certificate is revoked if any of them names it.
        let isNewerKept = change.files.contains { file in
            file.lists.contains { $0.digest == newer.digest || newer.isOlder(than: $0) }
        }
        return RegistrationWarning(
            .revocationSources,
            "\(PrintableText.escaped(file.path)): the list of"
                + " \(PrintableText.escaped(list.issuer)), of"
                + " \(CertificateTime.text(list.thisUpdate)), is older than that in"
                + " \(PrintableText.escaped(other.path)), of"
                + " \(CertificateTime.text(newer.thisUpdate));"
                + (isNewerKept
                    ? " the newer one stays in force beside it"
                    : " the older one counts from now on, and a certificate that was revoked in"
                        + " between is accepted again")
        )
    }
}
