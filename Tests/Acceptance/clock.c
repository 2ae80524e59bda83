// SPDX-License-Identifier: Apache-2.0
// Has threads read libfaketime's clock one after another. With each reading it puts "+0" where it keeps what its file
// says, and then reads the file, without a lock: of threads that read at once some would see the true time.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int (*next_clock_gettime)(clockid_t, struct timespec *);
static int (*next_gettimeofday)(struct timeval *, void *);
static time_t (*next_time)(time_t *);
// Recursive: libfaketime may read one clock by another.
static pthread_mutex_t turn = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

// Not at the first reading: dlsym may allocate, and what allocates may read the clock.
__attribute__((constructor)) static void find(void)
{
    next_gettimeofday = (int (*)(struct timeval *, void *))dlsym(RTLD_NEXT, "gettimeofday");
    next_time = (time_t(*)(time_t *))dlsym(RTLD_NEXT, "time");
    next_clock_gettime = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    if (!next_clock_gettime) return (int)syscall(SYS_clock_gettime, clock, now);
    pthread_mutex_lock(&turn);
    int result = next_clock_gettime(clock, now);
    pthread_mutex_unlock(&turn);
    return result;
}

int gettimeofday(struct timeval *now, void *zone)
{
    if (!next_gettimeofday) return (int)syscall(SYS_gettimeofday, now, zone);
    pthread_mutex_lock(&turn);
    int result = next_gettimeofday(now, zone);
    pthread_mutex_unlock(&turn);
    return result;
}

time_t time(time_t *now)
{
    struct timespec found;
    if (!next_time) {
        clock_gettime(CLOCK_REALTIME, &found);
        if (now) *now = found.tv_sec;
        return found.tv_sec;
    }
    pthread_mutex_lock(&turn);
    time_t result = next_time(now);
    pthread_mutex_unlock(&turn);
    return result;
}
