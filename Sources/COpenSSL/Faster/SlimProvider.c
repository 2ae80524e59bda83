// SPDX-License-Identifier: Apache-2.0
// The slim provider: in the context that TLS uses, a trimmed list of what OpenSSL's default provider implements, with
// decoders that know keys (KnownKeys.c) and the key derivations of TLS (TLSKeyDerivation.c) in place of OpenSSL's.
// The default provider itself lives in a library context of its own (Library.h), which PEM files, key generation and chain
// verification use.
#include "Faster.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

#include "ExchangeKeys.h"
#include "FinishedMACs.h"
#include "KnownDerivations.h"
#include "KnownKeys.h"
#include "Library.h"
#include "NameMap.h"
#include "Shortcuts.h"
#include "TLSKeyDerivation.h"

static int is_one_of(const char *names, const char *const *wanted) {
    for (; *wanted; wanted++)
        if (handfast_is_named(names, *wanted)) return 1;
    return 0;
}

static int decodes_public_key(const OSSL_ALGORITHM *algorithm) {
    const char *properties = algorithm->property_definition;
    return strstr(properties, "input=der") && strstr(properties, "structure=SubjectPublicKeyInfo");
}

// The algorithms that libssl and libcrypto ask of the default context while they serve TLS and sign tokens. OpenSSL
// walks all methods of a context, whatever their kind, several times for each certificate: every one left out here is time
// saved there. (Implementations fetch what they need themselves from the whole context.)
static int is_wanted(int operation, const OSSL_ALGORITHM *algorithm) {
    static const char *const digests[] = {"SHA1", "SHA2-256", "SHA2-384", "SHA2-512", NULL};
    static const char *const ciphers[] = {"AES-128-GCM", "AES-256-GCM", "ChaCha20-Poly1305", "AES-256-CBC", NULL};
    static const char *const derivations[] = {"HKDF", "TLS13-KDF", "TLS1-PRF", NULL};
    static const char *const generators[] = {"CTR-DRBG", "SEED-SRC", NULL};
    // HMAC is a key to libssl: the PSK binder of a resumed session is signed with it.
    static const char *const managers[] = {"RSA", "RSA-PSS", "EC", "X25519", "ED25519", "HMAC", "X25519MLKEM768", NULL};
    static const char *const exchanges[] = {"X25519", "ECDH", NULL};
    static const char *const encapsulations[] = {"X25519MLKEM768", NULL};
    static const char *const signatures[] = {"RSA", "ECDSA", "ED25519", "HMAC", NULL};
    static const char *const macs[] = {"HMAC", NULL};
    static const char *const decoders[] = {"RSA", "RSA-PSS", "EC", "ED25519", NULL};
    const char *names = algorithm->algorithm_names;
    switch (operation) {
    case OSSL_OP_DIGEST: return is_one_of(names, digests);
    case OSSL_OP_CIPHER: return is_one_of(names, ciphers);
    case OSSL_OP_MAC: return is_one_of(names, macs);
    case OSSL_OP_KDF: return is_one_of(names, derivations);
    case OSSL_OP_RAND: return is_one_of(names, generators);
    case OSSL_OP_KEYMGMT: return is_one_of(names, managers);
    case OSSL_OP_KEYEXCH: return is_one_of(names, exchanges);
    case OSSL_OP_KEM: return is_one_of(names, encapsulations);
    case OSSL_OP_SIGNATURE: return is_one_of(names, signatures);
    case OSSL_OP_DECODER: return decodes_public_key(algorithm) && is_one_of(names, decoders);
    default: return 0;
    }
}

// Whether KnownKeys.c has this decoder.
static int is_replaced(int operation, const OSSL_ALGORITHM *algorithm) {
    static const char *const decoders[] = {"RSA", "EC", NULL};
    return operation == OSSL_OP_DECODER && handfast_shortcut_is_on(HANDFAST_KNOWN_KEYS) && decodes_public_key(algorithm)
        && is_one_of(algorithm->algorithm_names, decoders);
}

// The default provider's implementation of an algorithm, or NULL.
static const OSSL_DISPATCH *find(int operation, const char *name) {
    int no_cache = 0;
    const OSSL_ALGORITHM *all = OSSL_PROVIDER_query_operation(handfast_default_provider(), operation, &no_cache);
    for (; all && all->algorithm_names; all++)
        if (handfast_is_named(all->algorithm_names, name)) return all->implementation;
    return NULL;
}

static const OSSL_DISPATCH *with_ladder(const OSSL_DISPATCH *management) {
    const OSSL_DISPATCH *exchange = find(OSSL_OP_KEYEXCH, "X25519");
    return exchange ? handfast_x25519_management(management, exchange) : management;
}

