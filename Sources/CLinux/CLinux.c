// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

// MARK: epoll

enum { BATCH = 256 };

int handfast_epoll_create(void) {
    int poller = epoll_create1(EPOLL_CLOEXEC);
    return poller < 0 ? -errno : poller;
}

int handfast_epoll_wait(int poller, handfast_event *events, int count, int timeout) {
    struct epoll_event ready[BATCH];
    int n = epoll_wait(poller, ready, count < BATCH ? count : BATCH, timeout);
    if (n < 0) return -errno;
    for (int i = 0; i < n; i++) {
        uint32_t what = 0;
        if (ready[i].events & (EPOLLIN | EPOLLRDHUP)) what |= HANDFAST_READABLE;
        if (ready[i].events & EPOLLOUT) what |= HANDFAST_WRITABLE;
        if (ready[i].events & (EPOLLERR | EPOLLHUP)) what |= HANDFAST_BROKEN;
        events[i].token = ready[i].data.u64;
        events[i].events = what;
    }
    return n;
}

static int control(int poller, int operation, int descriptor, uint32_t interest, uint64_t token) {
    struct epoll_event event = {.data.u64 = token};
    if (interest & HANDFAST_READABLE) event.events |= EPOLLIN;
    if (interest & HANDFAST_WRITABLE) event.events |= EPOLLOUT;
    if (interest & HANDFAST_EDGE_TRIGGERED) event.events |= EPOLLET;
    return epoll_ctl(poller, operation, descriptor, &event) ? -errno : 0;
}

int handfast_epoll_add(int poller, int descriptor, uint32_t interest, uint64_t token) {
    return control(poller, EPOLL_CTL_ADD, descriptor, interest, token);
}
int handfast_epoll_modify(int poller, int descriptor, uint32_t interest, uint64_t token) {
    return control(poller, EPOLL_CTL_MOD, descriptor, interest, token);
}
int handfast_epoll_remove(int poller, int descriptor) { return control(poller, EPOLL_CTL_DEL, descriptor, 0, 0); }

int handfast_eventfd(void) {
    int descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}
void handfast_eventfd_ring(int descriptor) {
    uint64_t one = 1;
    while (write(descriptor, &one, sizeof one) < 0 && errno == EINTR) {}
}
void handfast_eventfd_clear(int descriptor) {
    uint64_t rung;
    while (read(descriptor, &rung, sizeof rung) < 0 && errno == EINTR) {}
}

// MARK: clocks

static uint64_t nanoseconds(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
uint64_t handfast_monotonic_nanoseconds(void) { return nanoseconds(CLOCK_MONOTONIC); }
uint64_t handfast_boot_nanoseconds(void) { return nanoseconds(CLOCK_BOOTTIME); }
uint64_t handfast_process_cpu_nanoseconds(void) { return nanoseconds(CLOCK_PROCESS_CPUTIME_ID); }
uint64_t handfast_thread_cpu_nanoseconds(void) { return nanoseconds(CLOCK_THREAD_CPUTIME_ID); }
int64_t handfast_wall_seconds(void) { return (int64_t)(nanoseconds(CLOCK_REALTIME) / 1000000000u); }
int64_t handfast_wall_milliseconds(void) { return (int64_t)(nanoseconds(CLOCK_REALTIME) / 1000000u); }

// MARK: processors, process

int handfast_rename_new(const char *from, const char *to) {
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
    // Some network file systems do not know the flag; link refuses an existing name everywhere.
    if (errno != EINVAL && errno != ENOSYS) return -errno;
    if (link(from, to)) return -errno;
    unlink(from);
    return 0;
}

int handfast_processors(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set)) return 1;
    int count = CPU_COUNT(&set);
    return count > 0 ? count : 1;
}

int handfast_pin_thread(int index) {
    cpu_set_t allowed, one;
    if (sched_getaffinity(0, sizeof allowed, &allowed)) return -errno;
    int count = CPU_COUNT(&allowed);
    if (count <= 0) return -EINVAL;
    int wanted = index % count;
    CPU_ZERO(&one);
    for (int processor = 0; processor < CPU_SETSIZE; processor++) {
        if (!CPU_ISSET(processor, &allowed) || wanted-- != 0) continue;
        CPU_SET(processor, &one);
        return pthread_setaffinity_np(pthread_self(), sizeof one, &one) ? -EINVAL : 0;
    }
    return -EINVAL;
}

