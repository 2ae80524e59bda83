// SPDX-License-Identifier: Apache-2.0
// Key pairs of X25519 (RFC 7748 §6.1), as libssl asks for one in each full or resumed handshake.
//
// OpenSSL makes the public key by a multiplication in portable C, and derives secrets by its Montgomery ladder, which is in
// assembler. A public key is what the ladder derives for a peer whose public key is the base point. So it is made by deriving a
// secret; the arithmetic stays OpenSSL's.
#include "ExchangeKeys.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <string.h>

#include "Library.h"
#include "Shortcuts.h"

enum { KEY_SIZE = 32, FUNCTIONS_MAX = 40 };

// The default provider's functions.
static struct {
    OSSL_FUNC_keymgmt_new_fn *new;
    OSSL_FUNC_keymgmt_free_fn *free;
    OSSL_FUNC_keymgmt_import_fn *import;
    OSSL_FUNC_keymgmt_match_fn *match;
    OSSL_FUNC_keymgmt_gen_init_fn *begin;
    OSSL_FUNC_keymgmt_gen_set_params_fn *set;
    OSSL_FUNC_keymgmt_gen_settable_params_fn *settable;
    OSSL_FUNC_keymgmt_gen_fn *generate;
    OSSL_FUNC_keymgmt_gen_cleanup_fn *end;
    OSSL_FUNC_keyexch_newctx_fn *exchange_new;
    OSSL_FUNC_keyexch_freectx_fn *exchange_free;
    OSSL_FUNC_keyexch_init_fn *exchange_init;
    OSSL_FUNC_keyexch_set_peer_fn *exchange_set_peer;
    OSSL_FUNC_keyexch_derive_fn *exchange_derive;
} theirs;

// MARK: a pair

// Imports into a key; without `public_key` the default provider makes that itself, without `private_key` that stays.
static int import(void *key, uint8_t *private_key, uint8_t *public_key) {
    OSSL_PARAM parameters[3], *next = parameters;
    int selection = 0;
    if (private_key) {
        *next++ = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, private_key, KEY_SIZE);
        selection |= OSSL_KEYMGMT_SELECT_PRIVATE_KEY;
    }
    if (public_key) {
        *next++ = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, public_key, KEY_SIZE);
        selection |= OSSL_KEYMGMT_SELECT_PUBLIC_KEY;
    }
    *next = OSSL_PARAM_construct_end();
    return theirs.import(key, selection, parameters);
}

// Derives the secret of a key with itself as the peer.
static int derive(void *provider, void *key, uint8_t secret[KEY_SIZE]) {
    size_t count = KEY_SIZE;
    void *context = theirs.exchange_new(provider);
    int derived = context && theirs.exchange_init(context, key, NULL) && theirs.exchange_set_peer(context, key)
        && theirs.exchange_derive(context, secret, &count, KEY_SIZE) && count == KEY_SIZE;
    if (context) theirs.exchange_free(context);
    return derived;
}

// A key pair of this private key, or NULL.
static void *pair_of(void *provider, uint8_t private_key[KEY_SIZE]) {
    uint8_t base_point[KEY_SIZE] = {9}, public_key[KEY_SIZE];
    void *key = theirs.new(provider);
    // First with the base point as its public key, which then gives way to the real one.
    if (key && import(key, private_key, base_point) && derive(provider, key, public_key) && import(key, NULL, public_key))
        return key;
    if (key) theirs.free(key);
    return NULL;
}

// A random private key, with the bits of RFC 7748 §5 as OpenSSL's generation sets them.
static int make_private_key(uint8_t private_key[KEY_SIZE]) {
    if (RAND_priv_bytes_ex(handfast_library(), private_key, KEY_SIZE, 0) <= 0) return 0;
    private_key[0] &= 248;
    private_key[KEY_SIZE - 1] &= 127;
    private_key[KEY_SIZE - 1] |= 64;
    return 1;
}

static void *make_pair(void *provider) {
    uint8_t private_key[KEY_SIZE];
    void *key = make_private_key(private_key) ? pair_of(provider, private_key) : NULL;
    OPENSSL_cleanse(private_key, sizeof private_key);
    return key;
}

// Whether a pair that is made here has the public key that the default provider makes of the private one.
static int is_right(void *provider) {
    uint8_t private_key[KEY_SIZE];
    if (!make_private_key(private_key)) return 0;
    void *ours = pair_of(provider, private_key), *same = theirs.new(provider);
    int right = ours && same && import(same, private_key, NULL)
        && theirs.match(ours, same, OSSL_KEYMGMT_SELECT_PUBLIC_KEY);
    OPENSSL_cleanse(private_key, sizeof private_key);
    if (ours) theirs.free(ours);
    if (same) theirs.free(same);
    return right;
}

// MARK: generation

typedef struct {
    void *provider;
    void *theirs; // the default provider's, once something was asked that is not answered here
    int selection;
} Generation;

static void generation_end(void *self) {
    Generation *generation = self;
    if (!generation) return;
    if (generation->theirs) theirs.end(generation->theirs);
    OPENSSL_free(generation);
}

// The default provider's generation; NULL where it cannot be had.
static void *theirs_of(Generation *generation, const OSSL_PARAM parameters[]) {
    if (!generation->theirs) generation->theirs = theirs.begin(generation->provider, generation->selection, parameters);
    return generation->theirs;
}

