// The public key of an X25519 secret (RFC 7748 §6.1), faster than OpenSSL 3.0 makes it.
#pragma once
#include <stdint.h>

/// Makes the table of multiples of the base point, and checks some keys against OpenSSL's. Once; later calls
/// tell the result again. 1, or 0 where something differs; the function below must not be called then.
int handfast_curve25519_prepare(void);

/// Takes the same time whatever the secret is. The secret's bits are fixed up as RFC 7748 §5 has it.
void handfast_curve25519_public(uint8_t public_key[32], const uint8_t secret[32]);
