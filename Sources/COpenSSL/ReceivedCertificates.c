// SPDX-License-Identifier: Apache-2.0
// Bounds the certificates that clients send, before OpenSSL parses them.
//
// libssl parses the certificates of a client with d2i_X509, which it finds by its name when the program is linked; the
// definition here takes its place. A client's own certificate is looked at before it is parsed, and is parsed once
// (Faster/ParsedCertificates.h). Certificates that were sent along are not parsed at all (SentCertificates.h).
// OpenSSL must be linked dynamically for this: a static one has the same name twice, which the linker refuses. Outside
// `handfast_handshake` every call is OpenSSL's own, and so it is in versions of OpenSSL that the tests did not run with: the
// same bounds are then kept after the parsing (SentCertificates.c).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>

#include "CertificateForm.h"
#include "Channel.h"
#include "Faster/ParsedCertificates.h"
#include "Faster/Shortcuts.h"
#include "Library.h"
#include "SentCertificates.h"
#include "Session.h"

typedef X509 *Parser(X509 **, const unsigned char **, long);

static Parser *parser_of_openssl;
static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static int is_tested;
static _Thread_local const handfast_context_state *in_handshake;

static void find_parser(void) {
    parser_of_openssl = (Parser *)dlsym(RTLD_NEXT, "d2i_X509");
    is_tested = handfast_library_is_tested();
}

static int verification_error(KeyForm form) {
    switch (form) {
    case KEY_IS_TAKEN: return X509_V_OK;
    case KEY_IS_OF_ANOTHER_KIND: return X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY;
    case KEY_IS_TOO_COSTLY: break;
    }
    return X509_V_ERR_EE_KEY_TOO_SMALL;
}

// Whether the certificate encodes to the bytes that it was parsed from: clients are known by the digest of the former.
static int encodes_to(X509 *certificate, const unsigned char *der, size_t count) {
    unsigned char *encoded = NULL;
    int length = i2d_X509(certificate, &encoded);
    int is_same = length > 0 && (size_t)length == count && !memcmp(encoded, der, count);
    OPENSSL_free(encoded);
    return is_same;
}

// Parses a client's own certificate, unless its form, its size or its key shows that it will be refused. One with such a key
// stays the empty certificate that libssl made: the alert is then the one for a bad certificate.
static X509 *parse_leaf(X509 **out, const unsigned char **in, size_t count) {
    const unsigned char *start = *in;
    CertificateOutline outline;
    if (!handfast_outline_read(start, count, &outline)) return handfast_refuse_certificate(REFUSED_FORM), NULL;
    size_t cost = handfast_parsed_cost(count, outline.elements);
    if (!handfast_leaf_fits(cost)) return handfast_refuse_certificate(REFUSED_SIZE), NULL;
    int error = verification_error(handfast_key_form(outline.key, HANDFAST_RSA_BITS_MAX));
    handfast_sent_leaf(start, count, cost, error);
    if (error != X509_V_OK) {
        *in = start + count;
        return *out;
    }
    handfast_shortcut_missed(HANDFAST_PARSED_CERTIFICATES);
    X509 *certificate = parser_of_openssl(out, in, (long)count);
    if (!certificate) return NULL;
    if (*in != start + count || !encodes_to(certificate, start, count))
        return handfast_refuse_certificate(REFUSED_FORM), NULL;
    handfast_parsed_keep(certificate, start, count, cost);
    return certificate;
}

X509 *d2i_X509(X509 **out, const unsigned char **in, long length) {
    if (!CRYPTO_THREAD_run_once(&once, find_parser) || !parser_of_openssl) return NULL;
    if (!is_tested || !in_handshake || !out || !*out || length <= 0) return parser_of_openssl(out, in, length);
    const unsigned char *start = *in;
    size_t count = (size_t)length;
    if (handfast_sent_count()) {
        if (!handfast_sent_along(start, count)) return NULL;
        *in = start + count;
        return *out;
    }
    size_t cost = 0;
    X509 *known = handfast_parsed_find(start, count, &cost);
    if (!known) return parse_leaf(out, in, count);
    X509_free(*out);
    *out = known;
    *in = start + count;
    handfast_sent_leaf(start, count, cost, X509_V_OK);
    return known;
}

int handfast_handshake(SSL *ssl) {
    in_handshake = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    handfast_sent_begin();
    int result = SSL_do_handshake(ssl);
    handfast_sent_begin(); // another step's message is not this one's
    in_handshake = NULL;
    handfast_channel *channel = result == 1 ? handfast_channel_of(SSL_get_rbio(ssl)) : NULL;
    if (channel) handfast_channel_established(channel);
    return result;
}

const handfast_context_state *handfast_in_handshake(void) { return in_handshake; }
