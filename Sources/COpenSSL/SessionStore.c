// SPDX-License-Identifier: Apache-2.0
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "Session.h"
#include "SessionStore.h"

// Four ways: a set that is full gives up its oldest sessions, so one lookup reads at most four entries. A set is also
// full by their bytes, for which no count of the whole store is needed.
enum { WAYS = 4, LOCKS = 64, SET_BYTES_MAX = WAYS * HANDFAST_SESSION_BYTES, SESSION_BYTES_MAX = SET_BYTES_MAX / 2 };

typedef struct {
    SSL_SESSION *session;
    uint32_t bytes;
    uint8_t id[SSL_MAX_SSL_SESSION_ID_LENGTH];
    uint8_t id_length;
} Entry;

typedef struct {
    Entry ways[WAYS];
    uint8_t oldest;
} Set;

struct handfast_session_store {
    pthread_mutex_t locks[LOCKS];
    size_t set_count;
    Set sets[];
};

handfast_session_store *handfast_session_store_new(size_t capacity) {
    size_t sets = capacity / WAYS ? capacity / WAYS : 1;
    handfast_session_store *store = calloc(1, sizeof *store + sets * sizeof(Set));
    if (!store) return NULL;
    store->set_count = sets;
    for (int at = 0; at < LOCKS; at++) pthread_mutex_init(&store->locks[at], NULL);
    return store;
}

void handfast_session_store_clear(handfast_session_store *store) {
    for (size_t at = 0; at < store->set_count; at++) {
        pthread_mutex_t *lock = &store->locks[at % LOCKS];
        pthread_mutex_lock(lock);
        for (int way = 0; way < WAYS; way++) SSL_SESSION_free(store->sets[at].ways[way].session);
        memset(&store->sets[at], 0, sizeof(Set));
        pthread_mutex_unlock(lock);
    }
}

void handfast_session_store_free(handfast_session_store *store) {
    if (!store) return;
    handfast_session_store_clear(store);
    for (int at = 0; at < LOCKS; at++) pthread_mutex_destroy(&store->locks[at]);
    free(store);
}

// Session ids are our own random bytes; the first eight spread as well as any hash of them.
static size_t set_of(const handfast_session_store *store, const uint8_t *id, size_t length) {
    uint64_t word = 0;
    memcpy(&word, id, length < sizeof word ? length : sizeof word);
    return (size_t)(word % store->set_count);
}

int handfast_session_store_insert(handfast_session_store *store, SSL_SESSION *session, size_t bytes) {
    unsigned int length = 0;
    const uint8_t *id = SSL_SESSION_get_id(session, &length);
    if (!length || length > SSL_MAX_SSL_SESSION_ID_LENGTH || bytes > SESSION_BYTES_MAX) return 0;
    size_t at = set_of(store, id, length);
    Set *set = &store->sets[at];
    SSL_SESSION *replaced[WAYS] = {NULL};
    pthread_mutex_lock(&store->locks[at % LOCKS]);
    Entry *entry = &set->ways[set->oldest];
    size_t held = bytes;
    for (int way = 0; way < WAYS; way++) held += set->ways[way].bytes;
    // From the oldest on, whose place it takes whether it is free or not.
    for (int way = 0; way < WAYS; way++) {
        Entry *older = &set->ways[(set->oldest + way) % WAYS];
        if (older != entry && held <= SET_BYTES_MAX) break;
        replaced[way] = older->session;
        held -= older->bytes;
        older->session = NULL;
        older->bytes = 0;
    }
    set->oldest = (uint8_t)((set->oldest + 1) % WAYS);
    entry->session = session;
    entry->bytes = (uint32_t)bytes;
    entry->id_length = (uint8_t)length;
    memcpy(entry->id, id, length);
    pthread_mutex_unlock(&store->locks[at % LOCKS]);
    for (int way = 0; way < WAYS; way++) SSL_SESSION_free(replaced[way]);
    return 1;
}

SSL_SESSION *handfast_session_store_find(handfast_session_store *store, const uint8_t *id, size_t length, size_t *bytes) {
    if (!length || length > SSL_MAX_SSL_SESSION_ID_LENGTH) return NULL;
    size_t at = set_of(store, id, length);
    SSL_SESSION *found = NULL;
    pthread_mutex_lock(&store->locks[at % LOCKS]);
    for (int way = 0; way < WAYS && !found; way++) {
        Entry *entry = &store->sets[at].ways[way];
        // The reference is taken under the lock: another thread may replace the entry right after it.
        if (entry->session && entry->id_length == length && !CRYPTO_memcmp(entry->id, id, length) && SSL_SESSION_up_ref(entry->session)) {
            found = entry->session;
            *bytes = entry->bytes;
        }
    }
    pthread_mutex_unlock(&store->locks[at % LOCKS]);
    return found;
}

void handfast_session_store_counts(handfast_session_store *store, size_t *sessions, size_t *bytes) {
    *sessions = *bytes = 0;
    for (size_t at = 0; at < store->set_count; at++) {
        pthread_mutex_t *lock = &store->locks[at % LOCKS];
        pthread_mutex_lock(lock);
        for (int way = 0; way < WAYS; way++) {
            *sessions += store->sets[at].ways[way].session != NULL;
            *bytes += store->sets[at].ways[way].bytes;
        }
        pthread_mutex_unlock(lock);
    }
}
