// SPDX-License-Identifier: Apache-2.0
// Preloaded: a disk that hangs. While the file that HANDFAST_HANG names is there, nothing is synced.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static void wait_for_the_disk(void) {
    const char *file = getenv("HANDFAST_HANG");
    while (file && access(file, F_OK) == 0) usleep(20000);
}

int fsync(int descriptor) {
    wait_for_the_disk();
    return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(descriptor);
}

int fdatasync(int descriptor) {
    wait_for_the_disk();
    return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(descriptor);
}
