// SPDX-License-Identifier: Apache-2.0
package import Storage

/// The columns of a client's row.
package enum ClientRow {
    /// The columns in the order in which they are read and written.
    package static let columns = """
        client_id, name, secret_hash, authentication_method, grant_types, scopes, redirect_uris,
        subject_kind, subject_value, bound_access_tokens, audiences, token_format,
        token_lifetime, reuse_window, may_introspect, enabled, created_at, updated_at, jwks,
        shared_secret, assertion_algorithm, trust_set, jwks_uri, fetched_jwks, version,
        refresh_rotation, refresh_lifetime, refresh_idle, require_par, token_signing_alg, claims,
        tokens_valid_from, labels, rate, own_audiences, exchange_mode, exchange_bound_tokens,
        spiffe_id
        """
    /// A question mark for each of `columns`.
    static let placeholders = Array(
        repeating: "?",
        count: columns.split(separator: ",").count
    ).joined(separator: ", ")

    /// Column 0 is the row's own number; the rest are `columns`.
    ///
    /// Fails closed: a client whose secret cannot be opened has none, so that it is refused, and
    /// all others are served.
    package static func client(
        _ rows: any SQLRows,
        lists: inout ListTexts,
        _ wrapping: any KeyWrapping
    ) throws -> ClientRecord {
        let row = SQLRow(rows)
        let clientID: String = try row[1]
        let secret: String? = try row[20]
        return try ClientRecord(
            clientID: clientID,
            name: row[2],
            secretHash: row[3],
            authenticationMethod: lists.text(row, 4),
            grantTypes: lists.list(row, 5),
            scopes: lists.list(row, 6),
            redirectURIs: lists.list(row, 7),
            subjectKind: row[8],
            subjectValue: row[9],
            spiffeID: row[38],
            boundAccessTokens: row[10],
            jwks: row[19],
            jwksURI: row[23],
            fetchedJWKS: row[24],
            trustSet: lists.optionalText(row, 22),
            sharedSecret: secret.flatMap { try? wrapping.unwrap(secret: $0, of: clientID) },
            assertionAlgorithm: row[21],
            audiences: lists.list(row, 11),
            tokenFormat: lists.text(row, 12),
            tokenLifetime: row[13],
            reuseWindow: row[14],
            mayIntrospect: row[15],
            refreshRotation: row[26],
            refreshLifetime: row[27],
            refreshIdle: row[28],
            requiresPushedRequests: row[29],
            tokenSigningAlgorithm: lists.text(row, 30),
            staticClaims: lists.optionalText(row, 31),
            rate: lists.optionalText(row, 34),
            ownAudiences: lists.list(row, 35),
            exchangeMode: lists.text(row, 36),
            exchangesBoundTokens: row[37],
            labels: StoredLabels.labels(lists.optionalText(row, 33)),
            enabled: row[16],
            createdAt: row[17],
            updatedAt: row[18],
            tokensValidFrom: row[32],
            version: row[25]
        )
    }

    static func arguments(
        _ client: ClientRecord,
        _ wrapping: any KeyWrapping
    ) throws -> [any SQLBindable] {
        let secret = try client.sharedSecret.map {
            try wrapping.wrap(secret: $0, of: client.clientID)
        }
        return [
            client.clientID, client.name, client.secretHash, client.authenticationMethod,
            ListTexts.text(client.grantTypes), ListTexts.text(client.scopes),
            ListTexts.text(client.redirectURIs), client.subjectKind, client.subjectValue,
            client.boundAccessTokens, ListTexts.text(client.audiences), client.tokenFormat,
            client.tokenLifetime, client.reuseWindow, client.mayIntrospect, client.enabled,
            client.createdAt, client.updatedAt, client.jwks, secret,
            client.assertionAlgorithm, client.trustSet, client.jwksURI, client.fetchedJWKS,
            client.version, client.refreshRotation, client.refreshLifetime, client.refreshIdle,
            client.requiresPushedRequests, client.tokenSigningAlgorithm, client.staticClaims,
            client.tokensValidFrom, StoredLabels.text(client.labels), client.rate,
            ListTexts.text(client.ownAudiences), client.exchangeMode, client.exchangesBoundTokens,
            client.spiffeID,
        ]
    }

    /// Refuses what the row could not give back as it was.
    static func validate(_ client: ClientRecord) throws(StoreError) {
        let lists = [
            ("grant types", client.grantTypes), ("scopes", client.scopes),
            ("redirect URIs", client.redirectURIs), ("audiences", client.audiences),
            ("own audiences", client.ownAudiences),
        ]
        for (name, list) in lists {
            for entry in list where entry.isEmpty || entry.contains(where: \.isWhitespace) {
                throw StoreError(
                    .invalid,
                    "an entry of the \(name) of client \(client.clientID) is empty or contains"
                        + " white space",
                    of: .client
                )
            }
        }
        for certificate in client.certificates + client.caCertificates {
            try validate(certificate)
        }
    }

    static func validate(_ certificate: CertificateRecord) throws(StoreError) {
        guard certificate.thumbprint.count == 32, !certificate.der.isEmpty else {
            throw StoreError(
                .invalid,
                "a certificate without its DER or SHA-256 thumbprint cannot be stored",
                of: .certificate
            )
        }
    }
}

