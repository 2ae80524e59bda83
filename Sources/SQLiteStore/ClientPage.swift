// SPDX-License-Identifier: Apache-2.0
public import Storage

extension Store {
    /// At most `limit` clients in the order of their `client_id`, from the first one after `last`.
    ///
    /// By identity and not by number, so that going on works also when `last` was removed
    /// meanwhile. A lookup in the index, however many clients there are.
    public func clients(
        after last: String?,
        limit: Int
    ) throws(StoreError) -> [ClientSummary] {
        try read { database in
            try database.all(
                """
                SELECT client_id, authentication_method, enabled FROM client
                WHERE client_id > ? ORDER BY client_id LIMIT ?
                """,
                // No client_id is empty, so all come after an empty one.
                [last ?? "", limit]
            ) { row in
                try ClientSummary(
                    clientID: row[0],
                    authenticationMethod: row[1],
                    enabled: row[2]
                )
            }
        }
    }
}
