// The key manager of X25519: keys are the default provider's, which its key exchange works with; only making a new one is
// done here, and handed to it as a key that is imported.
#include "X25519Keys.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>

#include "Curve25519.h"
#include "Provider.h"

enum { FUNCTIONS_MAX = 40 };
static OSSL_DISPATCH functions[FUNCTIONS_MAX + 1];
static OSSL_FUNC_keymgmt_new_fn *new_key;
static OSSL_FUNC_keymgmt_free_fn *free_key;
static OSSL_FUNC_keymgmt_import_fn *import_key;
static OSSL_FUNC_keymgmt_gen_init_fn *gen_init;
static OSSL_FUNC_keymgmt_gen_set_params_fn *gen_set;
static OSSL_FUNC_keymgmt_gen_settable_params_fn *gen_settable;
static OSSL_FUNC_keymgmt_gen_fn *gen;
static OSSL_FUNC_keymgmt_gen_cleanup_fn *gen_cleanup;

static _Thread_local unsigned long made;

unsigned long handfast_x25519_keys_made(void) { return made; }

typedef struct {
    void *provider, *theirs;
    int selection;
} Making;

static void making_free(void *self) {
    Making *making = self;
    if (!making) return;
    gen_cleanup(making->theirs);
    OPENSSL_free(making);
}

static void *making_new(void *provider, int selection, const OSSL_PARAM parameters[]) {
    Making *making = OPENSSL_zalloc(sizeof *making);
    if (!making) return NULL;
    making->provider = provider;
    making->selection = selection;
    making->theirs = gen_init(provider, selection, parameters);
    if (making->theirs) return making;
    OPENSSL_free(making);
    return NULL;
}

static int making_set(void *self, const OSSL_PARAM parameters[]) { return gen_set(((Making *)self)->theirs, parameters); }
static const OSSL_PARAM *making_settable(void *self, void *provider) {
    return gen_settable(self ? ((Making *)self)->theirs : NULL, provider);
}

static void *make(void *self, OSSL_CALLBACK *progress, void *argument) {
    Making *making = self;
    // A key without a secret and a public key is a mere kind of key.
    if ((making->selection & OSSL_KEYMGMT_SELECT_KEYPAIR) != OSSL_KEYMGMT_SELECT_KEYPAIR)
        return gen(making->theirs, progress, argument);
    uint8_t secret[32], public_key[32];
    if (RAND_priv_bytes_ex(handfast_library(), secret, sizeof secret, 0) <= 0) return NULL;
    secret[0] &= 248; // RFC 7748 §5
    secret[31] = (secret[31] & 127) | 64;
    handfast_curve25519_public(public_key, secret);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, secret, sizeof secret),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, public_key, sizeof public_key),
        OSSL_PARAM_construct_end(),
    };
    void *key = new_key(making->provider);
    if (key && import_key(key, OSSL_KEYMGMT_SELECT_KEYPAIR, parameters)) {
        made++;
    } else {
        free_key(key);
        key = NULL;
    }
    OPENSSL_cleanse(secret, sizeof secret);
    return key;
}

static OSSL_DISPATCH ours(int function) {
    switch (function) {
    case OSSL_FUNC_KEYMGMT_GEN_INIT: return (OSSL_DISPATCH){function, (void (*)(void))making_new};
    case OSSL_FUNC_KEYMGMT_GEN_SET_PARAMS: return (OSSL_DISPATCH){function, (void (*)(void))making_set};
    case OSSL_FUNC_KEYMGMT_GEN_SETTABLE_PARAMS: return (OSSL_DISPATCH){function, (void (*)(void))making_settable};
    case OSSL_FUNC_KEYMGMT_GEN: return (OSSL_DISPATCH){function, (void (*)(void))make};
    default: return (OSSL_DISPATCH){function, (void (*)(void))making_free};
    }
}

static void find(const OSSL_DISPATCH *theirs) {
    switch (theirs->function_id) {
    case OSSL_FUNC_KEYMGMT_NEW: new_key = OSSL_FUNC_keymgmt_new(theirs); break;
    case OSSL_FUNC_KEYMGMT_FREE: free_key = OSSL_FUNC_keymgmt_free(theirs); break;
    case OSSL_FUNC_KEYMGMT_IMPORT: import_key = OSSL_FUNC_keymgmt_import(theirs); break;
    case OSSL_FUNC_KEYMGMT_GEN_INIT: gen_init = OSSL_FUNC_keymgmt_gen_init(theirs); break;
    case OSSL_FUNC_KEYMGMT_GEN_SET_PARAMS: gen_set = OSSL_FUNC_keymgmt_gen_set_params(theirs); break;
    case OSSL_FUNC_KEYMGMT_GEN_SETTABLE_PARAMS: gen_settable = OSSL_FUNC_keymgmt_gen_settable_params(theirs); break;
    case OSSL_FUNC_KEYMGMT_GEN: gen = OSSL_FUNC_keymgmt_gen(theirs); break;
    case OSSL_FUNC_KEYMGMT_GEN_CLEANUP: gen_cleanup = OSSL_FUNC_keymgmt_gen_cleanup(theirs); break;
    }
}

// The functions of OpenSSL 3.0 that do not see what a key is made with; what a newer one adds is left out.
static int is_of_keys(int function) {
    switch (function) {
    case OSSL_FUNC_KEYMGMT_NEW:
    case OSSL_FUNC_KEYMGMT_FREE:
    case OSSL_FUNC_KEYMGMT_LOAD:
    case OSSL_FUNC_KEYMGMT_GET_PARAMS:
    case OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS:
    case OSSL_FUNC_KEYMGMT_SET_PARAMS:
    case OSSL_FUNC_KEYMGMT_SETTABLE_PARAMS:
    case OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME:
    case OSSL_FUNC_KEYMGMT_HAS:
    case OSSL_FUNC_KEYMGMT_VALIDATE:
    case OSSL_FUNC_KEYMGMT_MATCH:
    case OSSL_FUNC_KEYMGMT_IMPORT:
    case OSSL_FUNC_KEYMGMT_IMPORT_TYPES:
    case OSSL_FUNC_KEYMGMT_EXPORT:
    case OSSL_FUNC_KEYMGMT_EXPORT_TYPES:
    case OSSL_FUNC_KEYMGMT_DUP: return 1;
    default: return 0;
    }
}

const OSSL_DISPATCH *handfast_x25519_keys(const OSSL_DISPATCH *theirs) {
    static const int replaced[] = {
        OSSL_FUNC_KEYMGMT_GEN_INIT, OSSL_FUNC_KEYMGMT_GEN_SET_PARAMS, OSSL_FUNC_KEYMGMT_GEN_SETTABLE_PARAMS,
        OSSL_FUNC_KEYMGMT_GEN, OSSL_FUNC_KEYMGMT_GEN_CLEANUP,
    };
    size_t count = 0;
    for (const OSSL_DISPATCH *each = theirs; each->function_id; each++) {
        find(each);
        if (!is_of_keys(each->function_id)) continue;
        if (count + sizeof replaced / sizeof *replaced >= FUNCTIONS_MAX) return theirs;
        functions[count++] = *each;
    }
    if (!new_key || !free_key || !import_key || !gen_init || !gen_set || !gen_settable || !gen || !gen_cleanup) return theirs;
    for (size_t at = 0; at < sizeof replaced / sizeof *replaced; at++) functions[count++] = ours(replaced[at]);
    functions[count] = (OSSL_DISPATCH){0, NULL};
    return handfast_curve25519_prepare() ? functions : theirs;
}
