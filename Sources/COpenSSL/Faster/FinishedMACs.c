// SPDX-License-Identifier: Apache-2.0
// For the verify_data of each Finished message of TLS 1.3 (RFC 8446 §4.4.4), libssl has EVP_Q_mac look up a MAC and a digest
// and make contexts for both. As with d2i_X509 (ReceivedCertificates.c), the dynamic linker binds that call to the function
// here, which makes an HMAC on OpenSSL's plain hashes. For whatever libssl does not ask it is OpenSSL's own.
#define _GNU_SOURCE
#include "FinishedMACs.h"

#include <dlfcn.h>
#include <openssl/evp.h>
#include <string.h>

#include "HMAC.h"
#include "Shortcuts.h"

typedef unsigned char *QuickMAC(OSSL_LIB_CTX *, const char *, const char *, const char *, const OSSL_PARAM *, const void *,
                                size_t, const unsigned char *, size_t, unsigned char *, size_t, size_t *);

static QuickMAC *mac_of_openssl;
static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static int has_begun; // written before other threads run, and never after

static void find_function(void) { mac_of_openssl = (QuickMAC *)dlsym(RTLD_NEXT, "EVP_Q_mac"); }

void handfast_finished_macs_begin(void) { has_begun = 1; }

unsigned char *EVP_Q_mac(OSSL_LIB_CTX *library, const char *name, const char *properties, const char *digest,
                         const OSSL_PARAM *parameters, const void *key, size_t key_count, const unsigned char *data,
                         size_t data_count, unsigned char *out, size_t out_size, size_t *out_count) {
    int is_plain = has_begun && !library && !properties && digest && (!parameters || !parameters->key) && key && key_count && out;
    HashKind hash = is_plain && !strcmp(name, "HMAC") ? handfast_hash_named(digest) : HASH_NONE;
    if (hash == HASH_NONE || key_count > handfast_hash_block(hash) || out_size < handfast_hash_size(hash)) {
        if (!CRYPTO_THREAD_run_once(&once, find_function) || !mac_of_openssl) return NULL;
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
    handfast_shortcut_taken(HANDFAST_FINISHED_MACS);
    return out;
}
