// SPDX-License-Identifier: Apache-2.0
// The functions of libcurl that are called, found in it when it is loaded.
#pragma once
#include "CCurl.h"

struct handfast_curl {
    CURLcode (*global_init)(long);
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
    CURLcode (*easy_perform)(CURL *);
    CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
    void (*easy_cleanup)(CURL *);
    const char *(*easy_strerror)(CURLcode);
    struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
    void (*slist_free_all)(struct curl_slist *);
    /// Why it cannot be used; empty when it can, and all functions are there.
    char problem[256];
};
