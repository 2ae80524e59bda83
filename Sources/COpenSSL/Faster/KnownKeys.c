// SPDX-License-Identifier: Apache-2.0
#include "KnownKeys.h"

#include <openssl/core_names.h>
#include <openssl/core_object.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "Shortcuts.h"

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
        handfast_shortcut_taken(HANDFAST_KNOWN_KEYS);
        reference(kind, (*slot)->key);
        return (*slot)->key;
    }
    handfast_shortcut_missed(HANDFAST_KNOWN_KEYS);
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
const OSSL_ALGORITHM handfast_known_keys_decoders[HANDFAST_KNOWN_KEYS_DECODERS] = {
    {"RSA:rsaEncryption:1.2.840.113549.1.1.1", SPKI_PROPERTIES, rsa_decoder, NULL},
    {"EC:id-ecPublicKey:1.2.840.10045.2.1", SPKI_PROPERTIES, ec_decoder, NULL},
};

int handfast_known_keys_begin(const OSSL_DISPATCH *core) {
    for (; core->function_id; core++)
        if (core->function_id == OSSL_FUNC_BIO_READ_EX) core_bio_read = OSSL_FUNC_BIO_read_ex(core);
    return core_bio_read != NULL;
}
