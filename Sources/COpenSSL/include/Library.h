// SPDX-License-Identifier: Apache-2.0
// The library contexts: the whole one (every algorithm and decoder of OpenSSL's default provider) and the process's
// default one, which TLS uses and into which the slim provider may be loaded (Faster.h).
#pragma once
#include <openssl/crypto.h>
#include <openssl/provider.h>

/// The context with all of OpenSSL's default provider; created once, never freed. NULL where OpenSSL cannot load it.
OSSL_LIB_CTX *handfast_library(void);

/// The default provider in that context; NULL where OpenSSL cannot load it.
OSSL_PROVIDER *handfast_default_provider(void);
