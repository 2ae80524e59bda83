// SPDX-License-Identifier: Apache-2.0
// The key derivations of TLS, in place of the default provider's.
#pragma once
#include <openssl/core.h>

// "TLS13-KDF" and "TLS1-PRF": what libssl asks of them is answered here, anything else by `theirs`, the default
// provider's implementation, which must stay valid. Returns `theirs` where that lacks a function.
const OSSL_DISPATCH *handfast_tls13_kdf(const OSSL_DISPATCH *theirs);
const OSSL_DISPATCH *handfast_tls1_prf(const OSSL_DISPATCH *theirs);
