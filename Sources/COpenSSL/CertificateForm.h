// SPDX-License-Identifier: Apache-2.0
// A certificate as it stands in a TLS message, looked at before OpenSSL parses it.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const uint8_t *bytes;
    size_t count;
} ByteRange;

// Where the parts of a certificate are that are looked at here; each is a whole element.
typedef struct {
    ByteRange issuer, subject, key;
    size_t elements; // of all levels; each becomes an object of OpenSSL's, or several
} CertificateOutline;

// Reads the outline of exactly one certificate in DER (X.690 §10). 0 where the bytes are anything else: BER, a certificate
// with something behind it, or one that `Certificate` (Cryptography/X509) would not take for its form.
int handfast_outline_read(const uint8_t *der, size_t count, CertificateOutline *outline);

typedef enum { KEY_IS_TAKEN, KEY_IS_OF_ANOTHER_KIND, KEY_IS_TOO_COSTLY } KeyForm;

// Classifies a SubjectPublicKeyInfo by its algorithm and sizes alone, without decoding the key.
KeyForm handfast_key_form(ByteRange key, size_t rsa_bits_max);

// Whether two names may be the same one (RFC 5280 §7.1). Also true of some that are not, never false of two that are.
int handfast_names_are_alike(ByteRange one, ByteRange other);