static void *generation_begin(void *provider, int selection, const OSSL_PARAM parameters[]) {
    Generation *generation = OPENSSL_zalloc(sizeof *generation);
    if (!generation) return NULL;
    generation->provider = provider;
    generation->selection = selection;
    int is_plain = (selection & OSSL_KEYMGMT_SELECT_KEYPAIR) && (!parameters || !parameters->key);
    if (is_plain || theirs_of(generation, parameters)) return generation;
    OPENSSL_free(generation);
    return NULL;
}

static int generation_set(void *self, const OSSL_PARAM parameters[]) {
    Generation *generation = self;
    if (!parameters || !parameters->key) return 1;
    return generation && theirs_of(generation, NULL) && theirs.set(generation->theirs, parameters);
}

// No context of theirs is passed: what can be set follows from the algorithm alone.
static const OSSL_PARAM *generation_settable(void *self, void *provider) { return (void)self, theirs.settable(NULL, provider); }

static void *generate(void *self, OSSL_CALLBACK *callback, void *argument) {
    Generation *generation = self;
    if (!generation) return NULL;
    void *key = generation->theirs ? NULL : make_pair(generation->provider);
    if (key) {
        handfast_shortcut_taken(HANDFAST_LADDER_KEYS);
        return key;
    }
    handfast_shortcut_missed(HANDFAST_LADDER_KEYS);
    return theirs_of(generation, NULL) ? theirs.generate(generation->theirs, callback, argument) : NULL;
}

// MARK: finding and replacing

static int find_exchange(const OSSL_DISPATCH *exchange) {
    for (; exchange->function_id; exchange++) {
        switch (exchange->function_id) {
        case OSSL_FUNC_KEYEXCH_NEWCTX: theirs.exchange_new = OSSL_FUNC_keyexch_newctx(exchange); break;
        case OSSL_FUNC_KEYEXCH_FREECTX: theirs.exchange_free = OSSL_FUNC_keyexch_freectx(exchange); break;
        case OSSL_FUNC_KEYEXCH_INIT: theirs.exchange_init = OSSL_FUNC_keyexch_init(exchange); break;
        case OSSL_FUNC_KEYEXCH_SET_PEER: theirs.exchange_set_peer = OSSL_FUNC_keyexch_set_peer(exchange); break;
        case OSSL_FUNC_KEYEXCH_DERIVE: theirs.exchange_derive = OSSL_FUNC_keyexch_derive(exchange); break;
        }
    }
    return theirs.exchange_new && theirs.exchange_free && theirs.exchange_init && theirs.exchange_set_peer
        && theirs.exchange_derive;
}

// Notes one of the functions for keys; gives the one in its place, or its own. NULL where it has a generation's context that is
// not theirs here.
static void (*replace(const OSSL_DISPATCH *one))(void) {
    switch (one->function_id) {
    case OSSL_FUNC_KEYMGMT_NEW: theirs.new = OSSL_FUNC_keymgmt_new(one); break;
    case OSSL_FUNC_KEYMGMT_FREE: theirs.free = OSSL_FUNC_keymgmt_free(one); break;
    case OSSL_FUNC_KEYMGMT_IMPORT: theirs.import = OSSL_FUNC_keymgmt_import(one); break;
    case OSSL_FUNC_KEYMGMT_MATCH: theirs.match = OSSL_FUNC_keymgmt_match(one); break;
    case OSSL_FUNC_KEYMGMT_GEN_INIT:
        theirs.begin = OSSL_FUNC_keymgmt_gen_init(one);
        return (void (*)(void))generation_begin;
    case OSSL_FUNC_KEYMGMT_GEN_SET_PARAMS:
        theirs.set = OSSL_FUNC_keymgmt_gen_set_params(one);
        return (void (*)(void))generation_set;
    case OSSL_FUNC_KEYMGMT_GEN_SETTABLE_PARAMS:
        theirs.settable = OSSL_FUNC_keymgmt_gen_settable_params(one);
        return (void (*)(void))generation_settable;
    case OSSL_FUNC_KEYMGMT_GEN:
        theirs.generate = OSSL_FUNC_keymgmt_gen(one);
        return (void (*)(void))generate;
    case OSSL_FUNC_KEYMGMT_GEN_CLEANUP:
        theirs.end = OSSL_FUNC_keymgmt_gen_cleanup(one);
        return (void (*)(void))generation_end;
    case OSSL_FUNC_KEYMGMT_GEN_SET_TEMPLATE:
    case 15: // OSSL_FUNC_KEYMGMT_GEN_GET_PARAMS, since 3.4
    case 16: // OSSL_FUNC_KEYMGMT_GEN_GETTABLE_PARAMS
        return NULL;
    }
    return one->function;
}

const OSSL_DISPATCH *handfast_x25519_management(const OSSL_DISPATCH *management, const OSSL_DISPATCH *exchange) {
    static OSSL_DISPATCH ours[FUNCTIONS_MAX];
    size_t count = 0;
    if (!find_exchange(exchange)) return management;
    for (; management[count].function_id; count++) {
        if (count == FUNCTIONS_MAX - 1) return management;
        ours[count] = (OSSL_DISPATCH){management[count].function_id, replace(&management[count])};
        if (!ours[count].function) return management;
    }
    int is_whole = theirs.new && theirs.free && theirs.import && theirs.match && theirs.begin && theirs.set && theirs.settable
        && theirs.generate && theirs.end;
    return is_whole && is_right(OSSL_PROVIDER_get0_provider_ctx(handfast_default_provider())) ? ours : management;
}
