// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
package import Storage
internal import Text

/// A trust set's registration for people: names and values, in the order of display.
package enum TrustSetFacts {
    /// The set of this name in `store`, with its lists as they are now; blocks, and reads files.
    package static func presentation(
        of name: String,
        in store: some RegistrationStore,
        now: Int64
    ) throws -> Presentation {
        try TrustSetRegistration.check(name: name)
        guard let set = try store.trustSet(name) else { throw StoreError.noTrustSet(name) }
        let clients = try store.clientCount(trustSet: name)
        let lists = RevocationListInformation.all(
            of: set,
            now: now,
            read: RevocationListSource.lists
        )
        return Presentation(
            lines: [FactLines.text(all(set, clients: clients, lists: lists, now: now))],
            value: TrustSetInformation.value(set, clients: clients, lists: lists)
        )
    }

    /// A list of trust sets.
    package static func presentation(of sets: [TrustSetRecord], now: Int64) -> Presentation {
        Presentation(
            lines: [columns.heading] + sets.map { line($0, now: now) },
            value: .array(sets.map { TrustSetInformation.value($0) })
        )
    }

    /// All of it, with how many clients it has, and what its lists are.
    private static func all(
        _ set: TrustSetRecord,
        clients: Int,
        lists: [RevocationListInformation],
        now: Int64
    ) -> [(String, String)] {
        var facts = [("name", set.name)]
        if let spiffe = set.spiffe { facts += text(spiffe, now: now) }
        facts += CertificateRegistration.records(of: set).map { ("CA certificate", $0.line) }
        for source in set.sources {
            facts.append(("CRL", source))
            facts += lists.filter { $0.source == source }.map { ("  list", text($0)) }
        }
        if let permission = permission(of: set, now: now) {
            facts.append(("server auth", permission))
        }
        facts += LabelRules.facts(set.labels)
        facts += [
            ("revocation", set.revocation),
            ("clients", "\(clients)"),
            ("made", CertificateTime.text(set.created)),
        ]
        return facts
    }

    /// The columns of a list of trust sets.
    private static let columns = TextColumns([
        ("CAS", 3), ("CRLS", 4), ("REVOCATION", 10), ("NAME", 0),
    ])

    /// The line of a set in it.
    private static func line(_ set: TrustSetRecord, now: Int64) -> String {
        columns.line(
            ["\(set.caCertificates.count)", "\(set.sources.count)", set.revocation, set.name]
                + (permission(of: set, now: now).map { [$0] } ?? [])
                + (set.spiffe.map { ["trust domain \($0.trustDomain)"] } ?? [])
        )
    }

    /// A trust domain, and the state of its bundle.
    private static func text(_ spiffe: SPIFFEBundleRecord, now: Int64) -> [(String, String)] {
        let isOver = !SPIFFEBundleRecord.isFresh(
            spiffe.checkedAt,
            at: now,
            maxStaleness: Int64(spiffe.maxStaleness)
        )
        let checked =
            spiffe.checkedAt == 0
            ? "never: none until the server has read it"
            : CertificateTime.text(spiffe.checkedAt)
                + (isOver ? ", which is too far from now: its clients are refused" : "")
        return [
            ("trust domain", spiffe.trustDomain),
            ("SPIFFE bundle", spiffe.source),
            ("  sequence", "\(spiffe.sequence)"),
            ("  looked at", checked),
            ("  refresh", "\(spiffe.refreshSeconds) s"),
            ("max staleness", "\(spiffe.maxStaleness) s"),
        ]
    }

    /// The permission for certificates of servers; nil if there is none.
    private static func permission(of set: TrustSetRecord, now: Int64) -> String? {
        set.serverAuthUntil.map { end in
            "certificates for servers only: accepted until the end of "
                + "\(ServerAuthPermission.day(of: end)), UTC" + (now < end ? "" : ", which is over")
        }
    }

    private static func text(_ list: RevocationListInformation) -> String {
        guard let issuer = list.issuer, let nextUpdate = list.nextUpdate else {
            return (list.counts == nil ? "" : "does not count: ") + (list.reason ?? "")
        }
        let end = CertificateTime.text(nextUpdate)
        return "of \(issuer), entries: \(list.entries ?? 0), "
            + (list.reason.map { "does not count: \($0)" } ?? "counts until \(end)")
    }
}
