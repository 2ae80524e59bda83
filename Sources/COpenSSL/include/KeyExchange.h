// SPDX-License-Identifier: Apache-2.0
// The groups of the key exchange (RFC 8446 §4.2.7).
#pragma once
#include <openssl/ssl.h>

/// Whether OpenSSL's default provider makes keys of a kind, by its name there, as "X25519MLKEM768". The default library context
/// is not touched by it, so that the slim provider can still be installed.
int handfast_key_kind_is_known(const char *name);

/// The group of a finished handshake's key exchange by its number in TLS's registry, 0 without an exchange, as when TLS 1.2
/// resumes a session.
int handfast_negotiated_group(SSL *ssl);
