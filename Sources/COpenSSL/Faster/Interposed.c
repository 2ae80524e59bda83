// SPDX-License-Identifier: Apache-2.0
// What libssl asks libcrypto for in each handshake, answered in the program.
//
// As with d2i_X509 (ReceivedCertificates.c), the dynamic linker binds libssl's calls to these. OpenSSL 3.0 looks an algorithm
// up each time it is used: a dozen times a handshake for key derivation, and for each Finished message a MAC and a digest.
// The functions for those two are OpenSSL's own until the slim provider is loaded, and for whatever libssl does not ask.
#define _GNU_SOURCE
#include "Interposed.h"

#include <dlfcn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <string.h>

#include "HMAC.h"

typedef EVP_KDF *FetchKDF(OSSL_LIB_CTX *, const char *, const char *);
typedef unsigned char *QuickMAC(OSSL_LIB_CTX *, const char *, const char *, const char *, const OSSL_PARAM *, const void *,
                                size_t, const unsigned char *, size_t, unsigned char *, size_t, size_t *);

static FetchKDF *fetch_of_openssl;
static QuickMAC *mac_of_openssl;
static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
// Written before other threads run, and never after.
static EVP_KDF *tls13_kdf, *tls1_prf;
static int begun;

static void find_functions(void) {
    fetch_of_openssl = (FetchKDF *)dlsym(RTLD_NEXT, "EVP_KDF_fetch");
    mac_of_openssl = (QuickMAC *)dlsym(RTLD_NEXT, "EVP_Q_mac");
}

void handfast_interposed_begin(void) {
    tls13_kdf = EVP_KDF_fetch(NULL, "TLS13-KDF", NULL);
    tls1_prf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
    begun = 1;
}

EVP_KDF *EVP_KDF_fetch(OSSL_LIB_CTX *library, const char *name, const char *properties) {
    if (begun && !library && !properties) {
        EVP_KDF *known = !strcmp(name, "TLS13-KDF") ? tls13_kdf : !strcmp(name, "TLS1-PRF") ? tls1_prf : NULL;
        if (known && EVP_KDF_up_ref(known)) return known;
    }
    if (!CRYPTO_THREAD_run_once(&once, find_functions) || !fetch_of_openssl) return NULL;
    return fetch_of_openssl(library, name, properties);
}

// RFC 8446 §4.4.4: libssl calls it for the verify_data of Finished, with a key of the hash's size.
unsigned char *EVP_Q_mac(OSSL_LIB_CTX *library, const char *name, const char *properties, const char *digest,
                         const OSSL_PARAM *parameters, const void *key, size_t key_count, const unsigned char *data,
                         size_t data_count, unsigned char *out, size_t out_size, size_t *out_count) {
    int plain = begun && !library && !properties && digest && (!parameters || !parameters->key) && key && key_count && out;
    HashKind hash = plain && !strcmp(name, "HMAC") ? handfast_hash_named(digest) : HASH_NONE;
    if (hash == HASH_NONE || key_count > handfast_hash_block(hash) || out_size < handfast_hash_size(hash)) {
        if (!CRYPTO_THREAD_run_once(&once, find_functions) || !mac_of_openssl) return NULL;
        return mac_of_openssl(library, name, properties, digest, parameters, key, key_count, data, data_count, out, out_size,
                              out_count);
    }
    HMACKey prepared;
    HashState message;
    handfast_hmac_set(&prepared, hash, key, key_count);
    handfast_hmac_begin(&prepared, &message);
    handfast_hmac_add(&prepared, &message, data, data_count);
    handfast_hmac_end(&prepared, &message, out);
    handfast_hmac_forget(&prepared);
    if (out_count) *out_count = handfast_hash_size(hash);
    return out;
}

// libssl clears the queue at each step, and so does the program. OpenSSL's function goes through all sixteen places even
// where none is taken.
void ERR_clear_error(void) {
    // Entries without a code, of which OpenSSL makes none, may stay: nobody takes them for errors.
    while (ERR_get_error() || ERR_peek_last_error()) continue;
}

// OpenSSL makes a context of its own to ask whether a peer's key is a key. For X25519 that is all it asks, and libssl has
// set the key just before; a point of small order is refused by the derivation (RFC 7748 §6.1).
int EVP_PKEY_derive_set_peer(EVP_PKEY_CTX *context, EVP_PKEY *peer) {
    const char *kind = peer ? EVP_PKEY_get0_type_name(peer) : NULL;
    return EVP_PKEY_derive_set_peer_ex(context, peer, !kind || strcmp(kind, "X25519"));
}
