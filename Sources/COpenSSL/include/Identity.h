// SPDX-License-Identifier: Apache-2.0
// The server's own key and certificate.
#pragma once
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdint.h>

/// The next certificate of a PEM text, owned by the caller; NULL at its end.
X509 *handfast_pem_read_certificate(BIO *bio);
/// The private key of a PEM text, owned by the caller; NULL when there is none or it is encrypted.
EVP_PKEY *handfast_pem_read_private_key(BIO *bio);
/// A fresh P-256 key of the whole context, owned by the caller.
EVP_PKEY *handfast_generate_p256(void);
/// The first and the last second of a certificate's validity, since 1970 in UTC.
typedef struct {
    int64_t not_before, not_after;
} handfast_validity;
/// A date that nobody can read is 0: clients refuse such a certificate as one that has ended.
handfast_validity handfast_certificate_validity(const X509 *certificate);
/// A self-signed server certificate for localhost, 127.0.0.1 and ::1, owned by the caller: valid for `days` from
/// `now` on, in seconds since 1970.
X509 *handfast_self_signed_localhost(EVP_PKEY *key, int64_t now, int days);
