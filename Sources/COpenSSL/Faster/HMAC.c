// SPDX-License-Identifier: Apache-2.0
#include "HMAC.h"

#include <openssl/crypto.h>
#include <string.h>

HashKind handfast_hash_named(const char *name) {
    if (!strcmp(name, "SHA2-256") || !strcmp(name, "SHA256")) return HASH_SHA256;
    if (!strcmp(name, "SHA2-384") || !strcmp(name, "SHA384")) return HASH_SHA384;
    return HASH_NONE;
}

static size_t state_size(HashKind kind) { return kind == HASH_SHA256 ? sizeof(SHA256_CTX) : sizeof(SHA512_CTX); }

static void start(HashKind kind, HashState *state) {
    if (kind == HASH_SHA256) SHA256_Init(&state->sha256);
    else SHA384_Init(&state->sha384);
}

static void add(HashKind kind, HashState *state, const uint8_t *bytes, size_t count) {
    if (kind == HASH_SHA256) SHA256_Update(&state->sha256, bytes, count);
    else SHA384_Update(&state->sha384, bytes, count);
}

static void finish(HashKind kind, HashState *state, uint8_t *out) {
    if (kind == HASH_SHA256) SHA256_Final(out, &state->sha256);
    else SHA384_Final(out, &state->sha384);
    OPENSSL_cleanse(state, state_size(kind));
}

void handfast_hmac_set(HMACKey *key, HashKind kind, const uint8_t *bytes, size_t count) {
    uint8_t pad[HASH_BLOCK_MAX];
    size_t block = handfast_hash_block(kind);
    key->kind = kind;
    memset(pad, 0x36, block);
    for (size_t at = 0; at < count; at++) pad[at] ^= bytes[at];
    start(kind, &key->inner);
    add(kind, &key->inner, pad, block);
    for (size_t at = 0; at < block; at++) pad[at] ^= 0x36 ^ 0x5C;
    start(kind, &key->outer);
    add(kind, &key->outer, pad, block);
    OPENSSL_cleanse(pad, block);
}

void handfast_hmac_forget(HMACKey *key) {
    OPENSSL_cleanse(&key->inner, state_size(key->kind));
    OPENSSL_cleanse(&key->outer, state_size(key->kind));
}

void handfast_hmac_begin(const HMACKey *key, HashState *message) { memcpy(message, &key->inner, state_size(key->kind)); }

void handfast_hmac_add(const HMACKey *key, HashState *message, const uint8_t *bytes, size_t count) {
    add(key->kind, message, bytes, count);
}

void handfast_hmac_end(const HMACKey *key, HashState *message, uint8_t *out) {
    uint8_t inner[HASH_SIZE_MAX];
    size_t size = handfast_hash_size(key->kind);
    finish(key->kind, message, inner);
    memcpy(message, &key->outer, state_size(key->kind));
    add(key->kind, message, inner, size);
    finish(key->kind, message, out);
    OPENSSL_cleanse(inner, size);
}
