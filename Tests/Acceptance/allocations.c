// SPDX-License-Identifier: Apache-2.0
// Counts the allocations of each thread of a program, for allocations.py. Loaded with LD_PRELOAD, it stands before
// jemalloc: each call is counted and passed on. The counts are in the file that HANDFAST_ALLOCATIONS names, which the
// test maps too, so that it reads them while the program runs.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// One for each thread, a cache line, written by that thread alone. allocations.py has the same layout.
typedef struct {
    _Atomic uint64_t thread;       // kernel's thread ID; 0: unused
    _Atomic uint64_t allocations;  // blocks given out; a realloc counts as one
    _Atomic uint64_t frees;        // blocks taken back
    _Atomic uint64_t requested;    // bytes asked for
    _Atomic uint64_t given;        // usable bytes of the blocks given out
    _Atomic uint64_t taken;        // usable bytes of the blocks taken back
    uint64_t unused[2];
} counts;

// A server has some 20 threads, and Dispatch makes more now and then. The last entry is shared by the threads that
// find no other; allocations.py fails when it is used.
enum { THREADS = 512 };
static counts *_Atomic table;
static _Atomic unsigned used;
// Initial-exec: any other model could allocate at a thread's first access.
static __thread counts *mine __attribute__((tls_model("initial-exec")));

static void add(_Atomic uint64_t *count, uint64_t number) {
    atomic_fetch_add_explicit(count, number, memory_order_relaxed);
}

// Null before the table is there: the dynamic linker's own allocations are not counted.
static counts *own(void) {
    if (mine) return mine;
    counts *all = atomic_load(&table);
    if (!all) return NULL;
    unsigned index = atomic_fetch_add(&used, 1);
    mine = &all[index < THREADS - 1 ? index : THREADS - 1];
    atomic_store(&mine->thread, (uint64_t)gettid());
    return mine;
}

static void *allocated(void *block, size_t size) {
    counts *to = block ? own() : NULL;
    if (!to) return block;
    add(&to->allocations, 1);
    add(&to->requested, size);
    add(&to->given, malloc_usable_size(block));
    return block;
}

// `usable` is read before the block goes.
static void freed(size_t usable) {
    counts *to = own();
    if (!to) return;
    add(&to->frees, 1);
    add(&to->taken, usable);
}

// The next definition after this library's: jemalloc's, or the C library's. Resolved at the first call, which comes
// before any thread is made.
#define NEXT(name) \
    static __typeof__(&name) next; \
    if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

void *malloc(size_t size) {
    NEXT(malloc);
    return allocated(next(size), size);
}

void *calloc(size_t count, size_t size) {
    NEXT(calloc);
    return allocated(next(count, size), count * size);
}

void *realloc(void *block, size_t size) {
    NEXT(realloc);
    size_t before = block ? malloc_usable_size(block) : 0;
    void *moved = next(block, size);
    // Without a new block the old one is freed only where nothing was asked for.
    if (block && (moved || !size)) freed(before);
    return allocated(moved, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    NEXT(posix_memalign);
    int failed = next(block, alignment, size);
    if (!failed) allocated(*block, size);
    return failed;
}

void *aligned_alloc(size_t alignment, size_t size) {
    NEXT(aligned_alloc);
    return allocated(next(alignment, size), size);
}

void *memalign(size_t alignment, size_t size) {
    NEXT(memalign);
    return allocated(next(alignment, size), size);
}

void free(void *block) {
    NEXT(free);
    if (block) freed(malloc_usable_size(block));
    next(block);
}

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("HANDFAST_ALLOCATIONS");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0 || ftruncate(file, THREADS * sizeof(counts))) abort();
    void *mapped = mmap(NULL, THREADS * sizeof(counts), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) abort();
    close(file);
    atomic_store(&table, mapped);
}
