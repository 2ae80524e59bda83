// SPDX-License-Identifier: Apache-2.0
package import Storage

extension StoreTransaction {
    package func adminTokens() throws(StoreError) -> [AdminTokenRecord] {
        try attempt { database in
            try database.all(Self.selectTokens + " ORDER BY name", [], token)
        }
    }

    package func adminToken(digest: [UInt8]) throws(StoreError) -> AdminTokenRecord? {
        try attempt { database in
            try database.first(Self.selectTokens + " WHERE digest = ?", [digest], token)
        }
    }

    package func insert(_ token: AdminTokenRecord) throws(StoreError) {
        try attempt { database in
            guard AdminTokenRecord.isName(token.name) else {
                throw StoreError(.invalid, "a token cannot have this name", of: .adminToken)
            }
            do {
                try database.execute(
                    "INSERT INTO admin_token (name, role, digest, created_at) VALUES (?, ?, ?, ?)",
                    [token.name, token.role.rawValue, token.digest, token.createdAt]
                )
            } catch let error as any SQLError where error.isTaken {
                throw StoreError(
                    .alreadyExists,
                    "there is already a token \(token.name) for administrators",
                    of: .adminToken
                )
            }
            try record(from: nil, to: AuditFacts(token))
        }
    }

    package func removeAdminToken(_ name: String) throws(StoreError) {
        try attempt { database in
            let old = try readable(.adminToken, name) {
                try database.first(Self.selectTokens + " WHERE name = ?", [name], token)
                    .map { AuditFacts($0) }
            }
            try database.execute("DELETE FROM admin_token WHERE name = ?", [name])
            guard database.changes > 0 else { throw StoreError.noAdminToken(name) }
            try record(from: old, to: nil)
        }
    }

    private static let selectTokens = "SELECT name, role, digest, created_at FROM admin_token"

    private func token(_ row: any SQLRows) throws -> AdminTokenRecord {
        guard let role = AdministratorRole(rawValue: try row[1]) else {
            throw parts.corrupt("a token has an unknown role")
        }
        return try AdminTokenRecord(
            name: row[0],
            role: role,
            digest: row[2],
            createdAt: row[3]
        )
    }
}
