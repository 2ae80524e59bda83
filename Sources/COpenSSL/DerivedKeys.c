// SPDX-License-Identifier: Apache-2.0
#include "DerivedKeys.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

#include "Library.h"

static const BN_ULONG public_exponent = 65537;

int handfast_p256_derive(const uint8_t *bytes, size_t count, uint8_t scalar[32], uint8_t point[65]) {
    BN_CTX *context = BN_CTX_new_ex(handfast_library());
    EC_GROUP *group = EC_GROUP_new_by_curve_name_ex(handfast_library(), NULL, NID_X9_62_prime256v1);
    EC_POINT *public = group ? EC_POINT_new(group) : NULL;
    BIGNUM *number = BN_bin2bn(bytes, (int)count, NULL);
    BIGNUM *most = group ? BN_dup(EC_GROUP_get0_order(group)) : NULL;
    int done = context && public && number && most && BN_sub_word(most, 1) && BN_mod(number, number, most, context)
        && BN_add_word(number, 1) && EC_POINT_mul(group, public, number, NULL, NULL, context)
        && BN_bn2binpad(number, scalar, 32) == 32
        && EC_POINT_point2oct(group, public, POINT_CONVERSION_UNCOMPRESSED, point, 65, context) == 65;
    BN_free(most);
    BN_clear_free(number);
    EC_POINT_free(public);
    EC_GROUP_free(group);
    BN_CTX_free(context);
    return done;
}

int handfast_ed25519_public(const uint8_t key[32], uint8_t out[32]) {
    EVP_PKEY *pair = EVP_PKEY_new_raw_private_key_ex(handfast_library(), "ED25519", NULL, key, 32);
    size_t count = 32;
    int done = pair && EVP_PKEY_get_raw_public_key(pair, out, &count) == 1 && count == 32;
    EVP_PKEY_free(pair);
    return done;
}

int handfast_prime_from(uint8_t *bytes, size_t count) {
    BN_CTX *context = BN_CTX_new_ex(handfast_library());
    BIGNUM *number = BN_bin2bn(bytes, (int)count, NULL);
    int prime = context && number && BN_set_bit(number, 0) ? 0 : -1;
    while (prime == 0) {
        // 65537 is a prime, so that a common divisor could only be itself.
        prime = BN_mod_word(number, public_exponent) == 1 ? 0 : BN_check_prime(number, context, NULL);
        if (prime == 0 && !BN_add_word(number, 2)) prime = -1;
    }
    int done = prime == 1 && BN_bn2binpad(number, bytes, (int)count) == (int)count;
    BN_clear_free(number);
    BN_CTX_free(context);
    return done;
}

int handfast_rsa_derive(const uint8_t *p, const uint8_t *q, size_t count, uint8_t *modulus, uint8_t *exponent,
                        uint8_t *exponent1, uint8_t *exponent2, uint8_t *coefficient) {
    BN_CTX *context = BN_CTX_new_ex(handfast_library());
    if (!context) return 0;
    BN_CTX_start(context);
    BIGNUM *e = BN_CTX_get(context), *a = BN_CTX_get(context), *b = BN_CTX_get(context), *a1 = BN_CTX_get(context),
           *b1 = BN_CTX_get(context), *d = BN_CTX_get(context), *x = BN_CTX_get(context), *y = BN_CTX_get(context);
    int half = (int)count;
    // RFC 8017 §3.2: d is the inverse of e modulo the least common multiple of p - 1 and q - 1.
    int done = y && BN_set_word(e, public_exponent) && BN_bin2bn(p, half, a) && BN_bin2bn(q, half, b)
        && BN_copy(a1, a) && BN_sub_word(a1, 1) && BN_copy(b1, b) && BN_sub_word(b1, 1)
        && BN_mul(x, a, b, context) && BN_bn2binpad(x, modulus, 2 * half) == 2 * half
        && BN_gcd(x, a1, b1, context) && BN_mul(y, a1, b1, context) && BN_div(y, NULL, y, x, context)
        && BN_mod_inverse(d, e, y, context) && BN_bn2binpad(d, exponent, 2 * half) == 2 * half
        && BN_mod(x, d, a1, context) && BN_bn2binpad(x, exponent1, half) == half
        && BN_mod(x, d, b1, context) && BN_bn2binpad(x, exponent2, half) == half
        && BN_mod_inverse(x, b, a, context) && BN_bn2binpad(x, coefficient, half) == half;
    BN_CTX_end(context);
    BN_CTX_free(context);
    return done;
}
