// SPDX-License-Identifier: Apache-2.0
#include "SentCertificates.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "CertificateForm.h"
#include "Channel.h"
#include "Session.h"

enum {
    // A path has at most three between the client and a registered CA; the rest is for clients that send a bundle.
    SENT_ALONG_MAX = 16,
    // As OpenSSL bounds the message (TLS/OpenSSLContext.swift).
    MESSAGE_MAX = 32 * 1024,
    // The bound of what a ticket carries: four certificates of RSA-4096 with long names.
    CHAIN_BYTES_MAX = 10000,
    // Steps from the client's certificate upwards, as in `ChainVerifier.depthMax`.
    PATH_MAX_LENGTH = 4,
    LENGTH_BYTES = 3,
};

typedef struct {
    ByteRange der, issuer, subject;
    int is_seen, is_kept;
} Entry;

typedef struct {
    int count;
    int error;
    ByteRange leaf;
    size_t leaf_cost;
    ByteRange wanted; // the client's issuer, copied
    Entry along[SENT_ALONG_MAX];
    size_t used;
} Message;

static _Thread_local Message message;
static _Thread_local uint8_t *copies; // of what was sent along: libssl's buffer goes with the message

void handfast_sent_begin(void) {
    message.count = 0;
    message.error = X509_V_OK;
    message.leaf_cost = message.used = 0;
}

int handfast_sent_count(void) { return message.count; }

size_t handfast_parsed_cost(size_t der_count, size_t elements) {
    // Measured: OpenSSL keeps two copies of most bytes, some 40 bytes for an element, and 2.5 KiB for the rest and the key.
    return 2 * der_count + 40 * elements + 2560;
}

int handfast_leaf_fits(size_t cost) { return cost <= HANDFAST_PEER_BYTES_MAX; }

int handfast_leaf_is_too_large(const uint8_t *der, size_t count) {
    CertificateOutline outline;
    // Another form is refused as such, whatever its size is.
    return handfast_outline_read(der, count, &outline) && !handfast_leaf_fits(handfast_parsed_cost(count, outline.elements));
}

// MARK: refusing

static int library;
static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static void load_reasons(void) {
    static ERR_STRING_DATA reasons[] = {
        {ERR_PACK(0, 0, REFUSED_FORM), "a certificate is not in DER"},
        {ERR_PACK(0, 0, REFUSED_SIZE), "a certificate is too large"},
        {ERR_PACK(0, 0, REFUSED_NUMBER), "too many certificates were sent along"},
        {0, NULL},
    };
    library = ERR_get_next_error_library();
    ERR_load_strings(library, reasons);
}

int handfast_refuse_certificate(CertificateError reason) {
    if (CRYPTO_THREAD_run_once(&once, load_reasons)) ERR_raise(library, (int)reason);
    return 0;
}

// MARK: taking

void handfast_sent_leaf(const uint8_t *der, size_t count, size_t cost, int error) {
    message.count = 1;
    message.leaf = (ByteRange){der, count};
    message.leaf_cost = cost;
    message.error = error;
}

static int copy(ByteRange *range) {
    // The names of one certificate besides, for the client's issuer.
    if (!copies && !(copies = malloc(2 * MESSAGE_MAX))) return 0;
    if (range->count > 2 * MESSAGE_MAX - message.used) return handfast_refuse_certificate(REFUSED_SIZE);
    memcpy(copies + message.used, range->bytes, range->count);
    range->bytes = copies + message.used;
    message.used += range->count;
    return 1;
}

static int is_empty(ByteRange name) { return name.count <= 2; }

// Where a path goes on above a certificate; nowhere above one that names itself or nobody.
static ByteRange next_of(const CertificateOutline *outline) {
    int ends = is_empty(outline->issuer)
        || (outline->issuer.count == outline->subject.count
            && !memcmp(outline->issuer.bytes, outline->subject.bytes, outline->issuer.count));
    return ends ? (ByteRange){NULL, 0} : outline->issuer;
}

int handfast_sent_along(const uint8_t *der, size_t count) {
    if (message.count > SENT_ALONG_MAX) return handfast_refuse_certificate(REFUSED_NUMBER);
    CertificateOutline outline;
    if (message.count == 1) {
        if (!handfast_outline_read(message.leaf.bytes, message.leaf.count, &outline))
            return handfast_refuse_certificate(REFUSED_FORM);
        message.wanted = next_of(&outline);
        if (!copy(&message.wanted)) return 0;
    }
    ByteRange whole = {der, count};
    if (!copy(&whole)) return 0;
    if (!handfast_outline_read(whole.bytes, whole.count, &outline)) return handfast_refuse_certificate(REFUSED_FORM);
    message.along[message.count - 1] = (Entry){.der = whole, .issuer = next_of(&outline), .subject = outline.subject};
    message.count++;
    return 1;
}

