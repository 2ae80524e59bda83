// SPDX-License-Identifier: Apache-2.0
// Preloaded: while the file that HANDFAST_STUCK names is there, the thread reactor-0 does not go on after epoll_wait.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

static int is_stuck(void) {
    char name[16] = "";
    const char *file = getenv("HANDFAST_STUCK");
    prctl(PR_GET_NAME, name);
    return file && strcmp(name, "reactor-0") == 0 && access(file, F_OK) == 0;
}

int epoll_wait(int poller, struct epoll_event *events, int count, int timeout) {
    static int (*real)(int, struct epoll_event *, int, int);
    if (!real) real = (int (*)(int, struct epoll_event *, int, int))dlsym(RTLD_NEXT, "epoll_wait");
    int ready = real(poller, events, count, timeout);
    while (is_stuck()) usleep(20000);
    return ready;
}
