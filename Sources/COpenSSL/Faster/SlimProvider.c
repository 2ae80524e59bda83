// SPDX-License-Identifier: Apache-2.0
// The slim provider: in the context that TLS uses, only what a TLS server needs of OpenSSL's default provider.
// Decoding a certificate's public key otherwise walks every decoder and key manager that there is, twice a handshake.
// The default provider itself lives in a library context of its own (the whole context), which PEM files, key
// generation and chain verification use. Its RSA and EC decoders are replaced by ones that know keys: the same
// SubjectPublicKeyInfo is decoded once per thread and handed out by reference after that.
#include "Interposed.h"
#include "NameMap.h"
#include "Provider.h"
#include "TLSKeyDerivation.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/core_object.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

static OSSL_LIB_CTX *whole_context;
static OSSL_PROVIDER *whole_provider;
static CRYPTO_ONCE whole_once = CRYPTO_ONCE_STATIC_INIT;

static void make_whole(void) {
    // What the machine's openssl.cnf says about providers and ciphers must not change what this server accepts.
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    whole_context = OSSL_LIB_CTX_new();
    if (whole_context) whole_provider = OSSL_PROVIDER_load(whole_context, "default");
    if (!whole_provider) {
        OSSL_LIB_CTX_free(whole_context);
        whole_context = NULL;
    }
}

OSSL_LIB_CTX *handfast_library(void) {
    return CRYPTO_THREAD_run_once(&whole_once, make_whole) ? whole_context : NULL;
}

// MARK: keys that are known

// RSA-8192 has a SubjectPublicKeyInfo of 1,062 bytes; longer ones are decoded but not kept.
enum { SPKI_MAX = 1100, KNOWN_SLOTS = 1024 };

typedef enum { KIND_RSA, KIND_EC } Kind;
typedef struct {
    void *key;
    uint16_t count;
    uint8_t kind;
    uint8_t spki[];
} Known;

static OSSL_FUNC_BIO_read_ex_fn *core_bio_read;
static _Thread_local Known **known; // direct-mapped, KNOWN_SLOTS; a thread's own, so no lock and no shared reference count
static _Thread_local unsigned long known_hits, known_misses;

void handfast_known_keys_counts(unsigned long *hits, unsigned long *misses) {
    *hits = known_hits;
    *misses = known_misses;
}

static void reference(Kind kind, void *key) {
    if (kind == KIND_RSA) RSA_up_ref(key);
    else EC_KEY_up_ref(key);
}

static void release(Kind kind, void *key) {
    if (kind == KIND_RSA) RSA_free(key);
    else EC_KEY_free(key);
}

static size_t slot_of(const uint8_t *spki, size_t count) {
    uint64_t hash = count;
    size_t at = 0;
    for (; at + 8 <= count; at += 8) {
        uint64_t word;
        memcpy(&word, spki + at, 8);
        hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 32;
    }
    for (; at < count; at++) hash = (hash ^ spki[at]) * 0x9E3779B97F4A7C15u;
    return (hash ^ (hash >> 29)) % KNOWN_SLOTS;
}

static void *parse(Kind kind, const uint8_t *spki, size_t count) {
    const uint8_t *cursor = spki;
    void *key = NULL;
    if (kind == KIND_RSA) {
        key = d2i_RSA_PUBKEY(NULL, &cursor, (long)count);
        if (key && RSA_test_flags(key, RSA_FLAG_TYPE_MASK) != RSA_FLAG_TYPE_RSA) {
            RSA_free(key);
            key = NULL;
        }
    } else {
        key = d2i_EC_PUBKEY(NULL, &cursor, (long)count);
        // Explicit curve parameters are an old way to smuggle in a weak curve; only named curves are taken.
        const EC_GROUP *group = key ? EC_KEY_get0_group(key) : NULL;
        if (key && (!group || EC_GROUP_get_curve_name(group) == NID_undef || EC_GROUP_get_asn1_flag(group) != OPENSSL_EC_NAMED_CURVE)) {
            EC_KEY_free(key);
            key = NULL;
        }
    }
    if (!key) ERR_clear_error();
    return key;
}

