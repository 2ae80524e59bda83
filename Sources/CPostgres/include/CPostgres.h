// SPDX-License-Identifier: Apache-2.0
// Debian's libpq, which is loaded and not linked: a server without a store in PostgreSQL needs neither it nor the
// libraries that it brings (Kerberos, LDAP). Sources/PostgresStore calls its functions by this table.
#pragma once
#include <postgresql/libpq-fe.h>

/// The functions of libpq that are called, found in it when it is loaded; see its manual for each.
typedef struct handfast_libpq {
    PQconninfoOption *(*parse_url)(const char *, char **);
    void (*free_options)(PQconninfoOption *);
    void (*free_memory)(void *);
    PGconn *(*connect_start)(const char *const *, const char *const *, int);
    PostgresPollingStatusType (*connect_poll)(PGconn *);
    void (*finish)(PGconn *);
    ConnStatusType (*status)(const PGconn *);
    PGTransactionStatusType (*transaction_status)(const PGconn *);
    char *(*error_message)(const PGconn *);
    int (*socket)(const PGconn *);
    int (*set_nonblocking)(PGconn *, int);
    int (*send_query)(
        PGconn *, const char *, int, const Oid *, const char *const *, const int *, const int *, int
    );
    int (*send_script)(PGconn *, const char *);
    int (*flush)(PGconn *);
    int (*consume_input)(PGconn *);
    int (*is_busy)(PGconn *);
    PGresult *(*get_result)(PGconn *);
    PGnotify *(*notifies)(PGconn *);
    void (*clear)(PGresult *);
    ExecStatusType (*result_status)(const PGresult *);
    char *(*result_error)(const PGresult *);
    char *(*error_field)(const PGresult *, int);
    int (*rows)(const PGresult *);
    int (*columns)(const PGresult *);
    char *(*column_name)(const PGresult *, int);
    Oid (*column_type)(const PGresult *, int);
    int (*is_null)(const PGresult *, int, int);
    char *(*bytes)(const PGresult *, int, int);
    int (*length)(const PGresult *, int, int);
    char *(*affected_rows)(PGresult *);
    PQnoticeProcessor (*set_notice_processor)(PGconn *, PQnoticeProcessor, void *);
    void (*init_openssl)(int, int);
    /// Why it cannot be used; empty where it can, and all functions are there.
    char problem[256];
} handfast_libpq;

/// The system's one, `libpq.so.5`, loaded by the first call; any thread may be that. Never NULL, never unloaded.
const handfast_libpq *handfast_libpq_installed(void);
/// Another one by its name, for tests: the caller's to `free`, or NULL without memory.
handfast_libpq *handfast_libpq_open(const char *name);
/// Why it cannot be used, a text that lives as long as it; NULL where it can.
const char *handfast_libpq_problem(const handfast_libpq *libpq);

/// Has the notices of a connection, which libpq prints to standard error else, dropped.
void handfast_libpq_drop_notices(const handfast_libpq *libpq, PGconn *connection);
