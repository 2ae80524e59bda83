// SPDX-License-Identifier: Apache-2.0
// Decoders of RSA and EC public keys with a cache: a thread decodes the same SubjectPublicKeyInfo once, and hands the key out
// by reference after that. OpenSSL's decoding of a client's key costs more than verifying a signature by it.
#pragma once
#include <openssl/core_dispatch.h>

enum { HANDFAST_KNOWN_KEYS_DECODERS = 2 };
// To be offered before other decoders.
extern const OSSL_ALGORITHM handfast_known_keys_decoders[HANDFAST_KNOWN_KEYS_DECODERS];

// Takes what the decoders need of OpenSSL's core; 0 where it lacks that.
int handfast_known_keys_begin(const OSSL_DISPATCH *core);
