// SPDX-License-Identifier: Apache-2.0
// See Decisions/0036-libcurl-is-loaded-when-needed.md.
#include "Library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_once_t begun = PTHREAD_ONCE_INIT;
static handfast_curl installed;

static void refuse(handfast_curl *curl, const char *problem) {
    snprintf(curl->problem, sizeof curl->problem, "%s", problem ? problem : "no reason is given");
}

static void load(handfast_curl *curl, const char *name) {
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        refuse(curl, dlerror());
        return;
    }
    const struct {
        const char *name;
        void *place;
    } wanted[] = {
        {"curl_global_init", &curl->global_init},       {"curl_easy_init", &curl->easy_init},
        {"curl_easy_setopt", &curl->easy_setopt},       {"curl_easy_perform", &curl->easy_perform},
        {"curl_easy_getinfo", &curl->easy_getinfo},     {"curl_easy_cleanup", &curl->easy_cleanup},
        {"curl_easy_strerror", &curl->easy_strerror},   {"curl_slist_append", &curl->slist_append},
        {"curl_slist_free_all", &curl->slist_free_all},
    };
    for (size_t index = 0; index < sizeof wanted / sizeof *wanted; index++) {
        // POSIX lets a function's address be in a `void *` where it comes from dlsym.
        void **place = wanted[index].place;
        *place = dlsym(library, wanted[index].name);
        if (*place) continue;
        refuse(curl, dlerror());
        dlclose(library);
        return;
    }
    // From here on it stays loaded: it may have registered what runs at the end of the process.
    CURLcode code = curl->global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK) refuse(curl, curl->easy_strerror(code));
}

static void begin(void) { load(&installed, "libcurl.so.4"); }

const handfast_curl *handfast_curl_installed(void) {
    pthread_once(&begun, begin);
    return &installed;
}

handfast_curl *handfast_curl_open(const char *name) {
    handfast_curl *curl = calloc(1, sizeof *curl);
    if (curl) load(curl, name);
    return curl;
}

const char *handfast_curl_problem(const handfast_curl *curl) {
    return curl->problem[0] ? curl->problem : NULL;
}
