// SPDX-License-Identifier: Apache-2.0
// OpenSSL as Swift sees it: its headers, wrappers for what is a macro in C, and the few function tables that must be C.
#pragma once
#include <openssl/asn1.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/ec.h>
#include <openssl/encoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stddef.h>
#include <stdint.h>

#include "COpenSSLClient.h"
#include "COpenSSLX509.h"
#include "Alert.h"
#include "Channel.h"
#include "DerivedKeys.h"
#include "Digest.h"
#include "Faster.h"
#include "HandshakeTrial.h"
#include "Identity.h"
#include "KeyDerivation.h"
#include "KeyExchange.h"
#include "Keystore.h"
#include "Library.h"
#include "ServerName.h"
#include "Session.h"
#include "SignedBody.h"

static inline long handfast_ssl_ctx_set_min_version(SSL_CTX *c, int v) { return SSL_CTX_set_min_proto_version(c, v); }
static inline long handfast_ssl_ctx_set_max_version(SSL_CTX *c, int v) { return SSL_CTX_set_max_proto_version(c, v); }
static inline long handfast_ssl_ctx_set_mode(SSL_CTX *c, long m) { return SSL_CTX_set_mode(c, m); }
static inline long handfast_ssl_ctx_set_groups(SSL_CTX *c, const char *l) { return SSL_CTX_set1_groups_list(c, l); }
static inline long handfast_ssl_ctx_set_client_sigalgs(SSL_CTX *c, const char *l) { return SSL_CTX_set1_client_sigalgs_list(c, l); }
static inline long handfast_ssl_ctx_set_session_cache_mode(SSL_CTX *c, long m) { return SSL_CTX_set_session_cache_mode(c, m); }
static inline long handfast_ssl_ctx_set_read_ahead(SSL_CTX *c, long on) { return SSL_CTX_set_read_ahead(c, on); }
static inline long handfast_ssl_ctx_set_max_cert_list(SSL_CTX *c, long n) { return SSL_CTX_set_max_cert_list(c, n); }
static inline long handfast_ssl_ctx_set_ticket_callback(SSL_CTX *c, int (*cb)(SSL *, unsigned char *, unsigned char *, EVP_CIPHER_CTX *, EVP_MAC_CTX *, int)) {
    return SSL_CTX_set_tlsext_ticket_key_evp_cb(c, cb);
}
static inline long handfast_ssl_ctx_add1_chain_cert(SSL_CTX *c, X509 *x) { return SSL_CTX_add1_chain_cert(c, x); }
static inline void *handfast_ssl_app_data(const SSL *s) { return SSL_get_app_data(s); }
static inline int handfast_ssl_set_app_data(SSL *s, void *p) { return SSL_set_app_data(s, p); }
static inline void *handfast_ssl_ctx_app_data(const SSL_CTX *c) { return SSL_CTX_get_app_data(c); }
static inline int handfast_ssl_ctx_set_app_data(SSL_CTX *c, void *p) { return SSL_CTX_set_app_data(c, p); }
static inline int handfast_error_lib(unsigned long e) { return ERR_GET_LIB(e); }
static inline int handfast_error_reason(unsigned long e) { return ERR_GET_REASON(e); }
static inline int handfast_selection_keypair(void) { return EVP_PKEY_KEYPAIR; }
static inline uint64_t handfast_ssl_options(void) {
    uint64_t options = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF;
    // RFC 8879, which OpenSSL offers from 3.2 on: SSL_OP_NO_TX_CERTIFICATE_COMPRESSION and SSL_OP_NO_RX_CERTIFICATE_COMPRESSION,
    // by their numbers, since the headers may be older than the library.
    if (OpenSSL_version_num() >= 0x30200000UL) options |= UINT64_C(1) << 32 | UINT64_C(1) << 33;
    return options;
}
static inline long handfast_ssl_modes(void) { return SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY; }
static inline const uint8_t *handfast_bio_bytes(BIO *bio, size_t *count) {
    char *bytes = NULL;
    long length = BIO_get_mem_data(bio, &bytes);
    *count = length > 0 ? (size_t)length : 0;
    return (const uint8_t *)bytes;
}
