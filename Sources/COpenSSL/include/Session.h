// SPDX-License-Identifier: Apache-2.0
// Resumption: ticket keys, a session store that several contexts share, and the callbacks that OpenSSL makes.
#pragma once
#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>

typedef struct handfast_ticket_key {
    uint8_t name[16], encryption[32], authentication[32];
} handfast_ticket_key;

/// One that encrypts, one of the next period, and earlier ones.
enum { HANDFAST_TICKET_KEYS = 26 };

enum {
    /// Below it a verification costs no more than a whole handshake should.
    HANDFAST_RSA_BITS_MAX = 8192,
    /// The bound of a client's certificates, once parsed, for an open connection and for its session.
    HANDFAST_PEER_BYTES_MAX = 20 * 1024,
    /// The bound on a session's average size in a store; a larger one takes the place of others.
    HANDFAST_SESSION_BYTES = 8 * 1024,
};

/// Sessions by their id, bounded in number and bytes, shared by the contexts of all reactors. A set takes the place of its
/// oldest entries.
typedef struct handfast_session_store handfast_session_store;
handfast_session_store *handfast_session_store_new(size_t capacity);
void handfast_session_store_free(handfast_session_store *store);
/// How many sessions are kept, and the bytes that they are counted with. Walks the whole store.
void handfast_session_store_counts(handfast_session_store *store, size_t *sessions, size_t *bytes);
/// Forgets every session: after a change of the trust policy.
void handfast_session_store_clear(handfast_session_store *store);

/// The state of a context's callbacks; lives as long as the context.
typedef struct handfast_context_state {
    handfast_ticket_key keys[HANDFAST_TICKET_KEYS]; // the one that encrypts first
    size_t key_count;
    handfast_session_store *store; // NULL: tickets
    EVP_MD *sha256;
    EVP_CIPHER *aes;
    unsigned generation; // of the prepared signatures when the context was made
} handfast_context_state;

handfast_context_state *handfast_context_state_new(void);
void handfast_context_state_free(handfast_context_state *state);
/// Installs the callbacks: certificate verification (possession only), ticket keys, session store.
void handfast_context_install(SSL_CTX *context, handfast_context_state *state, int tickets);
/// Replaces the ticket keys; `count` at most HANDFAST_TICKET_KEYS, the first encrypts.
void handfast_context_set_ticket_keys(handfast_context_state *state, const handfast_ticket_key *keys, size_t count);

/// SHA-256 of the peer's certificate in DER, into 32 bytes. 1, or 0 without a certificate.
int handfast_peer_thumbprint(const SSL *ssl, const handfast_context_state *state, uint8_t *out);
/// The peer's certificate (index 0) or the certificates it sent along (1 …) in DER; owned by the caller
/// (OPENSSL_free), NULL past the end. The same on resumed connections. Of what was sent along only those are there that names
/// lead to from the peer's own.
unsigned char *handfast_peer_certificate_der(const SSL *ssl, int index, size_t *count);

/// The same key, held by the default library context's provider; owned by the caller, NULL on failure.
EVP_PKEY *handfast_key_for_default_context(EVP_PKEY *key);

/// Whether a handshake refuses a client's own certificate for what it takes once parsed: 1 above HANDFAST_PEER_BYTES_MAX.
/// 0 where the bytes are no certificate in DER.
int handfast_leaf_is_too_large(const uint8_t *der, size_t count);

/// SSL_do_handshake, during which received certificates are bounded and the shortcuts of Faster.h are taken.
int handfast_handshake(SSL *ssl);
/// The context whose handshake this thread is in; NULL outside of any.
const handfast_context_state *handfast_in_handshake(void);
