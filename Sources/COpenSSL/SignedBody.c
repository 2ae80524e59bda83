// SPDX-License-Identifier: Apache-2.0
#include "SignedBody.h"

#include <limits.h>
#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "Library.h"

// A string of a type that holds `bytes`, owned by the caller.
static ASN1_STRING *string_of(int type, const uint8_t *bytes, size_t count) {
    ASN1_STRING *string = count <= INT_MAX ? ASN1_STRING_type_new(type) : NULL;
    if (string && ASN1_STRING_set(string, bytes, (int)count)) return string;
    ASN1_STRING_free(string);
    return NULL;
}

// A value of any type whose encoding is `bytes` as they are: OpenSSL must not encode again what was signed.
static ASN1_TYPE *value_of(const uint8_t *bytes, size_t count) {
    ASN1_TYPE *value = ASN1_TYPE_new();
    ASN1_STRING *content = value ? string_of(V_ASN1_SEQUENCE, bytes, count) : NULL;
    if (content) ASN1_TYPE_set(value, V_ASN1_SEQUENCE, content); // which takes it over
    else ASN1_TYPE_free(value);
    return content ? value : NULL;
}

int handfast_signed_body_verifies(const uint8_t *body, size_t body_count,
                                  const uint8_t *algorithm, size_t algorithm_count,
                                  const uint8_t *signature, size_t signature_count,
                                  const uint8_t *key, size_t key_count) {
    const unsigned char *cursor = key;
    EVP_PKEY *public_key = d2i_PUBKEY_ex(NULL, &cursor, (long)key_count, handfast_library(), NULL);
    int verifies = handfast_signed_body_verifies_with(body, body_count, algorithm, algorithm_count,
                                                      signature, signature_count, public_key);
    EVP_PKEY_free(public_key);
    return verifies;
}

int handfast_signed_body_verifies_with(const uint8_t *body, size_t body_count,
                                       const uint8_t *algorithm, size_t algorithm_count,
                                       const uint8_t *signature, size_t signature_count,
                                       EVP_PKEY *public_key) {
    const unsigned char *cursor = algorithm;
    X509_ALGOR *identifier = d2i_X509_ALGOR(NULL, &cursor, (long)algorithm_count);
    ASN1_BIT_STRING *bits = string_of(V_ASN1_BIT_STRING, signature, signature_count);
    ASN1_TYPE *value = value_of(body, body_count);
    const ASN1_ITEM *any = ASN1_ITEM_rptr(ASN1_ANY);
    int verifies = public_key && identifier && bits && value
        && ASN1_item_verify_ex(any, identifier, bits, value, NULL, public_key, handfast_library(), NULL) == 1;
    ASN1_TYPE_free(value);
    ASN1_BIT_STRING_free(bits);
    X509_ALGOR_free(identifier);
    ERR_clear_error();
    return verifies;
}
