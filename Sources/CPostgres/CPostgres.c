// SPDX-License-Identifier: Apache-2.0
// See Decisions/0052-libpq-is-loaded-when-needed.md.
#include "CPostgres.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_once_t begun = PTHREAD_ONCE_INIT;
static handfast_libpq installed;

static void refuse(handfast_libpq *libpq, const char *problem) {
    snprintf(libpq->problem, sizeof libpq->problem, "%s", problem ? problem : "no reason is given");
}

static void load(handfast_libpq *libpq, const char *name) {
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        refuse(libpq, dlerror());
        return;
    }
    const struct {
        const char *name;
        void *place;
    } wanted[] = {
        {"PQconninfoParse", &libpq->parse_url},
        {"PQconninfoFree", &libpq->free_options},
        {"PQfreemem", &libpq->free_memory},
        {"PQconnectStartParams", &libpq->connect_start},
        {"PQconnectPoll", &libpq->connect_poll},
        {"PQfinish", &libpq->finish},
        {"PQstatus", &libpq->status},
        {"PQtransactionStatus", &libpq->transaction_status},
        {"PQerrorMessage", &libpq->error_message},
        {"PQsocket", &libpq->socket},
        {"PQsetnonblocking", &libpq->set_nonblocking},
        {"PQsendQueryParams", &libpq->send_query},
        {"PQsendQuery", &libpq->send_script},
        {"PQflush", &libpq->flush},
        {"PQconsumeInput", &libpq->consume_input},
        {"PQisBusy", &libpq->is_busy},
        {"PQgetResult", &libpq->get_result},
        {"PQnotifies", &libpq->notifies},
        {"PQclear", &libpq->clear},
        {"PQresultStatus", &libpq->result_status},
        {"PQresultErrorMessage", &libpq->result_error},
        {"PQresultErrorField", &libpq->error_field},
        {"PQntuples", &libpq->rows},
        {"PQnfields", &libpq->columns},
        {"PQfname", &libpq->column_name},
        {"PQftype", &libpq->column_type},
        {"PQgetisnull", &libpq->is_null},
        {"PQgetvalue", &libpq->bytes},
        {"PQgetlength", &libpq->length},
        {"PQcmdTuples", &libpq->affected_rows},
        {"PQsetNoticeProcessor", &libpq->set_notice_processor},
        {"PQinitOpenSSL", &libpq->init_openssl},
    };
    for (size_t index = 0; index < sizeof wanted / sizeof *wanted; index++) {
        // POSIX lets a function's address be in a `void *` where it comes from dlsym.
        void **place = wanted[index].place;
        *place = dlsym(library, wanted[index].name);
        if (*place) continue;
        refuse(libpq, dlerror());
        dlclose(library);
        return;
    }
    // The program has set OpenSSL up.
    libpq->init_openssl(0, 0);
}

static void begin(void) { load(&installed, "libpq.so.5"); }

const handfast_libpq *handfast_libpq_installed(void) {
    pthread_once(&begun, begin);
    return &installed;
}

handfast_libpq *handfast_libpq_open(const char *name) {
    handfast_libpq *libpq = calloc(1, sizeof *libpq);
    if (libpq) load(libpq, name);
    return libpq;
}

const char *handfast_libpq_problem(const handfast_libpq *libpq) {
    return libpq->problem[0] ? libpq->problem : NULL;
}

static void drop(void *context, const char *notice) { (void)context, (void)notice; }

void handfast_libpq_drop_notices(const handfast_libpq *libpq, PGconn *connection) {
    libpq->set_notice_processor(connection, drop, NULL);
}
