// SPDX-License-Identifier: Apache-2.0
// The key derivations of TLS 1.3 (RFC 8446 §7.1) and TLS 1.2 (RFC 5246 §5), as libssl asks for them.
//
// OpenSSL's own make several contexts, fetch a digest and a MAC and copy each parameter for every one of a handshake's
// dozen derivations. These read the parameters where they are. They answer only what they fully understand; a context
// that is asked for anything else is the default provider's from then on.
#include "TLSKeyDerivation.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

#include "HMAC.h"
#include "Shortcuts.h"

typedef struct {
    const uint8_t *bytes;
    size_t count;
} Bytes;

// MARK: the derivations

// RFC 5869 §2.3; `info` ends with a byte that is free for the block's number.
static void expand(HashKind hash, Bytes secret, uint8_t *info, size_t info_count, uint8_t *out, size_t count) {
    HMACKey key;
    HashState message;
    uint8_t block[HASH_SIZE_MAX];
    size_t size = handfast_hash_size(hash);
    handfast_hmac_set(&key, hash, secret.bytes, secret.count);
    for (uint8_t number = 1; count; number++) {
        info[info_count - 1] = number;
        handfast_hmac_begin(&key, &message);
        if (number > 1) handfast_hmac_add(&key, &message, block, size);
        handfast_hmac_add(&key, &message, info, info_count);
        handfast_hmac_end(&key, &message, block);
        size_t part = count < size ? count : size;
        memcpy(out, block, part);
        out += part;
        count -= part;
    }
    OPENSSL_cleanse(block, size);
    handfast_hmac_forget(&key);
}

// RFC 8446 §7.1. The caller has seen to it that the two vectors are at most 255 bytes long.
static void expand_label(HashKind hash, Bytes secret, Bytes prefix, Bytes label, Bytes data, uint8_t *out, size_t count) {
    uint8_t info[2 + 1 + 255 + 1 + 255 + 1];
    size_t at = 0;
    info[at++] = (uint8_t)(count >> 8);
    info[at++] = (uint8_t)count;
    info[at++] = (uint8_t)(prefix.count + label.count);
    memcpy(info + at, prefix.bytes, prefix.count);
    at += prefix.count;
    memcpy(info + at, label.bytes, label.count);
    at += label.count;
    info[at++] = (uint8_t)data.count;
    if (data.count) memcpy(info + at, data.bytes, data.count);
    at += data.count;
    expand(hash, secret, info, at + 1, out, count);
    OPENSSL_cleanse(info, at);
}

static const uint8_t zeros[HASH_SIZE_MAX];

// One step down the key schedule of RFC 8446 §7.1: "derived" from the secret above, if there is one, then HKDF-Extract.
static void next_secret(HashKind hash, Bytes above, Bytes input, Bytes prefix, Bytes label, uint8_t *out) {
    static const uint8_t nothing256[] = {
        0xE3, 0xB0, 0xC4, 0x42, 0x98, 0xFC, 0x1C, 0x14, 0x9A, 0xFB, 0xF4, 0xC8, 0x99, 0x6F, 0xB9, 0x24,
        0x27, 0xAE, 0x41, 0xE4, 0x64, 0x9B, 0x93, 0x4C, 0xA4, 0x95, 0x99, 0x1B, 0x78, 0x52, 0xB8, 0x55,
    };
    static const uint8_t nothing384[] = {
        0x38, 0xB0, 0x60, 0xA7, 0x51, 0xAC, 0x96, 0x38, 0x4C, 0xD9, 0x32, 0x7E, 0xB1, 0xB1, 0xE3, 0x6A,
        0x21, 0xFD, 0xB7, 0x11, 0x14, 0xBE, 0x07, 0x43, 0x4C, 0x0C, 0xC7, 0xBF, 0x63, 0xF6, 0xE1, 0xDA,
        0x27, 0x4E, 0xDE, 0xBF, 0xE7, 0x6F, 0x65, 0xFB, 0xD5, 0x1A, 0xD2, 0xF1, 0x48, 0x98, 0xB9, 0x5B,
    };
    uint8_t salt[HASH_SIZE_MAX];
    size_t size = handfast_hash_size(hash), salt_count = 0;
    if (above.bytes) {
        Bytes nothing = {hash == HASH_SHA256 ? nothing256 : nothing384, size}; // the hash of no messages
        expand_label(hash, above, prefix, label, nothing, salt, size);
        salt_count = size;
    }
    if (!input.bytes) input = (Bytes){zeros, size};
    HMACKey key;
    HashState message;
    handfast_hmac_set(&key, hash, salt, salt_count);
    handfast_hmac_begin(&key, &message);
    handfast_hmac_add(&key, &message, input.bytes, input.count);
    handfast_hmac_end(&key, &message, out);
    OPENSSL_cleanse(salt, salt_count);
    handfast_hmac_forget(&key);
}

