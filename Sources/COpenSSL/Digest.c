// SPDX-License-Identifier: Apache-2.0
#include "Digest.h"

#include <openssl/evp.h>
#include <pthread.h>

#include "Library.h"

// Fetched once and never freed: a look-up of the algorithm costs more than a short digest.
static EVP_MD *sha256;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;

static void fetch_sha256(void) { sha256 = EVP_MD_fetch(handfast_library(), "SHA256", NULL); }

int handfast_sha256(const void *bytes, size_t count, void *out) {
    pthread_once(&sha256_once, fetch_sha256);
    return sha256 != NULL && EVP_Digest(bytes, count, out, NULL, sha256, NULL) == 1;
}
