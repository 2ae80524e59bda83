// SPDX-License-Identifier: Apache-2.0
// A cache of parsed certificates: a thread's handshakes parse a client's certificate once, and hand it out from the very
// same bytes after that. Parsing costs more than verifying an RSA signature of the client.
#pragma once
#include <openssl/x509.h>
#include <stddef.h>

// The certificate that this thread parsed from these bytes before, with a reference that the caller owns, and the cost that
// it was kept with; NULL where it is not known.
X509 *handfast_parsed_find(const unsigned char *der, size_t count, size_t *cost);
// Keeps a certificate, with a reference of its own, under the bytes that it was parsed from.
void handfast_parsed_keep(X509 *certificate, const unsigned char *der, size_t count, size_t cost);