enum { SEEDS_MAX = 8, SEED_BYTES_MAX = 1024 };

static void add_seeds(const HMACKey *key, HashState *message, const Bytes *seeds, size_t seed_count) {
    for (size_t at = 0; at < seed_count; at++) handfast_hmac_add(key, message, seeds[at].bytes, seeds[at].count);
}

// P_hash of RFC 5246 §5.
static void p_hash(HashKind hash, Bytes secret, const Bytes *seeds, size_t seed_count, uint8_t *out, size_t count) {
    HMACKey key;
    HashState message;
    uint8_t a[HASH_SIZE_MAX], block[HASH_SIZE_MAX];
    size_t size = handfast_hash_size(hash);
    handfast_hmac_set(&key, hash, secret.bytes, secret.count);
    handfast_hmac_begin(&key, &message);
    add_seeds(&key, &message, seeds, seed_count);
    handfast_hmac_end(&key, &message, a);
    for (;;) {
        handfast_hmac_begin(&key, &message);
        handfast_hmac_add(&key, &message, a, size);
        add_seeds(&key, &message, seeds, seed_count);
        handfast_hmac_end(&key, &message, block);
        size_t part = count < size ? count : size;
        memcpy(out, block, part);
        out += part;
        count -= part;
        if (!count) break;
        handfast_hmac_begin(&key, &message);
        handfast_hmac_add(&key, &message, a, size);
        handfast_hmac_end(&key, &message, a);
    }
    OPENSSL_cleanse(a, size);
    OPENSSL_cleanse(block, size);
    handfast_hmac_forget(&key);
}

// MARK: what is asked

typedef struct {
    HashKind hash;
    int mode;
    Bytes key, salt, prefix, label, data; // where `bytes` is NULL it was not given
} Asked13;

typedef struct {
    HashKind hash;
    Bytes secret, seeds[SEEDS_MAX];
    size_t seed_count, seed_bytes;
} Asked12;

static int is(const OSSL_PARAM *parameter, const char *name) { return !strcmp(parameter->key, name); }

// Each may be given once: OpenSSL's own take the first of several, and there is no reason to send several.
static int take_bytes(const OSSL_PARAM *parameter, Bytes *bytes) {
    if (parameter->data_type != OSSL_PARAM_OCTET_STRING || !parameter->data || bytes->bytes) return 0;
    *bytes = (Bytes){parameter->data, parameter->data_size};
    return 1;
}

static int take_hash(const OSSL_PARAM *parameter, HashKind *hash) {
    if (parameter->data_type != OSSL_PARAM_UTF8_STRING || !parameter->data || *hash != HASH_NONE) return 0;
    *hash = handfast_hash_named(parameter->data);
    return *hash != HASH_NONE;
}

static int take_mode(const OSSL_PARAM *parameter, int *mode) {
    if (parameter->data_type != OSSL_PARAM_INTEGER || parameter->data_size != sizeof *mode || *mode >= 0) return 0;
    memcpy(mode, parameter->data, sizeof *mode);
    return 1;
}

static int take13(const OSSL_PARAM *parameter, Asked13 *asked) {
    // Told apart by their first letters, since a handshake reads some eighty of them.
    switch (parameter->key[0]) {
    case 'm': return is(parameter, OSSL_KDF_PARAM_MODE) && take_mode(parameter, &asked->mode);
    case 'k': return is(parameter, OSSL_KDF_PARAM_KEY) && take_bytes(parameter, &asked->key);
    case 's': return is(parameter, OSSL_KDF_PARAM_SALT) && take_bytes(parameter, &asked->salt);
    case 'p': return is(parameter, OSSL_KDF_PARAM_PREFIX) && take_bytes(parameter, &asked->prefix);
    case 'l': return is(parameter, OSSL_KDF_PARAM_LABEL) && take_bytes(parameter, &asked->label);
    case 'd':
        if (is(parameter, OSSL_KDF_PARAM_DIGEST)) return take_hash(parameter, &asked->hash);
        return is(parameter, OSSL_KDF_PARAM_DATA) && take_bytes(parameter, &asked->data);
    default: return 0;
    }
}

// A secret is a key of HMAC; one of no byte, or of more than a block, is not what libssl has.
static int is_secret(HashKind hash, Bytes secret) { return secret.count && secret.count <= handfast_hash_block(hash); }

