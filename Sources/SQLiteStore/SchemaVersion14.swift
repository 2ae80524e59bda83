// SPDX-License-Identifier: Apache-2.0
/// How often a client may ask, `N/SECONDS`; null for the server's default.
let schemaVersion14 = """
    ALTER TABLE client ADD COLUMN rate TEXT;
    """
