// SPDX-License-Identifier: Apache-2.0
/// Token exchange (RFC 8693): a client's own audiences, its mode, and bound tokens of others.
let schemaVersion16 = """
    ALTER TABLE client ADD COLUMN own_audiences TEXT NOT NULL DEFAULT '';
    ALTER TABLE client ADD COLUMN exchange_mode TEXT NOT NULL DEFAULT 'delegate'
        CHECK (exchange_mode IN ('delegate', 'impersonate'));
    ALTER TABLE client ADD COLUMN exchange_bound_tokens INTEGER NOT NULL DEFAULT 0;
    """
