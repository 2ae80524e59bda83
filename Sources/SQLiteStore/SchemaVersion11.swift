// SPDX-License-Identifier: Apache-2.0
/// The audit of changes, its head, and tokens for administrators.
///
/// Rows are numbered by the program, which has the number in the code of the row; none is removed,
/// so that no trigger and no sequence of SQLite is needed. `audit_head` has one row.
let schemaVersion11 = """
    CREATE TABLE audit (
        sequence INTEGER PRIMARY KEY CHECK (sequence > 0),
        time INTEGER NOT NULL,
        author TEXT NOT NULL,
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        action TEXT NOT NULL,
        before TEXT,
        after TEXT,
        mac BLOB NOT NULL CHECK (length(mac) = 32)
    ) STRICT;
    CREATE INDEX audit_thing ON audit (kind, id, sequence);

    CREATE TABLE audit_head (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        first INTEGER NOT NULL,
        sequence INTEGER NOT NULL,
        row_mac BLOB NOT NULL CHECK (length(row_mac) = 32),
        mac BLOB NOT NULL CHECK (length(mac) = 32)
    ) STRICT;

    CREATE TABLE admin_token (
        name TEXT NOT NULL PRIMARY KEY
            CHECK (length(name) BETWEEN 1 AND 64 AND name NOT GLOB '*[^A-Za-z0-9._-]*'),
        role TEXT NOT NULL CHECK (role IN ('read', 'operate', 'administer')),
        digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
        created_at INTEGER NOT NULL
    ) STRICT;
    \(changeTriggers(table: "admin_token", kind: "admin_token", column: "name"))
    """
