// SPDX-License-Identifier: Apache-2.0
// Preloaded: the time of day by the file that HANDFAST_CLOCK names, which says so many seconds off the true time
// (+7200), or the second since 1970 at which the clock stands (@1893456000). Read at each reading of the clock; the
// monotonic clocks are left alone.

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

// Allocates nothing and takes no lock: an allocator may read the clock, and any thread does.
static void turn(struct timespec *now)
{
    const char *file = getenv("HANDFAST_CLOCK");
    if (!file) return;
    int descriptor = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return;
    char text[32];
    long count = syscall(SYS_read, descriptor, text, sizeof text - 1);
    syscall(SYS_close, descriptor);
    if (count < 2) return;
    text[count] = 0;
    long seconds = strtol(text + 1, NULL, 10);
    switch (text[0]) {
    case '@': *now = (struct timespec){.tv_sec = seconds}; break;
    case '-': now->tv_sec -= seconds; break;
    default: now->tv_sec += seconds; break;
    }
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) turn(now);
    return result;
}

int gettimeofday(struct timeval *now, void *zone)
{
    (void)zone;
    struct timespec found;
    if (clock_gettime(CLOCK_REALTIME, &found) != 0) return -1;
    *now = (struct timeval){.tv_sec = found.tv_sec, .tv_usec = found.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *now)
{
    struct timespec found;
    if (clock_gettime(CLOCK_REALTIME, &found) != 0) return -1;
    if (now) *now = found.tv_sec;
    return found.tv_sec;
}
