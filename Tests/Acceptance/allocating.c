// SPDX-License-Identifier: Apache-2.0
// Allocates what its arguments say, for the tests of allocations.c: so many rounds in the main thread, and so many in
// a thread with the name of a reactor. Then it waits for its standard input to end.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

// Volatile: the compiler may leave out a block that is not used.
static void *volatile block;

// Five allocations of 1,000 bytes each, one by each function; realloc gives one block back, and the last one stays.
static void allocate(int rounds) {
    for (int i = 0; i < rounds; i++) {
        void *aligned = NULL;
        if (posix_memalign(&aligned, 64, 1000)) abort();
        block = aligned;
        free(block);
        block = aligned_alloc(64, 1000);
        free(block);
        block = calloc(10, 100);
        free(block);
        block = malloc(1000);
        block = realloc(block, 1000);
    }
}

static void *reactor(void *rounds) {
    pthread_setname_np(pthread_self(), "reactor-0");
    allocate(*(int *)rounds);
    if (write(STDOUT_FILENO, "done\n", 5) != 5) abort();
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0) {}
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    int rounds = atoi(arguments[2]);
    allocate(atoi(arguments[1]));
    pthread_t thread;
    if (pthread_create(&thread, NULL, reactor, &rounds)) return 1;
    return pthread_join(thread, NULL);
}