// A reference to the key of this SubjectPublicKeyInfo that the caller owns; NULL where it is no key of this kind.
static void *key_of(Kind kind, const uint8_t *spki, size_t count) {
    if (count > SPKI_MAX) return parse(kind, spki, count);
    if (!known && !(known = calloc(KNOWN_SLOTS, sizeof *known))) return NULL;
    Known **slot = &known[slot_of(spki, count)];
    if (*slot && (*slot)->kind == kind && (*slot)->count == count && !memcmp((*slot)->spki, spki, count)) {
        known_hits++;
        reference(kind, (*slot)->key);
        return (*slot)->key;
    }
    known_misses++;
    void *key = parse(kind, spki, count);
    Known *entry = key ? malloc(sizeof *entry + count) : NULL;
    if (!entry) return key;
    entry->key = key;
    entry->count = (uint16_t)count;
    entry->kind = (uint8_t)kind;
    memcpy(entry->spki, spki, count);
    if (*slot) {
        release((*slot)->kind, (*slot)->key);
        free(*slot);
    }
    *slot = entry;
    reference(kind, key);
    return key;
}

static int decode(Kind kind, OSSL_CORE_BIO *in, OSSL_CALLBACK *callback, void *argument) {
    uint8_t spki[8192];
    size_t count = 0, got = 0;
    while (count < sizeof spki && core_bio_read(in, (char *)spki + count, sizeof spki - count, &got) && got) count += got;
    if (count == sizeof spki) return 1; // larger than any key that is accepted: "not mine", as OpenSSL's own decoders say it
    void *key = key_of(kind, spki, count);
    if (!key) return 1;
    int type = OSSL_OBJECT_PKEY;
    OSSL_PARAM object[] = {
        OSSL_PARAM_construct_int(OSSL_OBJECT_PARAM_TYPE, &type),
        OSSL_PARAM_construct_utf8_string(OSSL_OBJECT_PARAM_DATA_TYPE, kind == KIND_RSA ? "RSA" : "EC", 0),
        OSSL_PARAM_construct_octet_string(OSSL_OBJECT_PARAM_REFERENCE, &key, sizeof key),
        OSSL_PARAM_construct_end(),
    };
    int taken = callback(object, argument);
    if (key) release(kind, key); // the key manager clears the reference when it takes the key
    return taken;
}

static void *decoder_new(void *provider) { return provider; }
static void decoder_free(void *context) { (void)context; }
static int decoder_selection(void *provider, int selection) {
    (void)provider;
    return selection == 0 || (selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY);
}
static int decode_rsa(void *context, OSSL_CORE_BIO *in, int selection, OSSL_CALLBACK *callback, void *argument, OSSL_PASSPHRASE_CALLBACK *ask, void *ask_argument) {
    (void)context, (void)selection, (void)ask, (void)ask_argument;
    return decode(KIND_RSA, in, callback, argument);
}
static int decode_ec(void *context, OSSL_CORE_BIO *in, int selection, OSSL_CALLBACK *callback, void *argument, OSSL_PASSPHRASE_CALLBACK *ask, void *ask_argument) {
    (void)context, (void)selection, (void)ask, (void)ask_argument;
    return decode(KIND_EC, in, callback, argument);
}
#define DECODER(function)                                                     \
    {                                                                         \
        {OSSL_FUNC_DECODER_NEWCTX, (void (*)(void))decoder_new},              \
        {OSSL_FUNC_DECODER_FREECTX, (void (*)(void))decoder_free},            \
        {OSSL_FUNC_DECODER_DOES_SELECTION, (void (*)(void))decoder_selection},\
        {OSSL_FUNC_DECODER_DECODE, (void (*)(void))function}, {0, NULL},      \
    }
static const OSSL_DISPATCH rsa_decoder[] = DECODER(decode_rsa), ec_decoder[] = DECODER(decode_ec);
#define SPKI_PROPERTIES "provider=slim,fips=yes,input=der,structure=SubjectPublicKeyInfo"

// MARK: the provider

static int named(const char *names, const char *wanted) {
    size_t length = strlen(wanted);
    return !strncmp(names, wanted, length) && (names[length] == ':' || names[length] == 0);
}

static int is_one_of(const char *names, const char *const *wanted) {
    for (; *wanted; wanted++)
        if (named(names, *wanted)) return 1;
    return 0;
}

