// What X.509 code needs and OpenSSL has only as macros: typed stacks of certificates.
#pragma once
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

static inline STACK_OF(X509) *handfast_x509_stack_new(void) { return sk_X509_new_null(); }

/// Takes ownership of the certificate if it returns 1.
static inline int handfast_x509_stack_push(STACK_OF(X509) *s, X509 *x) { return sk_X509_push(s, x) > 0; }
static inline int handfast_x509_stack_count(const STACK_OF(X509) *s) { return sk_X509_num(s); }
static inline X509 *handfast_x509_stack_get(const STACK_OF(X509) *s, int i) { return sk_X509_value(s, i); }

/// Frees the stack and the certificates in it.
static inline void handfast_x509_stack_free(STACK_OF(X509) *s) { sk_X509_pop_free(s, X509_free); }

// PKCS#12: what is a macro, or a typed stack, there.
static inline void handfast_pkcs12_bags_free(STACK_OF(PKCS12_SAFEBAG) *s) { sk_PKCS12_SAFEBAG_pop_free(s, PKCS12_SAFEBAG_free); }
static inline void handfast_pkcs12_safes_free(STACK_OF(PKCS7) *s) { sk_PKCS7_pop_free(s, PKCS7_free); }

/// Checks a keystore's MAC: 1 for the right password, 0 for another one, -1 where there is no MAC, and -2, without
/// trying, where its key takes more than `rounds_max` rounds to make.
static inline int handfast_pkcs12_check(PKCS12 *store, const char *password, int length, long rounds_max) {
    const ASN1_INTEGER *rounds = NULL;
    if (!PKCS12_mac_present(store)) return -1;
    PKCS12_get0_mac(NULL, NULL, NULL, &rounds, store);
    // -1 for a number that no long holds; without a number it is one round.
    long count = rounds ? ASN1_INTEGER_get(rounds) : 1;
    if (count < 0 || count > rounds_max) return -2;
    return PKCS12_verify_mac(store, password, length) == 1;
}

/// Adds an attribute whose value is an object identifier to a bag. Returns 1, or 0 and leaves the bag as it was.
static inline int handfast_pkcs12_bag_add_identifier(PKCS12_SAFEBAG *bag, const char *type, const char *value) {
    ASN1_OBJECT *object = OBJ_txt2obj(value, 1);
    // With a length of -1 OpenSSL takes the pointer for a value of the named ASN.1 type and copies it.
    int done = object && PKCS12_add1_attr_by_txt(bag, type, V_ASN1_OBJECT, (const unsigned char *)object, -1) == 1;
    ASN1_OBJECT_free(object);
    return done;
}
