// SPDX-License-Identifier: Apache-2.0
// Contexts for the signatures of a handshake, made once for each key and thread, and copied after that.
//
// libssl makes a context for the server's signature and one for the client's in each full handshake, and a third only
// to learn whether the server's key goes with the digest. To make one, OpenSSL looks for the kind of key, the signature
// and the digest by their names, which takes many times what copying one takes. As with d2i_X509 (ReceivedCertificates.c),
// the dynamic linker binds libssl's calls to these; outside of a handshake they are OpenSSL's own.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "Faster.h"
#include "Session.h"
#include "Shortcuts.h"

// Most servers have two keys; clients come and go. Two that meet in a set are both kept. A name of a digest is short.
enum { SETS_EACH = 32, WAYS = 2, NAME_MAX_BYTES = 15 };

typedef int Begin(EVP_MD_CTX *, EVP_PKEY_CTX **, const char *, OSSL_LIB_CTX *, const char *, EVP_PKEY *, const OSSL_PARAM *);
typedef int Supports(EVP_PKEY *, OSSL_LIB_CTX *, const char *, const char *);
typedef enum { SIGNING, VERIFYING, SUPPORTING, PURPOSES } Purpose;

// `key` is held as long as the slot is, so that its address cannot come to be another's.
typedef struct {
    EVP_PKEY *key;
    EVP_MD_CTX *context; // NULL where the digest is supported, which is all that is asked
    char digest[NAME_MAX_BYTES + 1];
    const void *seen; // the key that was asked for last; only one that comes again is worth a slot
} Slot;

typedef struct {
    Slot ways[WAYS];
    unsigned next; // whose turn it is to see another key
} Set;

static Begin *sign_of_openssl, *verify_of_openssl;
static Supports *supports_of_openssl;
static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static _Thread_local Set *sets; // of each purpose SETS_EACH; the thread's own, so they need no lock
static _Thread_local unsigned generation;
static _Thread_local int is_asking; // whether OpenSSL makes a context only to answer whether it could

static void find_functions(void) {
    sign_of_openssl = (Begin *)dlsym(RTLD_NEXT, "EVP_DigestSignInit_ex");
    verify_of_openssl = (Begin *)dlsym(RTLD_NEXT, "EVP_DigestVerifyInit_ex");
    supports_of_openssl = (Supports *)dlsym(RTLD_NEXT, "EVP_PKEY_digestsign_supports_digest");
}

static int is_bound(void) {
    return CRYPTO_THREAD_run_once(&once, find_functions) && sign_of_openssl && verify_of_openssl && supports_of_openssl;
}

static void empty(Slot *slot) {
    EVP_MD_CTX_free(slot->context);
    EVP_PKEY_free(slot->key);
    memset(slot, 0, sizeof *slot);
}

void handfast_prepared_signatures_forget(void) {
    generation++;
    for (int at = 0; sets && at < PURPOSES * SETS_EACH; at++)
        for (int way = 0; way < WAYS; way++) empty(&sets[at].ways[way]);
}

unsigned handfast_prepared_signatures_generation(void) { return generation; }

// Keys of the kinds that certificates have. libssl also "signs" with the secrets of sessions, which are not to be kept.
static int is_kept(const EVP_PKEY *key) {
    const char *kind = EVP_PKEY_get0_type_name(key);
    return kind && (!strcmp(kind, "RSA") || !strcmp(kind, "EC"));
}

// The set where this is kept or could be; NULL where it is not to be kept.
static Set *set_of(Purpose purpose, const char *digest, const EVP_PKEY *key) {
    const handfast_context_state *state = handfast_in_handshake();
    if (!state || !handfast_shortcut_is_on(HANDFAST_PREPARED_SIGNATURES)) return NULL;
    if (state->generation != generation || is_asking || !digest) return NULL;
    if (strlen(digest) > NAME_MAX_BYTES || !is_kept(key)) return NULL;
    if (!sets && !(sets = calloc(PURPOSES * SETS_EACH, sizeof *sets))) return NULL;
    uint64_t hash = (uint64_t)(uintptr_t)key;
    for (const char *byte = digest; *byte; byte++) hash = (hash ^ (uint8_t)*byte) * 0x9E3779B97F4A7C15u;
    return &sets[purpose * SETS_EACH + (hash >> 32) % SETS_EACH];
}

