// The key manager of X25519, in place of the default provider's.
#pragma once
#include <openssl/core.h>

// The default provider's key manager, which must stay valid, except that new keys are made with Curve25519.h. Returns
// `theirs` where that does not work out.
const OSSL_DISPATCH *handfast_x25519_keys(const OSSL_DISPATCH *theirs);
