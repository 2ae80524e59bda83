// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "CLinux.h"

struct handfast_lock {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
};

handfast_lock *handfast_lock_new(void) {
    handfast_lock *lock = malloc(sizeof *lock);
    pthread_condattr_t attributes;
    if (!lock) abort(); // without a lock nothing can be shared safely
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (pthread_mutex_init(&lock->mutex, NULL) || pthread_cond_init(&lock->condition, &attributes)) abort();
    pthread_condattr_destroy(&attributes);
    return lock;
}

void handfast_lock_free(handfast_lock *lock) {
    pthread_cond_destroy(&lock->condition);
    pthread_mutex_destroy(&lock->mutex);
    free(lock);
}

void handfast_lock_acquire(handfast_lock *lock) { pthread_mutex_lock(&lock->mutex); }
void handfast_lock_release(handfast_lock *lock) { pthread_mutex_unlock(&lock->mutex); }

void handfast_lock_wait(handfast_lock *lock, int milliseconds) {
    if (milliseconds < 0) {
        pthread_cond_wait(&lock->condition, &lock->mutex);
        return;
    }
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += milliseconds / 1000;
    until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&lock->condition, &lock->mutex, &until);
}

void handfast_lock_signal(handfast_lock *lock, int all) {
    if (all) pthread_cond_broadcast(&lock->condition);
    else pthread_cond_signal(&lock->condition);
}
