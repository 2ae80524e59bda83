// SPDX-License-Identifier: Apache-2.0
// libssl fetches a key derivation by its name each time it derives, a dozen times a handshake in TLS 1.3. As with d2i_X509
// (ReceivedCertificates.c), the dynamic linker binds those calls to the function here, which has the answer at hand. For
// whatever libssl does not ask it is OpenSSL's own.
#define _GNU_SOURCE
#include "KnownDerivations.h"

#include <dlfcn.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <string.h>

#include "Shortcuts.h"

typedef EVP_KDF *Fetch(OSSL_LIB_CTX *, const char *, const char *);

static Fetch *fetch_of_openssl;
static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static EVP_KDF *tls13_kdf, *tls1_prf; // written before other threads run, and never after

static void find_function(void) { fetch_of_openssl = (Fetch *)dlsym(RTLD_NEXT, "EVP_KDF_fetch"); }

void handfast_known_derivations_begin(void) {
    tls13_kdf = EVP_KDF_fetch(NULL, "TLS13-KDF", NULL);
    tls1_prf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
}

static EVP_KDF *known(const char *name) {
    if (!strcmp(name, "TLS13-KDF")) return tls13_kdf;
    return !strcmp(name, "TLS1-PRF") ? tls1_prf : NULL;
}

EVP_KDF *EVP_KDF_fetch(OSSL_LIB_CTX *library, const char *name, const char *properties) {
    EVP_KDF *found = !library && !properties ? known(name) : NULL;
    if (found && EVP_KDF_up_ref(found)) {
        handfast_shortcut_taken(HANDFAST_KNOWN_DERIVATIONS);
        return found;
    }
    if (!CRYPTO_THREAD_run_once(&once, find_function) || !fetch_of_openssl) return NULL;
    return fetch_of_openssl(library, name, properties);
}