// What libssl and libcrypto ask the default context for while they serve TLS and sign tokens. OpenSSL walks all methods
// of a context, whatever their kind, several times for each certificate: every one left out here is time saved there.
// (Implementations fetch what they need themselves from the whole context.)
static int is_wanted(int operation, const OSSL_ALGORITHM *algorithm) {
    static const char *const digests[] = {"SHA1", "SHA2-256", "SHA2-384", "SHA2-512", NULL};
    static const char *const ciphers[] = {"AES-128-GCM", "AES-256-GCM", "ChaCha20-Poly1305", "AES-256-CBC", NULL};
    static const char *const derivations[] = {"HKDF", "TLS13-KDF", "TLS1-PRF", NULL};
    static const char *const generators[] = {"CTR-DRBG", "SEED-SRC", NULL};
    // HMAC is a key to libssl: the PSK binder of a resumed session is signed with it.
    static const char *const managers[] = {"RSA", "RSA-PSS", "EC", "X25519", "ED25519", "HMAC", NULL};
    static const char *const exchanges[] = {"X25519", "ECDH", NULL};
    static const char *const signatures[] = {"RSA", "ECDSA", "ED25519", "HMAC", NULL};
    static const char *const macs[] = {"HMAC", NULL};
    const char *names = algorithm->algorithm_names, *properties = algorithm->property_definition;
    switch (operation) {
    case OSSL_OP_DIGEST: return is_one_of(names, digests);
    case OSSL_OP_CIPHER: return is_one_of(names, ciphers);
    case OSSL_OP_MAC: return is_one_of(names, macs);
    case OSSL_OP_KDF: return is_one_of(names, derivations);
    case OSSL_OP_RAND: return is_one_of(names, generators);
    case OSSL_OP_KEYMGMT: return is_one_of(names, managers);
    case OSSL_OP_KEYEXCH: return is_one_of(names, exchanges);
    case OSSL_OP_SIGNATURE: return is_one_of(names, signatures);
    case OSSL_OP_DECODER:
        return strstr(properties, "input=der") && strstr(properties, "structure=SubjectPublicKeyInfo")
            && (named(names, "RSA-PSS") || named(names, "ED25519"));
    default: return 0;
    }
}

static const OSSL_DISPATCH *implementation_of(int operation, const OSSL_ALGORITHM *algorithm) {
    if (operation == OSSL_OP_KDF && named(algorithm->algorithm_names, "TLS13-KDF"))
        return handfast_tls13_kdf(algorithm->implementation);
    if (operation == OSSL_OP_KDF && named(algorithm->algorithm_names, "TLS1-PRF"))
        return handfast_tls1_prf(algorithm->implementation);
    return algorithm->implementation;
}

enum { OPERATIONS = 32 };
static OSSL_ALGORITHM *offered[OPERATIONS];

static int offer(int operation) {
    int no_cache = 0;
    size_t count = 0, kept = 0;
    const OSSL_ALGORITHM *all = OSSL_PROVIDER_query_operation(whole_provider, operation, &no_cache);
    if (!all) return 1;
    while (all[count].algorithm_names) count++;
    OSSL_ALGORITHM *some = calloc(count + 3, sizeof *some);
    if (!some) return 0;
    if (operation == OSSL_OP_DECODER) {
        some[kept++] = (OSSL_ALGORITHM){"RSA:rsaEncryption:1.2.840.113549.1.1.1", SPKI_PROPERTIES, rsa_decoder, NULL};
        some[kept++] = (OSSL_ALGORITHM){"EC:id-ecPublicKey:1.2.840.10045.2.1", SPKI_PROPERTIES, ec_decoder, NULL};
    }
    for (size_t at = 0; at < count; at++) {
        if (!is_wanted(operation, &all[at])) continue;
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
    return OSSL_PROVIDER_get_capabilities(whole_provider, capability, callback, argument);
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
    for (; in->function_id; in++)
        if (in->function_id == OSSL_FUNC_BIO_READ_EX) core_bio_read = OSSL_FUNC_BIO_read_ex(in);
    if (!core_bio_read) return 0;
    *out = slim_dispatch;
    *context = OSSL_PROVIDER_get0_provider_ctx(whole_provider);
    return 1;
}

int handfast_slim_provider_install(void) {
    handfast_name_map_keep_small();
    if (!handfast_library()) return 0;
    for (int operation = 1; operation < OPERATIONS; operation++)
        if (!offer(operation)) return 0;
    if (!OSSL_PROVIDER_add_builtin(NULL, "slim", slim_init) || !OSSL_PROVIDER_load(NULL, "slim")) return 0;
    handfast_interposed_begin();
    return 1;
}
