// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/ssl.h>

// Has OpenSSL send the fatal alert bad_record_mac (RFC 8446 §6.2), by giving it a garbled record in place of what the
// peer sends. OpenSSL has no call for an alert of choice. The connection cannot be read afterwards.
void handfast_send_alert(SSL *ssl);
