// SPDX-License-Identifier: Apache-2.0
// The names that a listener has certificates of their own for (RFC 6066 §3).
#pragma once
#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>

/// Names, each with the context whose certificates it gets; lives as long as the contexts.
typedef struct handfast_server_names handfast_server_names;

/// Room for `capacity` names beside `context`, which clients get that ask for none of them. NULL without memory.
handfast_server_names *handfast_server_names_new(SSL_CTX *context, const uint8_t session_context[SSL_MAX_SID_CTX_LENGTH], size_t capacity);
void handfast_server_names_free(handfast_server_names *names);
/// Adds a host, or `*.` and a domain, in lower case; takes a reference of its own to `context`. 0 when there is no room.
int handfast_server_names_add(handfast_server_names *names, const char *name, SSL_CTX *context);
/// Installs the callbacks in all contexts; nothing may be added after it.
void handfast_server_names_install(handfast_server_names *names);
