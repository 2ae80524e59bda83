// SPDX-License-Identifier: Apache-2.0
// The library contexts: the whole one (every algorithm and decoder of OpenSSL's default provider) and the process's
// default one, which TLS uses and into which the slim provider may be loaded.
#pragma once
#include <openssl/crypto.h>

/// The context with all of OpenSSL's default provider; created once, never freed. NULL where OpenSSL cannot load it.
OSSL_LIB_CTX *handfast_library(void);

/// Loads the slim provider into the default context. Call once, before anything else uses OpenSSL's default context.
/// Returns 1, or 0 with the reason in the error queue; the default context then stays OpenSSL's own.
int handfast_slim_provider_install(void);

/// How often this thread's decoder handed out a key it knew, and how often it had to decode.
void handfast_known_keys_counts(unsigned long *hits, unsigned long *misses);

/// How many keys of TLS this thread derived by the slim provider's own means, and how often it handed on to OpenSSL's.
void handfast_derivation_counts(unsigned long *own, unsigned long *others);