/// Texts that many rows repeat, and lists, which stand as text with single spaces.
///
/// A million clients mostly have one of a few, and most rows the ones of the row before: such a
/// column is compared where it is, and its text, or its list, is shared. Sharing saves most of the
/// memory, and lets equal policies be found equal at a glance.
package struct ListTexts {
    private struct Held {
        var text = ""
        /// The entries of `text`; empty in a column of plain texts.
        var list: [String] = []
    }

    /// Beyond this many distinct texts nothing more is remembered.
    private static let remembered = 4_096
    /// The last text of each column, by its place.
    private var last: [Held] = []
    private var lists: [String: [String]] = [:]
    private var texts: Set<String> = []

    /// Nothing is remembered yet.
    package init() {}

    static func text(_ list: [String]) -> String { list.joined(separator: " ") }

    /// The list of a column.
    mutating func list(_ row: SQLRow, _ column: Int) throws -> [String] {
        if let held = held(row, column) { return held.list }
        let text: String = try row[column]
        let list = entries(text)
        last[column] = Held(text: text, list: list)
        return list
    }

    /// The text of a column.
    mutating func text(_ row: SQLRow, _ column: Int) throws -> String {
        if let held = held(row, column) { return held.text }
        let text = shared(try row[column])
        last[column] = Held(text: text)
        return text
    }

    /// The text of a column; nil for NULL.
    mutating func optionalText(_ row: SQLRow, _ column: Int) throws -> String? {
        if let held = held(row, column) { return held.text }
        guard let found = try row[column] as String? else { return nil }
        let text = shared(found)
        last[column] = Held(text: text)
        return text
    }

    /// The column's text and list of an earlier row, where this one holds the same.
    private mutating func held(_ row: SQLRow, _ column: Int) -> Held? {
        while last.count <= column { last.append(Held()) }
        return row.holds(last[column].text, in: column) ? last[column] : nil
    }

    private mutating func entries(_ text: String) -> [String] {
        if text.isEmpty { return [] }
        if let known = lists[text] { return known }
        let list = text.split(separator: " ").map(String.init)
        if lists.count < Self.remembered { lists[text] = list }
        return list
    }

    private mutating func shared(_ text: String) -> String {
        if texts.count >= Self.remembered { return text }
        return texts.insert(text).memberAfterInsert
    }
}

/// The two tables that link clients to certificates.
package enum CertificateLink: String {
    case certificate = "client_certificate"
    case caCertificate = "client_authority"

    /// A client's own certificate, without bytes and subject: of a row with the client's number,
    /// the thumbprint, both dates, and the time of the registration.
    package static func narrow(_ rows: any SQLRows) throws -> CertificateRecord {
        let row = SQLRow(rows)
        return try CertificateRecord(
            thumbprint: row[1],
            der: [],
            subject: "",
            notBefore: row[2],
            notAfter: row[3],
            createdAt: row[4]
        )
    }

    /// Every CA certificate of a client once, by thumbprint; its registration has no time.
    package static func caCertificates(
        _ database: any SQLDatabase
    ) throws -> [[UInt8]: CertificateRecord] {
        let all = try database.all(
            """
            SELECT thumbprint, der, subject, not_before, not_after FROM certificate
            WHERE thumbprint IN (SELECT thumbprint FROM client_authority)
            """
        ) { try Self.record($0, createdAt: 0) }
        return Dictionary(uniqueKeysWithValues: all.map { ($0.thumbprint, $0) })
    }

    /// A row of `certificate`: thumbprint, DER, subject and dates.
    static func record(_ row: any SQLRows, createdAt: Int64) throws -> CertificateRecord {
        try CertificateRecord(
            thumbprint: row[0],
            der: row[1],
            subject: row[2],
            notBefore: row[3],
            notAfter: row[4],
            createdAt: createdAt
        )
    }

    /// The certificates that `client` has, with their DER, oldest first.
    func fetch(_ database: any SQLDatabase, client: Int64) throws -> [CertificateRecord] {
        try database.all(
            """
            SELECT thumbprint, der, subject, c.not_before, c.not_after, l.created_at
            FROM \(rawValue) AS l JOIN certificate AS c USING (thumbprint)
            WHERE client = ? ORDER BY l.created_at, thumbprint
            """,
            [client]
        ) { try Self.record($0, createdAt: $0[5]) }
    }

    /// Links `certificate` to `client`; `.alreadyExists` if it is.
    func insert(
        _ database: any SQLDatabase,
        _ certificate: CertificateRecord,
        client: Int64
    ) throws {
        try ClientRow.validate(certificate)
        try database.execute(
            """
            INSERT INTO certificate (thumbprint, der, subject, not_before, not_after)
            VALUES (?, ?, ?, ?, ?) ON CONFLICT (thumbprint) DO NOTHING
            """,
            [
                certificate.thumbprint, certificate.der, certificate.subject,
                certificate.notBefore, certificate.notAfter,
            ]
        )
        let (dates, marks) =
            self == .certificate ? (", not_before, not_after", ", ?, ?") : ("", "")
        var arguments: [any SQLBindable] = [
            client, certificate.thumbprint, certificate.createdAt,
        ]
        if self == .certificate { arguments += [certificate.notBefore, certificate.notAfter] }
        do {
            try database.execute(
                """
                INSERT INTO \(rawValue) (client, thumbprint, created_at\(dates))
                VALUES (?, ?, ?\(marks))
                """,
                arguments
            )
        } catch let error as any SQLError where error.isConstraint {
            throw StoreError(
                .alreadyExists,
                "this client already has the certificate \(certificate.subject)",
                of: .certificate
            )
        }
    }

    /// Unlinks `client` from the certificate.
    func delete(
        _ database: any SQLDatabase,
        thumbprint: [UInt8],
        client: Int64
    ) throws {
        try database.execute(
            "DELETE FROM \(rawValue) WHERE client = ? AND thumbprint = ?",
            [client, thumbprint]
        )
    }
}
