// SPDX-License-Identifier: Apache-2.0
internal import Storage

/// Reads rows of grants within one transaction.
struct GrantRows {
    let database: any SQLDatabase
    /// Makes the error for a row that the program cannot have written.
    let corrupt: (String) -> StoreError

    /// The row of `key`; nil where there is none.
    func find(_ key: GrantKey) throws -> GrantRecord? {
        switch key {
        case .code(let digest): try code(digest).map { .code($0) }
        case .refreshFamily(let id): try family(id).map { .refreshFamily($0) }
        case .pushedRequest(let digest): try request(digest).map { .pushedRequest($0) }
        }
    }

    private func code(_ digest: [UInt8]) throws -> CodeRecord? {
        try database.first(
            """
            SELECT grant_id, client_id, subject, scopes, audiences, granted_at, token_lifetime,
            redirect_uri, named_redirect_uri, challenge, expires_at, used_at, kept_until
            FROM authorization_code WHERE digest = ?
            """,
            [digest]
        ) { row in
            CodeRecord(
                digest: digest,
                access: try access(row),
                redirectURI: try row[7],
                namedRedirectURI: try row[8],
                challenge: try row[9],
                expiresAt: try row[10],
                usedAt: try row[11],
                keptUntil: try row[12]
            )
        }
    }

    private func family(_ id: [UInt8]) throws -> RefreshFamilyRecord? {
        try database.first(
            """
            SELECT grant_id, client_id, subject, scopes, audiences, granted_at, token_lifetime,
            thumbprint, current_digest, previous_digest, rotated_at, ends_at
            FROM refresh_family WHERE grant_id = ?
            """,
            [id]
        ) { row in
            RefreshFamilyRecord(
                access: try access(row),
                thumbprint: try row[7],
                current: try row[8],
                previous: try row[9],
                rotatedAt: try row[10],
                endsAt: try row[11]
            )
        }
    }

    private func request(_ digest: [UInt8]) throws -> PushedRequestRecord? {
        try database.first(
            "SELECT client_id, parameters, expires_at FROM pushed_request WHERE digest = ?",
            [digest]
        ) { row in
            PushedRequestRecord(
                digest: digest,
                clientID: try row[0],
                parameters: try row[1],
                expiresAt: try row[2]
            )
        }
    }

    /// The grant in the first seven columns.
    private func access(_ row: any SQLRows) throws -> GrantedAccess {
        GrantedAccess(
            grantID: try row[0],
            clientID: try row[1],
            subject: try row[2],
            scopes: try list(try row[3]),
            audiences: try list(try row[4]),
            grantedAt: try row[5],
            tokenLifetime: try row[6]
        )
    }

    private func list(_ text: String) throws -> [String] {
        guard let list = StoredList.texts(text) else {
            throw corrupt("a list of a grant cannot be read")
        }
        return list
    }
}
