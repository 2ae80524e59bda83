// SPDX-License-Identifier: Apache-2.0
#include "Keystore.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/provider.h>

int handfast_pkcs12_bag_add_identifier(PKCS12_SAFEBAG *bag, const char *type, const char *value) {
    ASN1_OBJECT *object = OBJ_txt2obj(value, 1);
    // With a length of -1 OpenSSL takes the pointer for a value of the named ASN.1 type and copies it.
    int done = object && PKCS12_add1_attr_by_txt(bag, type, V_ASN1_OBJECT, (const unsigned char *)object, -1) == 1;
    ASN1_OBJECT_free(object);
    return done;
}

OSSL_LIB_CTX *handfast_legacy_library_new(void) {
    OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
    // The context unloads its providers when it is freed.
    if (library && OSSL_PROVIDER_load(library, "default") && OSSL_PROVIDER_load(library, "legacy")) return library;
    OSSL_LIB_CTX_free(library);
    ERR_clear_error();
    return NULL;
}
