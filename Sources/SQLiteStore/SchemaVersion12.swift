// SPDX-License-Identifier: Apache-2.0
/// Indexes by which certificates that end, a trust set's clients and one kind's entries are listed.
///
/// Certificates are in the order of their ends, clients and entries of the audit in that of their
/// pages: a list reads no others.
let schemaVersion12 = """
    CREATE INDEX certificate_end ON certificate (not_after);
    DROP INDEX client_trust_set;
    CREATE INDEX client_trust_set ON client (trust_set, client_id) WHERE trust_set IS NOT NULL;
    CREATE INDEX audit_kind ON audit (kind, sequence);
    """
