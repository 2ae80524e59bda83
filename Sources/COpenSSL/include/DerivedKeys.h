// SPDX-License-Identifier: Apache-2.0
// Keys made from given numbers, for load targets: the same numbers give the same key on every machine.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// A private key on P-256 from `count` bytes, at least 40: their number modulo n - 1, plus 1 (FIPS 186-5 A.2.1), and
/// its public point, uncompressed. 1, or 0 with the reason in the error queue.
int handfast_p256_derive(const uint8_t *bytes, size_t count, uint8_t scalar[32], uint8_t point[65]);

/// The public key of a private Ed25519 key. 1, or 0 with the reason in the error queue.
int handfast_ed25519_public(const uint8_t key[32], uint8_t out[32]);

/// The first odd prime from the number in `bytes` on for which p - 1 has no divisor in common with 65537; replaces the
/// number. 1, or 0 where it would have another length, or with the reason in the error queue.
int handfast_prime_from(uint8_t *bytes, size_t count);

/// The numbers of an RSA key of 65537, whose primes have `count` bytes each, and p is the greater one: modulus and
/// private exponent have twice as many bytes, the others as many. 1, or 0 with the reason in the error queue.
int handfast_rsa_derive(const uint8_t *p, const uint8_t *q, size_t count, uint8_t *modulus, uint8_t *exponent,
                        uint8_t *exponent1, uint8_t *exponent2, uint8_t *coefficient);
