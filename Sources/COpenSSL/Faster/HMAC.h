// SPDX-License-Identifier: Apache-2.0
// HMAC (RFC 2104) over SHA-256 and SHA-384, on OpenSSL's plain hash functions: nothing is fetched or allocated.
#pragma once
#include <openssl/sha.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { HASH_NONE, HASH_SHA256, HASH_SHA384 } HashKind;
typedef union {
    SHA256_CTX sha256;
    SHA512_CTX sha384;
} HashState;

enum { HASH_SIZE_MAX = 48, HASH_BLOCK_MAX = 128 };

// A key, as the hashes of its two pads.
typedef struct {
    HashKind kind;
    HashState inner, outer;
} HMACKey;

// The kind that OpenSSL calls so; HASH_NONE for every other one.
HashKind handfast_hash_named(const char *name);
static inline size_t handfast_hash_size(HashKind kind) { return kind == HASH_SHA256 ? 32 : 48; }
static inline size_t handfast_hash_block(HashKind kind) { return kind == HASH_SHA256 ? 64 : 128; }

// Sets a key of at most one block. Whoever sets one cleanses it with handfast_hmac_forget.
void handfast_hmac_set(HMACKey *key, HashKind kind, const uint8_t *bytes, size_t count);
void handfast_hmac_forget(HMACKey *key);
// One message: begin, add as often as needed, end, which writes handfast_hash_size bytes and cleanses the message's state.
void handfast_hmac_begin(const HMACKey *key, HashState *message);
void handfast_hmac_add(const HMACKey *key, HashState *message, const uint8_t *bytes, size_t count);
void handfast_hmac_end(const HMACKey *key, HashState *message, uint8_t *out);
