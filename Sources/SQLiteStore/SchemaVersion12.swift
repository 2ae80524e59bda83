// SPDX-License-Identifier: Apache-2.0
/// Certificates in the order of their ends, and the clients of a trust set in the order of pages: a
/// list of those that end next, or of one set's clients, reads no others. The audit's entries about
/// records of one kind likewise.
let schemaVersion12 = """
    CREATE INDEX certificate_end ON certificate (not_after);
    DROP INDEX client_trust_set;
    CREATE INDEX client_trust_set ON client (trust_set, client_id) WHERE trust_set IS NOT NULL;
    CREATE INDEX audit_kind ON audit (kind, sequence);
    """