static const Slot *prepared(const Set *set, const char *digest, const EVP_PKEY *key) {
    for (int way = 0; set && way < WAYS; way++) {
        const Slot *slot = &set->ways[way];
        if (slot->key == key && !strcmp(slot->digest, digest)) return slot;
    }
    return NULL;
}

// Copies, and leaves no error of it in the queue: without a copy OpenSSL makes one anew.
static int copies(EVP_MD_CTX *to, const EVP_MD_CTX *from) {
    ERR_set_mark();
    int done = EVP_MD_CTX_copy_ex(to, from);
    ERR_pop_to_mark();
    return done;
}

static void keep(Set *set, const char *digest, EVP_PKEY *key, const EVP_MD_CTX *context) {
    handfast_shortcut_missed(HANDFAST_PREPARED_SIGNATURES);
    Slot *slot = NULL;
    for (int way = 0; way < WAYS; way++)
        if (set->ways[way].seen == key) slot = &set->ways[way];
    if (!slot) {
        set->ways[set->next].seen = key;
        set->next = (set->next + 1) % WAYS;
        return;
    }
    EVP_MD_CTX *copy = context ? EVP_MD_CTX_new() : NULL;
    if ((context && (!copy || !copies(copy, context))) || !EVP_PKEY_up_ref(key)) {
        EVP_MD_CTX_free(copy);
        return;
    }
    empty(slot);
    slot->key = key;
    slot->context = copy;
    strcpy(slot->digest, digest); // set_of has measured it
    slot->seen = key;
}

static int begin(Purpose purpose, EVP_MD_CTX *context, EVP_PKEY_CTX **key_context, const char *digest, OSSL_LIB_CTX *library,
                 const char *properties, EVP_PKEY *key, const OSSL_PARAM *parameters) {
    if (!is_bound()) return 0;
    Begin *begin_of_openssl = purpose == SIGNING ? sign_of_openssl : verify_of_openssl;
    int is_new = !EVP_MD_CTX_get_pkey_ctx(context) && !EVP_MD_CTX_get0_md(context);
    int is_plain = is_new && !library && !properties && !parameters && key;
    Set *set = is_plain ? set_of(purpose, digest, key) : NULL;
    const Slot *slot = prepared(set, digest, key);
    if (slot && copies(context, slot->context)) {
        handfast_shortcut_taken(HANDFAST_PREPARED_SIGNATURES);
        if (key_context) *key_context = EVP_MD_CTX_get_pkey_ctx(context);
        return 1;
    }
    int done = begin_of_openssl(context, key_context, digest, library, properties, key, parameters);
    if (set && done == 1) keep(set, digest, key, context);
    return done;
}

int EVP_DigestSignInit_ex(EVP_MD_CTX *context, EVP_PKEY_CTX **key_context, const char *digest, OSSL_LIB_CTX *library,
                          const char *properties, EVP_PKEY *key, const OSSL_PARAM *parameters) {
    return begin(SIGNING, context, key_context, digest, library, properties, key, parameters);
}

int EVP_DigestVerifyInit_ex(EVP_MD_CTX *context, EVP_PKEY_CTX **key_context, const char *digest, OSSL_LIB_CTX *library,
                            const char *properties, EVP_PKEY *key, const OSSL_PARAM *parameters) {
    return begin(VERIFYING, context, key_context, digest, library, properties, key, parameters);
}

int EVP_PKEY_digestsign_supports_digest(EVP_PKEY *key, OSSL_LIB_CTX *library, const char *digest, const char *properties) {
    if (!is_bound()) return 0;
    Set *set = !library && !properties && key ? set_of(SUPPORTING, digest, key) : NULL;
    if (prepared(set, digest, key)) {
        handfast_shortcut_taken(HANDFAST_PREPARED_SIGNATURES);
        return 1;
    }
    is_asking = 1;
    int answer = supports_of_openssl(key, library, digest, properties);
    is_asking = 0;
    if (set && answer == 1) keep(set, digest, key, NULL);
    return answer;
}