void handfast_yield_to_others(void) { setpriority(PRIO_PROCESS, (id_t)gettid(), 10); }

void handfast_name_thread(const char *name) {
    char shortened[16];
    strncpy(shortened, name, sizeof shortened - 1);
    shortened[sizeof shortened - 1] = 0;
    pthread_setname_np(pthread_self(), shortened);
}

void handfast_harden_process(void) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

uint64_t handfast_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit)) return 0;
    if (limit.rlim_cur < limit.rlim_max) {
        struct rlimit raised = {limit.rlim_max, limit.rlim_max};
        if (!setrlimit(RLIMIT_NOFILE, &raised)) limit = raised;
    }
    return limit.rlim_cur;
}

const char *handfast_environment(int index) {
    return environ ? environ[index] : NULL;
}

uint64_t handfast_address_space_limit(void) {
    struct rlimit limit;
    return getrlimit(RLIMIT_AS, &limit) || limit.rlim_cur == RLIM_INFINITY ? 0 : limit.rlim_cur;
}

int handfast_address_space_has(size_t bytes) {
    void *probe = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (probe == MAP_FAILED) return 0;
    munmap(probe, bytes);
    return 1;
}

static sigset_t handled(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

void handfast_signals_block(void) {
    signal(SIGPIPE, SIG_IGN);
    sigset_t set = handled();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int handfast_signal_next(int milliseconds) {
    sigset_t set = handled();
    struct timespec bound = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
    int number = sigtimedwait(&set, NULL, &bound);
    return number > 0 ? number : 0;
}

int handfast_thread_start(uint64_t *handle, size_t stack, void *(*body)(void *), void *argument) {
    pthread_attr_t attributes;
    pthread_t thread;
    int status = pthread_attr_init(&attributes);
    if (status) return status;
    status = pthread_attr_setstacksize(&attributes, stack);
    if (!status) status = pthread_create(&thread, &attributes, body, argument);
    pthread_attr_destroy(&attributes);
    if (!status) *handle = (uint64_t)thread;
    return status;
}

void handfast_thread_join(uint64_t handle) { pthread_join((pthread_t)handle, NULL); }
void handfast_thread_detach(uint64_t handle) { pthread_detach((pthread_t)handle); }

// MARK: allocator

#ifdef HANDFAST_SANITIZE
size_t handfast_allocated_bytes(void) { return 0; }
uint64_t handfast_thread_allocated_bytes(void) { return 0; }
#else
#include <jemalloc/jemalloc.h>

// Few arenas: each reactor thread uses one, and an arena's caches are memory that idle connections pay for.
// Decay within a second: a burst of handshakes must not stay in the resident set.
const char *malloc_conf = "narenas:3,background_thread:false,dirty_decay_ms:1000,muzzy_decay_ms:0,abort_conf:false";

size_t handfast_allocated_bytes(void) {
    uint64_t epoch = 1;
    size_t allocated = 0, size = sizeof epoch;
    mallctl("epoch", &epoch, &size, &epoch, sizeof epoch);
    size = sizeof allocated;
    return mallctl("stats.allocated", &allocated, &size, NULL, 0) ? 0 : allocated;
}

uint64_t handfast_thread_allocated_bytes(void) {
    uint64_t allocated = 0;
    size_t size = sizeof allocated;
    return mallctl("thread.allocated", &allocated, &size, NULL, 0) ? 0 : allocated;
}

#endif

size_t handfast_user_name(void *name, size_t size) {
    char buffer[4096];
    struct passwd entry, *found = NULL;
    // The real user: a command may work by the rights of another one (Reactor/FileRights.swift).
    if (getpwuid_r(getuid(), &entry, buffer, sizeof buffer, &found) != 0 || found == NULL) return 0;
    size_t length = strlen(found->pw_name);
    if (length > size) return 0;
    memcpy(name, found->pw_name, length);
    return length;
}

int handfast_primary_group(uid_t user, gid_t *group) {
    char buffer[4096];
    struct passwd entry, *found = NULL;
    if (getpwuid_r(user, &entry, buffer, sizeof buffer, &found) != 0 || found == NULL) return 0;
    *group = found->pw_gid;
    return 1;
}
