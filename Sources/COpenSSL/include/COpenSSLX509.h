// SPDX-License-Identifier: Apache-2.0
// Functions for X.509 code in place of OpenSSL's macros: typed stacks of certificates.
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
