// SPDX-License-Identifier: Apache-2.0
// PKCS#12: what is a macro or a typed stack in OpenSSL, and the library contexts that it is read in.
#pragma once
#include <openssl/pkcs12.h>
#include <stdint.h>

static inline void handfast_pkcs12_bags_free(STACK_OF(PKCS12_SAFEBAG) *s) { sk_PKCS12_SAFEBAG_pop_free(s, PKCS12_SAFEBAG_free); }
static inline int handfast_pkcs12_bags_count(const STACK_OF(PKCS12_SAFEBAG) *s) { return sk_PKCS12_SAFEBAG_num(s); }
static inline PKCS12_SAFEBAG *handfast_pkcs12_bags_get(const STACK_OF(PKCS12_SAFEBAG) *s, int i) { return sk_PKCS12_SAFEBAG_value(s, i); }
static inline void handfast_pkcs12_safes_free(STACK_OF(PKCS7) *s) { sk_PKCS7_pop_free(s, PKCS7_free); }
static inline int handfast_pkcs12_safes_count(const STACK_OF(PKCS7) *s) { return sk_PKCS7_num(s); }
static inline PKCS7 *handfast_pkcs12_safes_get(const STACK_OF(PKCS7) *s, int i) { return sk_PKCS7_value(s, i); }
static inline int handfast_pkcs7_is_data(PKCS7 *p) { return PKCS7_type_is_data(p); }
static inline int handfast_pkcs7_is_encrypted(PKCS7 *p) { return PKCS7_type_is_encrypted(p); }

/// Adds an attribute whose value is an object identifier to a bag. Returns 1, or 0 and leaves the bag as it was.
int handfast_pkcs12_bag_add_identifier(PKCS12_SAFEBAG *bag, const char *type, const char *value);

/// A library context of its own with OpenSSL's legacy provider beside the default one; NULL where that is not installed.
/// Free it with OSSL_LIB_CTX_free after everything that was made in it.
OSSL_LIB_CTX *handfast_legacy_library_new(void);
