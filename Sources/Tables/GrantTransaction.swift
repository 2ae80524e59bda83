// SPDX-License-Identifier: Apache-2.0
internal import Storage

/// The writes of grants in one transaction.
///
/// Each condition stands in the statement that changes a row, and that statement comes first: a
/// write that is not made has changed nothing, so that none needs a savepoint. A row that decides
/// about another one is locked, so that of two nodes the second sees what the first has made of it.
struct GrantTransaction {
    private let database: any SQLDatabase
    private let dialect: SQLDialect
    private let rows: GrantCounts
    /// The change of the numbers of rows.
    private(set) var growth = GrantCounts()

    /// A transaction of `database`, which had so many rows at its beginning.
    init(_ database: any SQLDatabase, rows: GrantCounts) {
        self.database = database
        dialect = database.dialect
        self.rows = rows
    }

    /// Performs one write; throws where the whole transaction has failed.
    mutating func perform(_ write: GrantWrite) throws -> GrantWriteResult {
        switch write {
        case .push(let request): try push(request)
        case .addCode(let code, let request): try add(code, from: request)
        case .useCode(let code, let time, let family): try use(code, at: time, family)
        case .addRefreshFamily(let family): try add(family)
        case .rotateRefreshToken(let rotation): try rotate(rotation)
        case .extendRefreshFamily(let family, let end): try extend(family, to: end)
        case .revokeGrant(let token): try revokeGrant(token)
        case .revokeToken(let token): try revoke(token, among: GrantLimits.singleRevocationsMax)
        }
    }

    // MARK: codes and pushed requests

    private mutating func push(_ request: PushedRequestRecord) throws -> GrantWriteResult {
        guard !isFull(.pushedRequest), try hasRoom(for: request.clientID) else { return .full }
        let isMade = try change(
            """
            INSERT INTO pushed_request (digest, client_id, parameters, expires_at)
            VALUES (?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING
            """,
            [request.digest, request.clientID, request.parameters, request.expiresAt]
        )
        guard isMade else { return .conflict }
        growth[.pushedRequest] += 1
        return .done
    }

    /// Whether the client may push one more request; linear in those that it has.
    private func hasRoom(for client: String) throws -> Bool {
        let kept = rows[.pushedRequest] + growth[.pushedRequest]
        let found: Int? = try database.value(
            "SELECT 1 FROM pushed_request WHERE client_id = ? LIMIT 1 OFFSET ?",
            [client, GrantLimits.pushedRequestsMax(ofClientWhere: kept) - 1]
        )
        return found == nil
    }

    private mutating func add(
        _ code: CodeRecord,
        from request: [UInt8]?
    ) throws -> GrantWriteResult {
        guard !isFull(.code) else { return .full }
        let access = code.access
        let isMade = try change(
            """
            INSERT INTO authorization_code
            (digest, grant_id, client_id, subject, scopes, audiences, granted_at, token_lifetime,
            redirect_uri, named_redirect_uri, challenge, expires_at, used_at, kept_until)
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14
            WHERE ?15 IS NULL
            OR EXISTS (SELECT 1 FROM pushed_request WHERE digest = ?15\(dialect.lock))
            ON CONFLICT (digest) DO NOTHING
            """,
            [
                code.digest, access.grantID, access.clientID, access.subject,
                StoredList.text(access.scopes), StoredList.text(access.audiences),
                access.grantedAt, access.tokenLifetime, code.redirectURI, code.namedRedirectURI,
                code.challenge, code.expiresAt, code.usedAt, code.keptUntil, request,
            ]
        )
        guard isMade else { return .conflict }
        growth[.code] += 1
        if let request {
            try database.execute("DELETE FROM pushed_request WHERE digest = ?", [request])
            growth[.pushedRequest] -= database.changes
        }
        return .done
    }

    private func use(
        _ code: [UInt8],
        at time: Int64,
        _ family: RefreshFamilyRecord?
    ) throws -> GrantWriteResult {
        if let family, try !insert(family, ofUnused: code) { return try refusal(ofUsing: code) }
        let isMade = try change(
            """
            UPDATE authorization_code SET used_at = ?2,
            kept_until = \(dialect.larger)(kept_until, ?2 + \(dialect.smaller)(token_lifetime, ?3))
            WHERE digest = ?1 AND used_at IS NULL
            """,
            [code, time, GrantLimits.usedCodeSecondsMax]
        )
        guard isMade else { return try refusal(ofUsing: code) }
        if let family { try removeOldest(besides: family.access) }
        return .done
    }

    private func refusal(ofUsing code: [UInt8]) throws -> GrantWriteResult {
        try has("SELECT 1 FROM authorization_code WHERE digest = ?", code) ? .conflict : .absent
    }

    // MARK: families of refresh tokens

