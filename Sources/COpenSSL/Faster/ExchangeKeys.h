// SPDX-License-Identifier: Apache-2.0
// Key pairs of X25519, in place of the default provider's.
#pragma once
#include <openssl/core.h>

// The management of X25519 keys with a generation that takes OpenSSL's ladder. `management` and `exchange` are the default
// provider's implementations for X25519, and must stay valid. Returns `management` where they lack a function, have one that is
// not known here, or where a pair that was made to try it is wrong.
const OSSL_DISPATCH *handfast_x25519_management(const OSSL_DISPATCH *management, const OSSL_DISPATCH *exchange);
