// SPDX-License-Identifier: Apache-2.0
// A handshake within one process, to find out whether a server's key and certificate can be used.
#pragma once
#include <openssl/ssl.h>

/// The result of a trial, and whose error is in the thread's queue.
typedef enum { HANDFAST_TRIAL_DONE, HANDFAST_TRIAL_SERVER_FAILED, HANDFAST_TRIAL_CLIENT_FAILED } handfast_trial;

/// One handshake in one version of TLS between `context` and a client as OpenSSL makes it, at security level 2. The
/// client takes any certificate: whether it trusts one is not asked.
handfast_trial handfast_handshake_trial(SSL_CTX *context, int version);
