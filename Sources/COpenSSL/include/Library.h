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

/// Whether the first of a provider's names for an algorithm, between which colons stand, is `wanted`.
int handfast_is_named(const char *names, const char *wanted);

/// Whether the tests have run with this version of OpenSSL, as OpenSSL_version_num gives it: 3.0 or 3.5, any patch. With any
/// other one nothing of OpenSSL's is replaced, because its internal calls may differ.
int handfast_version_is_tested(unsigned long version);

/// Whether the OpenSSL that runs, which may be newer than the headers of the build, is such a version.
int handfast_library_is_tested(void);
