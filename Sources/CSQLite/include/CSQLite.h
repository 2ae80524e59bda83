// SPDX-License-Identifier: Apache-2.0
// Debian's libsqlite3 as Swift sees it, with wrappers of what Swift cannot call (a variadic function) or name (macros
// that are casts or sums).
#pragma once
#include <sqlite3.h>
#include <stddef.h>

/// Extended result codes, which sqlite3.h defines as expressions.
enum {
    HANDFAST_SQLITE_CONSTRAINT_UNIQUE = SQLITE_CONSTRAINT_UNIQUE,
    HANDFAST_SQLITE_CONSTRAINT_PRIMARYKEY = SQLITE_CONSTRAINT_PRIMARYKEY,
    HANDFAST_SQLITE_IOERR_FSYNC = SQLITE_IOERR_FSYNC,
    HANDFAST_SQLITE_IOERR_DIR_FSYNC = SQLITE_IOERR_DIR_FSYNC,
    HANDFAST_SQLITE_IOERR_SHMSIZE = SQLITE_IOERR_SHMSIZE,
};

/// Makes a word in double quotes an identifier only, in statements and in the schema (SQLITE_DBCONFIG_DQS_DML, DQS_DDL).
/// A result code.
int handfast_sqlite_refuse_quoted_texts(sqlite3 *connection);

/// Binds `count` bytes of UTF-8, copied (SQLITE_TRANSIENT). A result code.
int handfast_sqlite_bind_text(sqlite3_stmt *statement, int index, const char *text, size_t count);
/// Binds a BLOB of `count` bytes, copied; an empty one and not NULL where `count` is 0. A result code.
int handfast_sqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, size_t count);
