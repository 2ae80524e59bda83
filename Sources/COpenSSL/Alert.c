// SPDX-License-Identifier: Apache-2.0
#include "Alert.h"

#include <openssl/err.h>

// A record of application data that no key has encrypted, and more than the rest of any record of which OpenSSL has read
// the beginning: that one ends garbled then.
static const unsigned char garbled[5 + SSL3_RT_MAX_ENCRYPTED_LENGTH] = {0x17, 0x03, 0x03, 0x00, 0x20};

void handfast_send_alert(SSL *ssl) {
    BIO *source = BIO_new_mem_buf(garbled, sizeof garbled);
    if (!source) return;
    SSL_set0_rbio(ssl, source);
    // Requests that OpenSSL has read already come before the record.
    char discarded[1024];
    while (SSL_read(ssl, discarded, sizeof discarded) > 0) {}
    ERR_clear_error();
}
