// SPDX-License-Identifier: Apache-2.0
// Preloaded: the system's bundle of CAs is the file that HANDFAST_AUTHORITIES names, for programs
// that cannot be told another one.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *chosen(const char *path) {
    const char *file = getenv("HANDFAST_AUTHORITIES");
    return file && path && strcmp(path, "/etc/ssl/certs/ca-certificates.crt") == 0 ? file : path;
}

FILE *fopen(const char *path, const char *mode) {
    return ((FILE *(*)(const char *, const char *))dlsym(RTLD_NEXT, "fopen"))(chosen(path), mode);
}

FILE *fopen64(const char *path, const char *mode) {
    return ((FILE *(*)(const char *, const char *))dlsym(RTLD_NEXT, "fopen64"))(chosen(path), mode);
}
