// SPDX-License-Identifier: Apache-2.0
package import Storage

extension StoreTransaction {
    package func trustSets() throws(StoreError) -> [TrustSetRecord] {
        try attempt { database in
            try database.all(Self.selectTrustSets + " ORDER BY name", [], listedTrustSet)
        }
    }

    package func trustSet(_ name: String) throws(StoreError) -> TrustSetRecord? {
        try attempt { database in
            try database.first(Self.selectTrustSets + " WHERE name = ?", [name], trustSet)
        }
    }

    package func insert(_ set: TrustSetRecord) throws(StoreError) {
        try attempt { database in
            try Self.validate(set)
            do {
                try database.execute(
                    """
                    INSERT INTO trust_set
                    (name, authorities, sources, revocation, created, server_auth_until, labels,
                    \(Self.bundleColumns))
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                    [
                        set.name, StoredList.text(set.caCertificates),
                        StoredList.text(set.sources), set.revocation, set.created,
                        set.serverAuthUntil, StoredLabels.text(set.labels),
                    ] + Self.bundle(set)
                )
            } catch let error as any SQLError where error.isTaken {
                throw StoreError(
                    .alreadyExists,
                    "there is already a trust set \(set.name)",
                    of: .trustSet
                )
            }
            try record(from: nil, to: AuditFacts(set, .ofCertificates))
        }
    }

    package func update(_ set: TrustSetRecord) throws(StoreError) -> TrustSetRecord {
        try attempt { database in
            try Self.validate(set)
            let old = try facts(set.name)
            try database.execute(
                """
                UPDATE trust_set
                SET (authorities, sources, revocation, server_auth_until, labels, version,
                \(Self.bundleColumns))
                = (?3, ?4, ?5, ?6, ?7, ?2 + 1, ?8, ?9, ?10, ?11, ?12, ?13)
                WHERE name = ?1 AND version = ?2
                """,
                [
                    set.name, set.version, StoredList.text(set.caCertificates),
                    StoredList.text(set.sources), set.revocation, set.serverAuthUntil,
                    StoredLabels.text(set.labels),
                ] + Self.bundle(set)
            )
            try requireChange(
                "trust_set",
                key: "name",
                set.name,
                absent: .noTrustSet(set.name),
                conflict: .trustSet
            )
            var new = set
            new.version += 1
            try record(from: old, to: AuditFacts(new, .ofCertificates))
            return new
        }
    }

    package func confirmBundle(of name: String, at time: Int64) throws(StoreError) {
        try attempt { database in
            try database.execute(
                """
                UPDATE trust_set SET bundle_checked_at = ?2
                WHERE name = ?1 AND trust_domain IS NOT NULL
                  AND (bundle_checked_at < ?2 OR bundle_checked_at > ?3)
                """,
                [name, time, time + SPIFFEBundleRecord.clockSkew]
            )
        }
    }

    package func removeTrustSet(_ name: String) throws(StoreError) {
        try attempt { database in
            let clients = try clients(trustSet: name)
            guard clients.names.isEmpty else {
                let others = clients.count - clients.names.count
                throw StoreError(
                    .inUse,
                    "the trust set \(name) is used by " + clients.names.joined(separator: ", ")
                        + (others > 0 ? " and \(others) more" : ""),
                    of: .trustSet
                )
            }
            let old = try facts(name)
            try database.execute("DELETE FROM trust_set WHERE name = ?", [name])
            guard database.changes > 0 else { throw StoreError.noTrustSet(name) }
            try record(from: old, to: nil)
        }
    }

    package func clientCount(trustSet name: String) throws(StoreError) -> Int {
        try attempt { _ in try clients(trustSet: name).count }
    }
}

extension StoreTransaction {
    /// Throws unless there is a trust set of this name.
    package func requireTrustSet(_ name: String) throws {
        let found: Int? = try database.value("SELECT 1 FROM trust_set WHERE name = ?", [name])
        guard found != nil else { throw StoreError.noTrustSet(name) }
    }

    /// The trust set as the audit says it.
    private func facts(_ name: String) throws -> AuditFacts? {
        try readable(.trustSet, name) {
            try database.first(Self.selectTrustSets + " WHERE name = ?", [name], trustSet)
                .map { AuditFacts($0, .ofCertificates) }
        }
    }

    /// The number of clients that use the set, and the names of the first five.
    private func clients(trustSet name: String) throws -> (names: [String], count: Int) {
        let names = try database.all(
            "SELECT name FROM client WHERE trust_set = ? ORDER BY name LIMIT 5",
            [name]
        ) { try $0[0] as String }
        let count: Int? = try database.value(
            "SELECT count(*) FROM client WHERE trust_set = ?",
            [name]
        )
        return (names, count ?? 0)
    }

    private static func validate(_ set: TrustSetRecord) throws(StoreError) {
        let (caCertificates, sources) = (set.caCertificates, set.sources)
        let end = set.serverAuthUntil ?? 86_400
        let reason: String? =
            if !TrustSetRecord.isName(set.name) {
                "its name has other characters than letters, digits, `.`, `_` and `-`, or too many"
            } else if set.spiffe.map(isBundle) == false {
                "a trust domain has a name, and a bundle at an absolute path or an https URL, with"
                    + " times and a sequence above zero"
            } else if !((set.spiffe == nil ? 1 : 0)...TrustSetRecord.caCertificatesMax)
                .contains(caCertificates.count)
                || caCertificates.contains([]) || Set(caCertificates).count != caCertificates.count
            {
                "it has from 1 to \(TrustSetRecord.caCertificatesMax) CA certificates, each once"
            } else if sources.count > TrustSetRecord.sourcesMax
                || Set(sources).count != sources.count
                || !sources.allSatisfy(TrustSetRecord.isSource)
            {
                "it has at most \(TrustSetRecord.sourcesMax) sources of revocation lists, each"
                    + " once: absolute paths and http or https URLs"
            } else if sources.isEmpty && set.revocation != "off" {
                "without a source of revocation lists, nothing can be checked for revocation"
            } else if end <= 0 || !end.isMultiple(of: 86_400) {
                "what is allowed for a time ends with a day"
            } else {
                nil
            }
        guard let reason else { return }
        throw StoreError(
            .invalid,
            "the trust set cannot be stored: \(reason)",
            of: .trustSet
        )
    }

    private static func isBundle(_ bundle: SPIFFEBundleRecord) -> Bool {
        (1...255).contains(bundle.trustDomain.utf8.count)
            && SPIFFEBundleRecord.isSource(bundle.source) && bundle.maxStaleness > 0
            && bundle.refreshSeconds > 0 && bundle.sequence >= 0 && bundle.checkedAt >= 0
    }

    private static let bundleColumns = """
        trust_domain, bundle_source, bundle_max_staleness, bundle_sequence, bundle_refresh,
        bundle_checked_at
        """

    /// The values of `bundleColumns`; null for CAs that were registered.
    private static func bundle(_ set: TrustSetRecord) -> [any SQLBindable] {
        let bundle = set.spiffe
        return [
            bundle?.trustDomain, bundle?.source, bundle?.maxStaleness, bundle?.sequence,
            bundle?.refreshSeconds, bundle?.checkedAt,
        ]
    }

    private static let selectTrustSets = """
        SELECT name, authorities, sources, revocation, created, server_auth_until, version, labels,
            \(bundleColumns)
        FROM trust_set
        """

    /// A trust set in a list; fails closed: a set whose lists cannot be read has no CA, so that its
    /// clients are refused, and all others are served.
    private func listedTrustSet(_ row: any SQLRows) throws -> TrustSetRecord {
        do {
            return try trustSet(row)
        } catch let error as StoreError {
            guard error.kind == .corrupt else { throw error }
            return try TrustSetRecord(name: row[0], caCertificates: [], created: row[4])
        }
    }

    private func bundle(_ row: any SQLRows) throws -> SPIFFEBundleRecord? {
        guard let trustDomain: String = try row[8] else { return nil }
        return try SPIFFEBundleRecord(
            trustDomain: trustDomain,
            source: row[9],
            maxStaleness: row[10],
            sequence: row[11],
            refreshSeconds: row[12],
            checkedAt: row[13]
        )
    }

    private func trustSet(_ row: any SQLRows) throws -> TrustSetRecord {
        guard let caCertificates = StoredList.bytes(try row[1]),
            let sources = StoredList.texts(try row[2])
        else { throw parts.corrupt("a trust set that is no list") }
        return try TrustSetRecord(
            name: row[0],
            caCertificates: caCertificates,
            spiffe: bundle(row),
            sources: sources,
            revocation: row[3],
            serverAuthUntil: row[5],
            labels: StoredLabels.labels(row[7]),
            created: row[4],
            version: row[6]
        )
    }
}
