// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int handfast_open_regular(const char *path, int follows, int writes) {
    // Opening a FIFO would wait for its writer, and a terminal would become the process's own.
    int flags = (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (follows ? 0 : O_NOFOLLOW);
    int descriptor = open(path, flags);
    if (descriptor < 0) return -errno;
    struct stat status;
    int error = fstat(descriptor, &status) ? errno : 0;
    if (!error && !S_ISREG(status.st_mode)) error = S_ISDIR(status.st_mode) ? EISDIR : HANDFAST_NOT_REGULAR;
    if (!error) return descriptor;
    close(descriptor);
    return -error;
}
