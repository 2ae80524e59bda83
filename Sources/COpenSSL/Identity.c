// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE // timegm
#include "Identity.h"

#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "Library.h"

X509 *handfast_pem_read_certificate(BIO *bio) {
    X509 *certificate = X509_new_ex(handfast_library(), NULL);
    if (!certificate) return NULL;
    if (PEM_read_bio_X509(bio, &certificate, NULL, NULL)) return certificate;
    X509_free(certificate);
    return NULL;
}

// A server must not stop at its start to ask for a passphrase.
static int no_passphrase(char *buffer, int size, int writing, void *argument) {
    (void)buffer, (void)size, (void)writing, (void)argument;
    return -1;
}

EVP_PKEY *handfast_pem_read_private_key(BIO *bio) {
    return PEM_read_bio_PrivateKey_ex(bio, NULL, no_passphrase, NULL, handfast_library(), NULL);
}

EVP_PKEY *handfast_generate_p256(void) { return EVP_PKEY_Q_keygen(handfast_library(), NULL, "EC", "P-256"); }

static int64_t epoch_seconds(const ASN1_TIME *time) {
    struct tm parts;
    return ASN1_TIME_to_tm(time, &parts) ? (int64_t)timegm(&parts) : 0;
}

handfast_validity handfast_certificate_validity(const X509 *certificate) {
    return (handfast_validity){
        .not_before = epoch_seconds(X509_get0_notBefore(certificate)),
        .not_after = epoch_seconds(X509_get0_notAfter(certificate)),
    };
}

static int add_extension(X509 *certificate, X509V3_CTX *context, int nid, const char *value) {
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, context, nid, value);
    int added = extension && X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return added;
}

static int set_serial(X509 *certificate) {
    BIGNUM *number = BN_new();
    // 127 bits: positive, and unguessable as RFC 5280 §4.1.2.2 and the CAs' rules want it.
    int done = number && BN_rand_ex(number, 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY, 0, NULL)
        && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
    return done;
}

X509 *handfast_self_signed_localhost(EVP_PKEY *key, int64_t now, int days) {
    X509 *certificate = X509_new_ex(handfast_library(), NULL);
    if (!certificate) return NULL;
    time_t from = (time_t)now;
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_NAME *name = X509_get_subject_name(certificate);
    int done = X509_set_version(certificate, X509_VERSION_3) && set_serial(certificate)
        && X509_time_adj_ex(X509_getm_notBefore(certificate), 0, -300, &from) // clients' clocks may be slow
        && X509_time_adj_ex(X509_getm_notAfter(certificate), days, 0, &from)
        && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0)
        && X509_set_issuer_name(certificate, name) && X509_set_pubkey(certificate, key)
        && add_extension(certificate, &context, NID_basic_constraints, "critical,CA:FALSE")
        && add_extension(certificate, &context, NID_key_usage, "critical,digitalSignature")
        && add_extension(certificate, &context, NID_ext_key_usage, "serverAuth")
        && add_extension(certificate, &context, NID_subject_key_identifier, "hash")
        && add_extension(certificate, &context, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1")
        && X509_sign(certificate, key, EVP_sha256());
    if (done) return certificate;
    X509_free(certificate);
    return NULL;
}
