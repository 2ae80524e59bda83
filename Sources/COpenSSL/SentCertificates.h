// SPDX-License-Identifier: Apache-2.0
// The Certificate message of the handshake that this thread is in.
//
// libssl has every certificate of it parsed, with its key decoded, before anything is checked. Here only the client's own
// one is; the others are bounded in number, and those that can be on a path above it are kept as bytes, in the session.
#pragma once
#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>

// Forgets what the thread's last handshake left.
void handfast_sent_begin(void);

// How many certificates of the message have come.
int handfast_sent_count(void);

// Notes the client's own certificate. `cost` is what it takes once parsed; `error` is X509_V_OK, or why it is refused when
// the message has been read. The bytes must stay until the message has been read.
void handfast_sent_leaf(const uint8_t *der, size_t count, size_t cost, int error);

// Takes the next certificate that was sent along. 0, with the reason in the error queue, where the message is to be refused.
int handfast_sent_along(const uint8_t *der, size_t count);

// The bytes that a certificate takes once OpenSSL has parsed it, as far as its outline tells.
size_t handfast_parsed_cost(size_t der_count, size_t elements);

// Whether a client's own certificate that takes `cost` bytes once parsed may be kept, for its connection and its session.
int handfast_leaf_fits(size_t cost);

// The whole message has been read: keeps in the session what can matter, and leaves nothing but the client's own
// certificate in `sent`, which is to become the session's chain. X509_V_OK, or why the client is refused.
int handfast_sent_settle(SSL *ssl, STACK_OF(X509) *sent);

typedef enum { REFUSED_FORM = 1, REFUSED_SIZE, REFUSED_NUMBER } CertificateError;

// Puts the error into the queue of the thread; always 0.
int handfast_refuse_certificate(CertificateError reason);
