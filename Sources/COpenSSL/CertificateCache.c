// Parsed client certificates, shared by the handshakes of one thread.
//
// libssl parses the peer's certificate with d2i_X509, which it finds by its name when the program is linked; the
// definition here takes its place and hands out the certificate that this thread parsed from the very same bytes before.
// Parsing costs more than verifying the peer's RSA signature. OpenSSL must be linked dynamically for this: a static one has the same
// name twice, which the linker refuses. Outside `handfast_handshake` nothing is cached.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "Channel.h"
#include "Session.h"

// Certificates of ordinary size; a larger one is parsed each time.
enum { DER_MAX = 4096, CERTIFICATE_SLOTS = 512 };

typedef struct {
    X509 *certificate;
    size_t count;
    unsigned char der[];
} Parsed;

typedef X509 *Parser(X509 **, const unsigned char **, long);

static Parser *parser_of_openssl;
static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static _Thread_local Parsed **parsed; // direct-mapped; the thread's own, so it needs no lock
static _Thread_local const handfast_context_state *in_handshake;
static _Thread_local unsigned long hits, misses;

static void find_parser(void) { parser_of_openssl = (Parser *)dlsym(RTLD_NEXT, "d2i_X509"); }

static size_t slot_of(const unsigned char *der, size_t count) {
    // The end of a certificate is its signature: as good as random, and different even where the rest is equal.
    uint64_t word = 0;
    if (count >= 16) memcpy(&word, der + count - 16, sizeof word);
    return (size_t)((word * 0x9E3779B97F4A7C15u) >> 32) % CERTIFICATE_SLOTS;
}

static void keep(Parsed **slot, X509 *certificate, const unsigned char *der, size_t count) {
    Parsed *entry = malloc(sizeof *entry + count);
    if (!entry) return;
    X509_up_ref(certificate);
    entry->certificate = certificate;
    entry->count = count;
    memcpy(entry->der, der, count);
    if (*slot) {
        X509_free((*slot)->certificate);
        free(*slot);
    }
    *slot = entry;
}

X509 *d2i_X509(X509 **out, const unsigned char **in, long length) {
    if (!CRYPTO_THREAD_run_once(&once, find_parser) || !parser_of_openssl) return NULL;
    if (!in_handshake || !out || length <= 0 || length > DER_MAX) return parser_of_openssl(out, in, length);
    if (!parsed && !(parsed = calloc(CERTIFICATE_SLOTS, sizeof *parsed))) return parser_of_openssl(out, in, length);
    const unsigned char *start = *in;
    size_t count = (size_t)length;
    Parsed **slot = &parsed[slot_of(start, count)];
    if (*slot && (*slot)->count == count && !memcmp((*slot)->der, start, count) && X509_up_ref((*slot)->certificate)) {
        hits++;
        X509_free(*out);
        *out = (*slot)->certificate;
        *in = start + count;
        return *out;
    }
    misses++;
    X509 *certificate = parser_of_openssl(out, in, length);
    // Only a certificate that was all of the bytes; whatever follows one is for OpenSSL to refuse.
    if (certificate && *in == start + count) keep(slot, certificate, start, count);
    return certificate;
}

int handfast_handshake(SSL *ssl) {
    in_handshake = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    int result = SSL_do_handshake(ssl);
    in_handshake = NULL;
    if (result == 1) handfast_channel_established(handfast_channel_of(SSL_get_rbio(ssl)));
    return result;
}

const handfast_context_state *handfast_in_handshake(void) { return in_handshake; }

void handfast_certificate_cache_counts(unsigned long *found, unsigned long *made) {
    *found = hits;
    *made = misses;
}