// MARK: keeping

// Marks what names lead to from the client's certificate upwards, the nearest first, as far as there is room.
static size_t mark_paths(size_t room) {
    size_t along = (size_t)message.count - 1, used = 0;
    ByteRange wanted[SENT_ALONG_MAX + 1] = {message.wanted};
    size_t at = 0, end = 1;
    for (int step = 0; step < PATH_MAX_LENGTH; step++) {
        for (size_t level = end; at < level; at++) {
            for (size_t index = 0; index < along && wanted[at].count; index++) {
                Entry *entry = &message.along[index];
                if (entry->is_seen || !handfast_names_are_alike(entry->subject, wanted[at])) continue;
                entry->is_seen = 1;
                wanted[end++] = entry->issuer;
                if (entry->der.count + LENGTH_BYTES > room - used) continue;
                entry->is_kept = 1;
                used += entry->der.count + LENGTH_BYTES;
            }
        }
    }
    return used;
}

// Each one after its length in three bytes. They ride in the session: OpenSSL's tickets keep only the client's own
// certificate, and a chain could not be checked again after resumption.
static int keep_paths(SSL_SESSION *session) {
    size_t room = HANDFAST_PEER_BYTES_MAX - message.leaf_cost;
    if (!mark_paths(room < CHAIN_BYTES_MAX ? room : CHAIN_BYTES_MAX)) return 1;
    uint8_t kept[CHAIN_BYTES_MAX];
    size_t count = 0;
    for (int at = 0; at + 1 < message.count; at++) {
        const Entry *entry = &message.along[at];
        if (!entry->is_kept) continue;
        kept[count++] = (uint8_t)(entry->der.count >> 16);
        kept[count++] = (uint8_t)(entry->der.count >> 8);
        kept[count++] = (uint8_t)entry->der.count;
        memcpy(kept + count, entry->der.bytes, entry->der.count);
        count += entry->der.count;
    }
    return SSL_SESSION_set1_ticket_appdata(session, kept, count);
}

// libssl has parsed the certificates itself, where its calls are not bound to ours: the same bounds, only later.
static int take_again(const STACK_OF(X509) *sent) {
    handfast_sent_begin();
    unsigned char *leaf = NULL;
    int length = i2d_X509(sk_X509_value(sent, 0), &leaf);
    CertificateOutline outline;
    int done = length > 0 && handfast_outline_read(leaf, (size_t)length, &outline);
    if (done) {
        size_t cost = handfast_parsed_cost((size_t)length, outline.elements);
        int is_taken = handfast_key_form(outline.key, HANDFAST_RSA_BITS_MAX) == KEY_IS_TAKEN;
        handfast_sent_leaf(leaf, (size_t)length, cost, is_taken ? X509_V_OK : X509_V_ERR_EE_KEY_TOO_SMALL);
        done = handfast_leaf_fits(cost);
    }
    for (int at = 1; done && at < sk_X509_num(sent); at++) {
        unsigned char *der = NULL;
        length = i2d_X509(sk_X509_value(sent, at), &der);
        done = length > 0 && handfast_sent_along(der, (size_t)length);
        OPENSSL_free(der);
    }
    OPENSSL_free(leaf);
    return done;
}

int handfast_sent_settle(SSL *ssl, STACK_OF(X509) *sent) {
    if (message.count != sk_X509_num(sent) && !take_again(sent)) return X509_V_ERR_CERT_CHAIN_TOO_LONG;
    if (message.error != X509_V_OK) return message.error;
    handfast_channel *channel = handfast_channel_of(SSL_get_rbio(ssl));
    if (channel) channel->peer_bytes = (uint32_t)message.leaf_cost;
    if (sk_X509_num(sent) == 1) return X509_V_OK;
    if (!keep_paths(SSL_get_session(ssl))) return X509_V_ERR_OUT_OF_MEM;
    while (sk_X509_num(sent) > 1) X509_free(sk_X509_pop(sent));
    (void)sk_X509_reserve(sent, 0); // gives the room back
    return X509_V_OK;
}
