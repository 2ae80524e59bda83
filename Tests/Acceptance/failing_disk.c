// SPDX-License-Identifier: Apache-2.0
// Preloaded: a disk that fails. While the file that HANDFAST_FAILING names has the word "write", every write at a
// position ends with EIO; with "sync", every sync does. SQLite writes in this way, and the log does not.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static int fails(char kind) {
    const char *file = getenv("HANDFAST_FAILING");
    char word = 0;
    if (!file) return 0;
    int descriptor = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return 0;
    long count = syscall(SYS_read, descriptor, &word, 1);
    syscall(SYS_close, descriptor);
    if (count != 1 || word != kind) return 0;
    errno = EIO;
    return 1;
}

int fsync(int descriptor) {
    if (fails('s')) return -1;
    return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(descriptor);
}

int fdatasync(int descriptor) {
    if (fails('s')) return -1;
    return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(descriptor);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    if (fails('w')) return -1;
    return ((ssize_t (*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite"))(
        descriptor, bytes, count, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    if (fails('w')) return -1;
    return ((ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64"))(
        descriptor, bytes, count, offset);
}
