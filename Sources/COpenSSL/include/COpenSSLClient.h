// SPDX-License-Identifier: Apache-2.0
// Macros and variadic calls of OpenSSL for a TLS client and a maker of test certificates.
#pragma once
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

static inline EVP_PKEY *handfast_generate_rsa(size_t bits) { return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", bits); }
static inline EVP_PKEY *handfast_generate_ec(const char *curve) { return EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve); }
static inline EVP_PKEY *handfast_generate_ed25519(void) { return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"); }
static inline long handfast_ssl_set_server_name(SSL *s, const char *name) { return SSL_set_tlsext_host_name(s, name); }
static inline long handfast_ssl_set_groups(SSL *s, const char *list) { return SSL_set1_groups_list(s, list); }
static inline void handfast_x509v3_set(X509V3_CTX *c, X509 *issuer, X509 *subject) {
    X509V3_set_ctx_nodb(c);
    X509V3_set_ctx(c, issuer, subject, NULL, NULL, 0);
}