// `spent`: an earlier derivation was answered here. OpenSSL's own would take from it what is missing now.
static int answer13(const OSSL_PARAM *parameters, int spent, uint8_t *out, size_t count) {
    Asked13 asked = {.mode = -1};
    for (; parameters->key; parameters++)
        if (!take13(parameters, &asked)) return 0;
    if (asked.hash == HASH_NONE || !asked.prefix.bytes || !asked.label.bytes) return 0;
    if (asked.prefix.count > 255 || asked.label.count > 255 - asked.prefix.count || asked.data.count > 255) return 0;
    size_t size = handfast_hash_size(asked.hash);
    if (asked.mode == EVP_KDF_HKDF_MODE_EXPAND_ONLY) {
        if (!is_secret(asked.hash, asked.key) || !count || count > 255 * size) return 0;
        expand_label(asked.hash, asked.key, asked.prefix, asked.label, asked.data, out, count);
        return 1;
    }
    if (asked.mode != EVP_KDF_HKDF_MODE_EXTRACT_ONLY || count != size) return 0;
    if (asked.salt.bytes && !is_secret(asked.hash, asked.salt)) return 0;
    if (spent && (!asked.key.bytes || !asked.salt.bytes)) return 0;
    next_secret(asked.hash, asked.salt, asked.key, asked.prefix, asked.label, out);
    return 1;
}

static int take12(const OSSL_PARAM *parameter, Asked12 *asked) {
    if (is(parameter, OSSL_KDF_PARAM_DIGEST)) return take_hash(parameter, &asked->hash);
    if (is(parameter, OSSL_KDF_PARAM_SECRET)) return take_bytes(parameter, &asked->secret);
    if (!is(parameter, OSSL_KDF_PARAM_SEED)) return 0;
    if (!parameter->data || !parameter->data_size) return 1; // libssl gives five seeds, and leaves some of them empty
    if (asked->seed_count == SEEDS_MAX || parameter->data_size > SEED_BYTES_MAX - asked->seed_bytes) return 0;
    asked->seed_bytes += parameter->data_size;
    return take_bytes(parameter, &asked->seeds[asked->seed_count++]);
}

static int answer12(const OSSL_PARAM *parameters, int spent, uint8_t *out, size_t count) {
    Asked12 asked = {0};
    for (; parameters->key; parameters++)
        if (!take12(parameters, &asked)) return 0;
    // OpenSSL's own would append these seeds to those of the derivation before.
    if (spent || asked.hash == HASH_NONE || !is_secret(asked.hash, asked.secret) || !asked.seed_bytes || !count) return 0;
    p_hash(asked.hash, asked.secret, asked.seeds, asked.seed_count, out, count);
    return 1;
}

// MARK: the contexts

// One of the two algorithms: how to answer, and the default provider's functions.
typedef struct {
    int (*answer)(const OSSL_PARAM *, int, uint8_t *, size_t);
    OSSL_FUNC_kdf_newctx_fn *new;
    OSSL_FUNC_kdf_freectx_fn *free;
    OSSL_FUNC_kdf_derive_fn *derive;
    OSSL_FUNC_kdf_set_ctx_params_fn *set;
    OSSL_FUNC_kdf_get_ctx_params_fn *get;
    OSSL_FUNC_kdf_settable_ctx_params_fn *settable;
    OSSL_FUNC_kdf_gettable_ctx_params_fn *gettable;
} Algorithm;
static Algorithm tls13 = {.answer = answer13}, tls12 = {.answer = answer12};

typedef struct {
    const Algorithm *algorithm;
    void *provider;
    void *theirs; // the default provider's context, once something was asked that is not answered here
    int spent;
} Context;

static void *context_new(const Algorithm *algorithm, void *provider) {
    Context *context = OPENSSL_zalloc(sizeof *context);
    if (!context) return NULL;
    context->algorithm = algorithm;
    context->provider = provider;
    return context;
}
static void *context_new13(void *provider) { return context_new(&tls13, provider); }
static void *context_new12(void *provider) { return context_new(&tls12, provider); }

static void context_reset(void *self) {
    Context *context = self;
    if (context->theirs) context->algorithm->free(context->theirs);
    context->theirs = NULL;
    context->spent = 0;
}

static void context_free(void *self) {
    if (!self) return;
    context_reset(self);
    OPENSSL_free(self);
}

// The default provider's context. Secrets that were derived here are not known to it, so none is made after that.
static void *theirs_of(Context *context) {
    if (context->theirs) return context->theirs;
    if (context->spent) {
        ERR_raise(ERR_LIB_PROV, ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED);
        return NULL;
    }
    handfast_shortcut_missed(HANDFAST_KEY_DERIVATIONS);
    context->theirs = context->algorithm->new(context->provider);
    return context->theirs;
}

