// SPDX-License-Identifier: Apache-2.0
/// The oldest program's schema that still works with this database: a step that only adds leaves it
/// as it was, so that a program of the release before goes on beside one of the next.
let schemaVersion13 = """
    CREATE TABLE schema_compatibility (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        compatible_from INTEGER NOT NULL
    );
    INSERT INTO schema_compatibility (one, compatible_from) VALUES (1, 13);
    """