static const OSSL_DISPATCH *implementation_of(int operation, const OSSL_ALGORITHM *algorithm) {
    if (operation == OSSL_OP_KEYMGMT && handfast_is_named(algorithm->algorithm_names, "X25519")
        && handfast_shortcut_is_on(HANDFAST_LADDER_KEYS)) return with_ladder(algorithm->implementation);
    if (operation != OSSL_OP_KDF || !handfast_shortcut_is_on(HANDFAST_KEY_DERIVATIONS)) return algorithm->implementation;
    if (handfast_is_named(algorithm->algorithm_names, "TLS13-KDF")) return handfast_tls13_kdf(algorithm->implementation);
    if (handfast_is_named(algorithm->algorithm_names, "TLS1-PRF")) return handfast_tls1_prf(algorithm->implementation);
    return algorithm->implementation;
}

enum { OPERATIONS = 32 };
static OSSL_ALGORITHM *offered[OPERATIONS];

static int offer(int operation) {
    int no_cache = 0, is_trimming = handfast_shortcut_is_on(HANDFAST_TRIMMED_LISTS);
    size_t count = 0, kept = 0;
    const OSSL_ALGORITHM *all = OSSL_PROVIDER_query_operation(handfast_default_provider(), operation, &no_cache);
    if (!all) return 1;
    while (all[count].algorithm_names) count++;
    OSSL_ALGORITHM *some = calloc(HANDFAST_KNOWN_KEYS_DECODERS + count + 1, sizeof *some);
    if (!some) return 0;
    if (operation == OSSL_OP_DECODER && handfast_shortcut_is_on(HANDFAST_KNOWN_KEYS)) {
        memcpy(some, handfast_known_keys_decoders, sizeof handfast_known_keys_decoders);
        kept = HANDFAST_KNOWN_KEYS_DECODERS;
    }
    for (size_t at = 0; at < count; at++) {
        if (is_replaced(operation, &all[at])) continue;
        if (is_trimming && !is_wanted(operation, &all[at])) {
            handfast_shortcut_taken(HANDFAST_TRIMMED_LISTS);
            continue;
        }
        some[kept] = all[at];
        some[kept++].implementation = implementation_of(operation, &all[at]);
    }
    offered[operation] = some;
    return 1;
}

static const OSSL_ALGORITHM *slim_query(void *provider, int operation, int *no_cache) {
    (void)provider;
    *no_cache = 0;
    return operation >= 0 && operation < OPERATIONS ? offered[operation] : NULL;
}
static int slim_parameters(void *provider, OSSL_PARAM parameters[]) {
    (void)provider;
    OSSL_PARAM *status = OSSL_PARAM_locate(parameters, OSSL_PROV_PARAM_STATUS);
    return !status || OSSL_PARAM_set_int(status, 1);
}
static int slim_capabilities(void *provider, const char *capability, OSSL_CALLBACK *callback, void *argument) {
    (void)provider;
    return OSSL_PROVIDER_get_capabilities(handfast_default_provider(), capability, callback, argument);
}
static void slim_teardown(void *provider) { (void)provider; }
static const OSSL_DISPATCH slim_dispatch[] = {
    {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))slim_query},
    {OSSL_FUNC_PROVIDER_GET_PARAMS, (void (*)(void))slim_parameters},
    {OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))slim_capabilities},
    {OSSL_FUNC_PROVIDER_TEARDOWN, (void (*)(void))slim_teardown},
    {0, NULL},
};

static int slim_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out, void **context) {
    (void)handle;
    if (!handfast_known_keys_begin(in)) return 0;
    *out = slim_dispatch;
    *context = OSSL_PROVIDER_get0_provider_ctx(handfast_default_provider());
    return 1;
}

int handfast_slim_provider_install(void) {
    if (handfast_shortcut_is_on(HANDFAST_SMALL_NAME_MAP)) handfast_name_map_keep_small();
    if (!handfast_default_provider()) return 0;
    for (int operation = 1; operation < OPERATIONS; operation++)
        if (!offer(operation)) return 0;
    if (!OSSL_PROVIDER_add_builtin(NULL, "slim", slim_init) || !OSSL_PROVIDER_load(NULL, "slim")) return 0;
    if (handfast_shortcut_is_on(HANDFAST_KNOWN_DERIVATIONS)) handfast_known_derivations_begin();
    if (handfast_shortcut_is_on(HANDFAST_FINISHED_MACS)) handfast_finished_macs_begin();
    return 1;
}