static int context_derive(void *self, unsigned char *out, size_t count, const OSSL_PARAM parameters[]) {
    Context *context = self;
    if (!context->theirs && parameters && context->algorithm->answer(parameters, context->spent, out, count)) {
        context->spent = 1;
        handfast_shortcut_taken(HANDFAST_KEY_DERIVATIONS);
        return 1;
    }
    void *theirs = theirs_of(context);
    return theirs ? context->algorithm->derive(theirs, out, count, parameters) : 0;
}

static int context_set(void *self, const OSSL_PARAM parameters[]) {
    Context *context = self;
    if (!parameters) return 1;
    void *theirs = theirs_of(context);
    return theirs ? context->algorithm->set(theirs, parameters) : 0;
}

static int context_get(void *self, OSSL_PARAM parameters[]) {
    Context *context = self;
    void *theirs = theirs_of(context);
    return theirs ? context->algorithm->get(theirs, parameters) : 0;
}

// No context of theirs is passed: what can be set and got follows from the algorithm alone.
static const OSSL_PARAM *settable13(void *self, void *provider) { return (void)self, tls13.settable(NULL, provider); }
static const OSSL_PARAM *gettable13(void *self, void *provider) { return (void)self, tls13.gettable(NULL, provider); }
static const OSSL_PARAM *settable12(void *self, void *provider) { return (void)self, tls12.settable(NULL, provider); }
static const OSSL_PARAM *gettable12(void *self, void *provider) { return (void)self, tls12.gettable(NULL, provider); }

#define DERIVATION(version)                                                              \
    {                                                                                    \
        {OSSL_FUNC_KDF_NEWCTX, (void (*)(void))context_new##version},                    \
        {OSSL_FUNC_KDF_FREECTX, (void (*)(void))context_free},                           \
        {OSSL_FUNC_KDF_RESET, (void (*)(void))context_reset},                            \
        {OSSL_FUNC_KDF_DERIVE, (void (*)(void))context_derive},                          \
        {OSSL_FUNC_KDF_SET_CTX_PARAMS, (void (*)(void))context_set},                     \
        {OSSL_FUNC_KDF_GET_CTX_PARAMS, (void (*)(void))context_get},                     \
        {OSSL_FUNC_KDF_SETTABLE_CTX_PARAMS, (void (*)(void))settable##version},          \
        {OSSL_FUNC_KDF_GETTABLE_CTX_PARAMS, (void (*)(void))gettable##version}, {0, NULL}, \
    }
static const OSSL_DISPATCH tls13_functions[] = DERIVATION(13), tls12_functions[] = DERIVATION(12);

static int find(Algorithm *algorithm, const OSSL_DISPATCH *theirs) {
    for (; theirs->function_id; theirs++) {
        switch (theirs->function_id) {
        case OSSL_FUNC_KDF_NEWCTX: algorithm->new = OSSL_FUNC_kdf_newctx(theirs); break;
        case OSSL_FUNC_KDF_FREECTX: algorithm->free = OSSL_FUNC_kdf_freectx(theirs); break;
        case OSSL_FUNC_KDF_DERIVE: algorithm->derive = OSSL_FUNC_kdf_derive(theirs); break;
        case OSSL_FUNC_KDF_SET_CTX_PARAMS: algorithm->set = OSSL_FUNC_kdf_set_ctx_params(theirs); break;
        case OSSL_FUNC_KDF_GET_CTX_PARAMS: algorithm->get = OSSL_FUNC_kdf_get_ctx_params(theirs); break;
        case OSSL_FUNC_KDF_SETTABLE_CTX_PARAMS: algorithm->settable = OSSL_FUNC_kdf_settable_ctx_params(theirs); break;
        case OSSL_FUNC_KDF_GETTABLE_CTX_PARAMS: algorithm->gettable = OSSL_FUNC_kdf_gettable_ctx_params(theirs); break;
        }
    }
    return algorithm->new && algorithm->free && algorithm->derive && algorithm->set && algorithm->get
        && algorithm->settable && algorithm->gettable;
}

const OSSL_DISPATCH *handfast_tls13_kdf(const OSSL_DISPATCH *theirs) { return find(&tls13, theirs) ? tls13_functions : theirs; }
const OSSL_DISPATCH *handfast_tls1_prf(const OSSL_DISPATCH *theirs) { return find(&tls12, theirs) ? tls12_functions : theirs; }