    /// Whether the family was kept; one that begins with a code, only where that is unused.
    private func insert(_ family: RefreshFamilyRecord, ofUnused code: [UInt8]? = nil) throws -> Bool
    {
        let access = family.access
        return try change(
            """
            INSERT INTO refresh_family
            (grant_id, client_id, subject, scopes, audiences, granted_at, token_lifetime,
            thumbprint, current_digest, previous_digest, rotated_at, ends_at)
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12
            WHERE ?13 IS NULL
            OR EXISTS (SELECT 1 FROM authorization_code
                WHERE digest = ?13 AND used_at IS NULL\(dialect.lock))
            ON CONFLICT (grant_id) DO NOTHING
            """,
            [
                access.grantID, access.clientID, access.subject, StoredList.text(access.scopes),
                StoredList.text(access.audiences), access.grantedAt, access.tokenLifetime,
                family.thumbprint, family.current, family.previous, family.rotatedAt, family.endsAt,
                code,
            ]
        )
    }

    private func add(_ family: RefreshFamilyRecord) throws -> GrantWriteResult {
        guard try insert(family) else { return .conflict }
        try removeOldest(besides: family.access)
        return .done
    }

    /// Removes families of a client and user beyond their number, those rotated least lately; the
    /// new one stays.
    ///
    /// Of those rotated in one second the older grant goes; of two that are as old, by the id, so
    /// that each run removes the same.
    private func removeOldest(besides access: GrantedAccess) throws {
        try database.execute(
            """
            DELETE FROM refresh_family WHERE grant_id IN (
                SELECT grant_id FROM refresh_family
                WHERE client_id = ?1 AND subject = ?2 AND grant_id <> ?3
                ORDER BY rotated_at DESC, granted_at DESC, grant_id
                LIMIT \(Int64.max) OFFSET ?4
            )
            """,
            [
                access.clientID, access.subject, access.grantID,
                GrantLimits.familiesOfUserMax - 1,
            ]
        )
    }

    private func rotate(_ rotation: RefreshRotation) throws -> GrantWriteResult {
        let isMade = try change(
            """
            UPDATE refresh_family SET current_digest = ?3, previous_digest = ?2, rotated_at = ?4,
            ends_at = ?5 WHERE grant_id = ?1 AND current_digest = ?2
            """,
            [
                rotation.family, rotation.current, rotation.successor, rotation.rotatedAt,
                rotation.endsAt,
            ]
        )
        if isMade { return .done }
        return try has("SELECT 1 FROM refresh_family WHERE grant_id = ?", rotation.family)
            ? .conflict : .absent
    }

    private func extend(_ family: [UInt8], to end: Int64) throws -> GrantWriteResult {
        try change("UPDATE refresh_family SET ends_at = ?2 WHERE grant_id = ?1", [family, end])
            ? .done : .absent
    }

    // MARK: revocation

    private mutating func revokeGrant(_ token: RevokedToken) throws -> GrantWriteResult {
        let result = try revoke(token)
        guard result == .done else {
            // Fails closed: whoever presents one of its tokens has another attempt made.
            try database.execute(
                """
                UPDATE refresh_family SET current_digest = ?2, previous_digest = NULL
                WHERE grant_id = ?1
                """,
                [token.id, [UInt8](repeating: 0, count: 32)]
            )
            return result
        }
        try database.execute("DELETE FROM refresh_family WHERE grant_id = ?", [token.id])
        growth[.refreshFamily] -= database.changes
        return .done
    }

    /// The later of two ends counts; one that is revoked already needs no room.
    private mutating func revoke(
        _ token: RevokedToken,
        among revokedMax: Int = GrantLimits.revokedTokensMax
    ) throws -> GrantWriteResult {
        let isKnown = try has("SELECT 1 FROM revoked_token WHERE id = ?", token.id)
        guard isKnown || rows[.revokedToken] + growth[.revokedToken] < revokedMax else {
            return .full
        }
        try database.execute(
            """
            INSERT INTO revoked_token (id, until) VALUES (?, ?)
            ON CONFLICT (id) DO UPDATE SET until = excluded.until
            WHERE excluded.until > revoked_token.until
            """,
            [token.id, token.until]
        )
        if !isKnown { growth[.revokedToken] += 1 }
        return .done
    }

    // MARK: statements

    private func isFull(_ table: GrantTable) -> Bool {
        guard let rowsMax = table.rowsMax else { return false }
        return rows[table] + growth[table] >= rowsMax
    }

    /// Whether the statement has changed a row.
    private func change(_ sql: String, _ arguments: [any SQLBindable]) throws -> Bool {
        try database.execute(sql, arguments)
        return database.changes > 0
    }

    private func has(_ sql: String, _ key: [UInt8]) throws -> Bool {
        try database.value(sql, [key]) as Int? != nil
    }
}
