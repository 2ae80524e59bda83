// SPDX-License-Identifier: Apache-2.0
// Signatures on what X.509 signs, given as bytes.
#pragma once
#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

/// Whether `signature` is over `body`, which is one whole SEQUENCE in DER, by the key of a SubjectPublicKeyInfo, as an
/// AlgorithmIdentifier says; both in DER. 1, or 0 for every other outcome. Leaves nothing in the error queue.
int handfast_signed_body_verifies(const uint8_t *body, size_t body_count,
                                  const uint8_t *algorithm, size_t algorithm_count,
                                  const uint8_t *signature, size_t signature_count,
                                  const uint8_t *key, size_t key_count);

/// The same under a key that is decoded already; 0 for NULL.
int handfast_signed_body_verifies_with(const uint8_t *body, size_t body_count,
                                       const uint8_t *algorithm, size_t algorithm_count,
                                       const uint8_t *signature, size_t signature_count,
                                       EVP_PKEY *key);
