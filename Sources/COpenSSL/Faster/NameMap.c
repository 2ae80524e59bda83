// SPDX-License-Identifier: Apache-2.0
// A small map of names for the context that TLS uses.
//
// When OpenSSL first uses a context it copies the names of all legacy ciphers and digests into the context's map, some
// 400 that no provider has. OpenSSL then walks the whole map whenever it makes a key or a context for one, a dozen
// times a handshake. Filled before the legacy table, the map holds only what providers offer and the kinds of keys.
#include "NameMap.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "Shortcuts.h"

// Keeps algorithms that are looked up by a number or an old name: digests of certificate signatures, ciphers and
// digests of encrypted keys. (OpenSSL's own call that adds all of them is spent by now.)
static void fill_legacy_table(void) {
    const EVP_MD *digests[] = {
        EVP_md5(), EVP_md5_sha1(), EVP_sha1(), EVP_sha224(), EVP_sha256(), EVP_sha384(), EVP_sha512(), EVP_sha512_224(),
        EVP_sha512_256(), EVP_sha3_224(), EVP_sha3_256(), EVP_sha3_384(), EVP_sha3_512(), EVP_shake128(), EVP_shake256(),
    };
    const EVP_CIPHER *ciphers[] = {
        EVP_aes_128_cbc(), EVP_aes_192_cbc(), EVP_aes_256_cbc(), EVP_aes_128_gcm(), EVP_aes_192_gcm(), EVP_aes_256_gcm(),
        EVP_des_ede3_cbc(), EVP_chacha20_poly1305(),
    };
    for (size_t at = 0; at < sizeof digests / sizeof *digests; at++) EVP_add_digest(digests[at]);
    for (size_t at = 0; at < sizeof ciphers / sizeof *ciphers; at++) EVP_add_cipher(ciphers[at]);
}

void handfast_name_map_keep_small(void) {
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS, NULL);
    // The answer does not matter: asking fills the map, and fetches nothing, so that no provider is loaded by it.
    (void)EVP_MD_is_a(EVP_sha256(), "SHA256");
    fill_legacy_table();
    handfast_shortcut_taken(HANDFAST_SMALL_NAME_MAP);
}
