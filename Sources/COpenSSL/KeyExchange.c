// SPDX-License-Identifier: Apache-2.0
#include "KeyExchange.h"

#include <openssl/core_dispatch.h>

#include "Library.h"

int handfast_key_kind_is_known(const char *name) {
    int no_cache = 0;
    OSSL_PROVIDER *provider = handfast_default_provider();
    const OSSL_ALGORITHM *algorithm =
        provider ? OSSL_PROVIDER_query_operation(provider, OSSL_OP_KEYMGMT, &no_cache) : NULL;
    for (; algorithm && algorithm->algorithm_names; algorithm++)
        if (handfast_is_named(algorithm->algorithm_names, name)) return 1;
    return 0;
}

int handfast_negotiated_group(SSL *ssl) {
    if (SSL_session_reused(ssl) && SSL_version(ssl) < TLS1_3_VERSION) return 0;
    int group = (int)SSL_get_negotiated_group(ssl);
    switch (group) {
    case NID_X25519: return 0x001D;
    case NID_X9_62_prime256v1: return 0x0017;
    case NID_secp384r1: return 0x0018;
    case NID_secp521r1: return 0x0019;
    // OpenSSL has no identifier of its own for a group that only a provider knows.
    default: return group & TLSEXT_nid_unknown ? group & 0xFFFF : 0;
    }
}
