// SPDX-License-Identifier: Apache-2.0
// The callbacks that OpenSSL makes during a handshake. No callback decides who a client is.
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

#include "Channel.h"
#include "Faster.h"
#include "SentCertificates.h"
#include "Session.h"
#include "SessionStore.h"

static handfast_context_state *state_of(const SSL *ssl) { return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)); }

handfast_context_state *handfast_context_state_new(void) {
    handfast_context_state *state = OPENSSL_zalloc(sizeof *state);
    if (!state) return NULL;
    state->generation = handfast_prepared_signatures_generation();
    state->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    state->aes = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
    if (state->sha256 && state->aes) return state;
    handfast_context_state_free(state);
    return NULL;
}

void handfast_context_state_free(handfast_context_state *state) {
    if (!state) return;
    EVP_MD_free(state->sha256);
    EVP_CIPHER_free(state->aes);
    OPENSSL_clear_free(state, sizeof *state);
}

// Possession of the key is proven by the handshake itself; whether the certificate names a client is decided at each
// request against the registry. Only what would cost too much to check or to keep is turned away here.
static int accept_any(X509_STORE_CTX *verification, void *argument) {
    (void)argument;
    SSL *ssl = X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx());
    int error = handfast_sent_settle(ssl, X509_STORE_CTX_get0_untrusted(verification));
    EVP_PKEY *key = error == X509_V_OK ? X509_get0_pubkey(X509_STORE_CTX_get0_cert(verification)) : NULL;
    if (error == X509_V_OK && !key) error = X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY;
    if (key && EVP_PKEY_get_bits(key) > HANDFAST_RSA_BITS_MAX) error = X509_V_ERR_EE_KEY_TOO_SMALL;
    X509_STORE_CTX_set_error(verification, error);
    return error == X509_V_OK;
}

// MARK: the protocol

// RFC 7301 §3.2: a client that names only other protocols is refused; one that names none goes on.
static int select_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_count, const unsigned char *in,
                           unsigned int count, void *argument) {
    (void)ssl, (void)argument;
    // In the server's order. `curl --http1.0` offers http/1.0 alone.
    static const unsigned char names[][9] = {
        {8, 'h', 't', 't', 'p', '/', '1', '.', '1'},
        {8, 'h', 't', 't', 'p', '/', '1', '.', '0'},
    };
    for (size_t name = 0; name < sizeof names / sizeof *names; name++) {
        // OpenSSL has checked that each name ends within the list.
        for (size_t at = 0; at + sizeof *names <= count; at += 1u + in[at]) {
            if (memcmp(in + at, names[name], sizeof *names)) continue;
            *out = in + at + 1;
            *out_count = names[name][0];
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// MARK: tickets

static int use_key(const handfast_ticket_key *key, EVP_MAC_CTX *mac) {
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)key->authentication, sizeof key->authentication),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "SHA256", 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_CTX_set_params(mac, parameters);
}

static int ticket_key(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int encrypting) {
    handfast_context_state *state = state_of(ssl);
    if (encrypting) {
        if (!state->key_count || RAND_bytes(iv, EVP_CIPHER_get_iv_length(state->aes)) != 1) return -1;
        const handfast_ticket_key *key = &state->keys[0];
        memcpy(name, key->name, sizeof key->name);
        return EVP_EncryptInit_ex2(cipher, state->aes, key->encryption, iv, NULL) && use_key(key, mac) ? 1 : -1;
    }
    for (size_t at = 0; at < state->key_count; at++) {
        const handfast_ticket_key *key = &state->keys[at];
        if (memcmp(name, key->name, sizeof key->name)) continue;
        if (!EVP_DecryptInit_ex2(cipher, state->aes, key->encryption, iv, NULL) || !use_key(key, mac)) return -1;
        // 2 asks for a fresh ticket. A TLS 1.3 client uses a ticket once (RFC 8446, appendix C.4), so without a new one every
        // second connection of it would be a full handshake; in TLS 1.2 only a ticket made with an old key is renewed.
        return at || SSL_version(ssl) >= TLS1_3_VERSION ? 2 : 1;
    }
    return 0; // not ours, or older than the ring: a full handshake
}

void handfast_context_set_ticket_keys(handfast_context_state *state, const handfast_ticket_key *keys, size_t count) {
    if (count > HANDFAST_TICKET_KEYS) count = HANDFAST_TICKET_KEYS;
    memcpy(state->keys, keys, count * sizeof *keys);
    state->key_count = count;
}

// MARK: sessions

static int64_t seconds_until(const ASN1_TIME *time) {
    int days = 0, seconds = 0;
    if (!ASN1_TIME_diff(&days, &seconds, NULL, time)) return -1;
    return (int64_t)days * 86400 + seconds;
}

// A session does not outlive the certificate that opened it. (An expired one still gets no token: requests check.)
static void end_with_certificate(SSL_SESSION *session, X509 *peer) {
    int64_t left = seconds_until(X509_get0_notAfter(peer));
    if (left < (int64_t)SSL_SESSION_get_timeout(session)) SSL_SESSION_set_timeout(session, left > 0 ? (long)left : 1);
}

static int before_ticket(SSL *ssl, void *argument) {
    (void)argument;
    X509 *peer = SSL_get0_peer_certificate(ssl);
    if (peer) end_with_certificate(SSL_get_session(ssl), peer);
    return 1;
}

// The memory that OpenSSL keeps for a session without a client's certificate: its structure and the index in the store.
enum { SESSION_BYTES = 1152 };

static size_t bytes_of(const SSL *ssl, SSL_SESSION *session) {
    void *kept = NULL;
    size_t count = 0;
    if (!SSL_SESSION_get0_ticket_appdata(session, &kept, &count)) count = 0;
    handfast_channel *channel = handfast_channel_of(SSL_get_rbio(ssl));
    return SESSION_BYTES + (channel ? channel->peer_bytes : 0) + count;
}

static int store_session(SSL *ssl, SSL_SESSION *session) {
    // In TLS 1.2 no ticket is made before.
    X509 *peer = SSL_get0_peer_certificate(ssl);
    if (peer) end_with_certificate(session, peer);
    return handfast_session_store_insert(state_of(ssl)->store, session, bytes_of(ssl, session));
}

static SSL_SESSION *find_session(SSL *ssl, const unsigned char *id, int length, int *copy) {
    *copy = 0;
    if (length <= 0) return NULL;
    size_t bytes = 0;
    SSL_SESSION *session = handfast_session_store_find(state_of(ssl)->store, id, (size_t)length, &bytes);
    void *kept = NULL;
    size_t count = 0;
    if (!session || !SSL_SESSION_get0_ticket_appdata(session, &kept, &count)) return session;
    // The session that follows this one carries the same certificate.
    handfast_channel *channel = handfast_channel_of(SSL_get_rbio(ssl));
    if (channel) channel->peer_bytes = (uint32_t)(bytes - SESSION_BYTES - count);
    return session;
}

void handfast_context_install(SSL_CTX *context, handfast_context_state *state, int tickets) {
    SSL_CTX_set_app_data(context, state);
    SSL_CTX_set_cert_verify_callback(context, accept_any, NULL);
    SSL_CTX_set_alpn_select_cb(context, select_protocol, NULL);
    SSL_CTX_set_session_ticket_cb(context, before_ticket, NULL, NULL);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    if (tickets) SSL_CTX_set_tlsext_ticket_key_evp_cb(context, ticket_key);
    else SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    if (!state->store) return;
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL | SSL_SESS_CACHE_NO_AUTO_CLEAR);
    SSL_CTX_sess_set_new_cb(context, store_session);
    SSL_CTX_sess_set_get_cb(context, find_session);
}

