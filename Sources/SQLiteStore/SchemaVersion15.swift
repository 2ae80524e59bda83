// SPDX-License-Identifier: Apache-2.0
/// Trusted issuers: other authorization servers whose JWTs count here.
let schemaVersion15 = """
    CREATE TABLE trusted_issuer (
        name TEXT NOT NULL PRIMARY KEY
            CHECK (length(name) BETWEEN 1 AND 32 AND name GLOB '[a-z]*'
                AND name NOT GLOB '*[^a-z0-9-]*'),
        issuer TEXT NOT NULL UNIQUE CHECK (length(issuer) > 0),
        jwks TEXT,
        jwks_uri TEXT CHECK ((jwks_uri IS NULL) <> (jwks IS NULL)),
        fetched_jwks TEXT CHECK (fetched_jwks IS NULL OR jwks_uri IS NOT NULL),
        fetched_at INTEGER CHECK ((fetched_at IS NULL) = (fetched_jwks IS NULL)),
        algorithms TEXT NOT NULL,
        clients TEXT NOT NULL,
        audience TEXT,
        subjects TEXT,
        token_audiences TEXT NOT NULL,
        scopes TEXT NOT NULL,
        max_lifetime INTEGER NOT NULL CHECK (max_lifetime > 0),
        allows_replay INTEGER NOT NULL CHECK (allows_replay = 0 OR max_lifetime <= 300),
        labels TEXT,
        created INTEGER NOT NULL,
        version INTEGER NOT NULL DEFAULT 1
    ) STRICT;
    \(changeTriggers(table: "trusted_issuer", kind: "issuer", column: "name"))
    """
