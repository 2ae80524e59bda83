// SPDX-License-Identifier: Apache-2.0
#include "Library.h"

#include <string.h>

static OSSL_LIB_CTX *context;
static OSSL_PROVIDER *provider;
static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;

static void make(void) {
    // Without the machine's openssl.cnf: its providers and ciphers must not change what this server accepts.
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    context = OSSL_LIB_CTX_new();
    if (context) provider = OSSL_PROVIDER_load(context, "default");
    if (!provider) {
        OSSL_LIB_CTX_free(context);
        context = NULL;
    }
}

OSSL_LIB_CTX *handfast_library(void) { return CRYPTO_THREAD_run_once(&once, make) ? context : NULL; }

OSSL_PROVIDER *handfast_default_provider(void) { return handfast_library() ? provider : NULL; }

int handfast_is_named(const char *names, const char *wanted) {
    size_t length = strlen(wanted);
    return !strncmp(names, wanted, length) && (names[length] == ':' || names[length] == 0);
}

// The minor version is in the bits below the major one: 0xMNN00PP0.
int handfast_version_is_tested(unsigned long version) {
    unsigned long minor = version >> 20;
    return minor == 0x300 || minor == 0x305;
}

int handfast_library_is_tested(void) { return handfast_version_is_tested(OpenSSL_version_num()); }
