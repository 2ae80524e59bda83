// SPDX-License-Identifier: Apache-2.0
// Allocates one block of 100 bytes more in each send(), for a test that must see it. Loaded with LD_PRELOAD.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/socket.h>

// Volatile: the compiler may leave out a block that is not used.
static void *volatile block;

ssize_t send(int descriptor, const void *bytes, size_t count, int flags) {
    static __typeof__(&send) next;
    if (!next) next = (__typeof__(&send))dlsym(RTLD_NEXT, "send");
    block = malloc(100);
    free(block);
    return next(descriptor, bytes, count, flags);
}
