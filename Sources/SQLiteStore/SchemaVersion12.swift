// SPDX-License-Identifier: Apache-2.0
/// Certificates in the order of their ends: a list of those that end next reads no others.
let schemaVersion12 = """
    CREATE INDEX certificate_end ON certificate (not_after);
    """
