// The server's own key and certificate.
#pragma once
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

/// The next certificate of a PEM text, owned by the caller; NULL at its end.
X509 *handfast_pem_read_certificate(BIO *bio);
/// The private key of a PEM text, owned by the caller; NULL when there is none or it is encrypted.
EVP_PKEY *handfast_pem_read_private_key(BIO *bio);
/// A fresh P-256 key of the whole context, owned by the caller.
EVP_PKEY *handfast_generate_p256(void);
/// A self-signed server certificate for localhost, 127.0.0.1 and ::1, owned by the caller.
X509 *handfast_self_signed_localhost(EVP_PKEY *key, int days);