// MARK: the peer

int handfast_peer_thumbprint(const SSL *ssl, const handfast_context_state *state, uint8_t *out) {
    X509 *peer = SSL_get0_peer_certificate(ssl);
    unsigned int count = 0;
    return peer && X509_digest(peer, state->sha256, out, &count) && count == 32;
}

static unsigned char *copy_der(X509 *certificate, size_t *count) {
    unsigned char *der = NULL;
    int length = i2d_X509(certificate, &der);
    if (length <= 0) return NULL;
    *count = (size_t)length;
    return der;
}

unsigned char *handfast_peer_certificate_der(const SSL *ssl, int index, size_t *count) {
    if (index == 0) {
        X509 *peer = SSL_get0_peer_certificate(ssl);
        return peer ? copy_der(peer, count) : NULL;
    }
    uint8_t *kept = NULL;
    size_t length = 0, at = 0;
    SSL_SESSION *session = SSL_get_session(ssl);
    if (!session || !SSL_SESSION_get0_ticket_appdata(session, (void **)&kept, &length)) return NULL;
    for (int number = 1; at + 3 <= length; number++) {
        size_t size = (size_t)kept[at] << 16 | (size_t)kept[at + 1] << 8 | kept[at + 2];
        at += 3;
        if (size > length - at) return NULL;
        if (number == index) {
            *count = size;
            return OPENSSL_memdup(kept + at, size);
        }
        at += size;
    }
    return NULL;
}

EVP_PKEY *handfast_key_for_default_context(EVP_PKEY *key) {
    OSSL_PARAM *parameters = NULL;
    EVP_PKEY *copy = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, EVP_PKEY_get0_type_name(key), NULL);
    if (context && EVP_PKEY_todata(key, EVP_PKEY_KEYPAIR, &parameters) == 1 && EVP_PKEY_fromdata_init(context) == 1
        && EVP_PKEY_fromdata(context, &copy, EVP_PKEY_KEYPAIR, parameters) != 1)
        copy = NULL;
    OSSL_PARAM_free(parameters);
    EVP_PKEY_CTX_free(context);
    return copy;
}
