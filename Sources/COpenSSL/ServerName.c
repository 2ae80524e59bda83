// SPDX-License-Identifier: Apache-2.0
// Which certificates a client gets is decided when its hello comes, before any session is looked for. In the later
// callback for the server's name a session would have been resumed already, under whatever name (CVE-2025-23419).
#include "ServerName.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

// RFC 1035 §2.3.4, without the final dot.
enum { HOST_MAX = 253 };

typedef struct {
    char *name; // a host, or a dot and the domain of a wildcard: no host begins with a dot
    SSL_CTX *context;
} Entry;

struct handfast_server_names {
    SSL_CTX *context; // the contexts own nothing of this, so no reference is taken
    EVP_MD *sha256;
    uint8_t session_context[SSL_MAX_SID_CTX_LENGTH];
    size_t count, capacity;
    Entry entries[];
};

handfast_server_names *handfast_server_names_new(SSL_CTX *context, const uint8_t session_context[SSL_MAX_SID_CTX_LENGTH], size_t capacity) {
    handfast_server_names *names = calloc(1, sizeof *names + capacity * sizeof(Entry));
    if (!names) return NULL;
    names->context = context;
    names->capacity = capacity;
    memcpy(names->session_context, session_context, sizeof names->session_context);
    names->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (names->sha256) return names;
    free(names);
    return NULL;
}

void handfast_server_names_free(handfast_server_names *names) {
    if (!names) return;
    for (size_t at = 0; at < names->count; at++) {
        free(names->entries[at].name);
        SSL_CTX_free(names->entries[at].context);
    }
    EVP_MD_free(names->sha256);
    free(names);
}

int handfast_server_names_add(handfast_server_names *names, const char *name, SSL_CTX *context) {
    if (names->count == names->capacity) return 0;
    Entry *entry = &names->entries[names->count];
    entry->name = strdup(name[0] == '*' ? name + 1 : name);
    if (!entry->name) return 0;
    SSL_CTX_up_ref(context);
    entry->context = context;
    names->count++;
    return 1;
}

// MARK: the client's hello

static int is_letter_or_digit(char byte) { return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9'); }

// The host that the client asks for, in lower case (RFC 4343). 0 where there is none that could be ours; what is malformed
// OpenSSL refuses when it reads the extension itself.
static size_t asked_host(SSL *ssl, char host[HOST_MAX + 1]) {
    const unsigned char *data = NULL;
    size_t count = 0;
    if (!SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &count) || count < 5) return 0;
    size_t list = (size_t)data[0] << 8 | data[1], length = (size_t)data[3] << 8 | data[4];
    if (list != count - 2 || data[2] != TLSEXT_NAMETYPE_host_name || length != count - 5) return 0;
    if (!length || length > HOST_MAX) return 0;
    for (size_t at = 0; at < length; at++) {
        char byte = (char)data[5 + at];
        if (byte >= 'A' && byte <= 'Z') byte = (char)(byte + ('a' - 'A'));
        if (!is_letter_or_digit(byte) && byte != '-' && byte != '_' && (byte != '.' || !at)) return 0;
        host[at] = byte;
    }
    host[length] = 0;
    return length;
}

static int by_name(const void *one, const void *other) {
    return strcmp(((const Entry *)one)->name, ((const Entry *)other)->name);
}

static SSL_CTX *context_of(const handfast_server_names *names, char *name) {
    Entry wanted = {.name = name};
    Entry *found = bsearch(&wanted, names->entries, names->count, sizeof wanted, by_name);
    return found ? found->context : NULL;
}

// RFC 6066 §3: a session of one name must not be resumed under another.
static int set_session_context(SSL *ssl, const handfast_server_names *names, const char *host, size_t length) {
    uint8_t text[SSL_MAX_SID_CTX_LENGTH + HOST_MAX], digest[SSL_MAX_SID_CTX_LENGTH];
    memcpy(text, names->session_context, sizeof names->session_context);
    memcpy(text + sizeof names->session_context, host, length);
    return EVP_Digest(text, sizeof names->session_context + length, digest, NULL, names->sha256, NULL) == 1
        && SSL_set_session_id_context(ssl, digest, sizeof digest) == 1;
}

// SSL_set_SSL_CTX gives the connection the other context's certificates (with their signature algorithms); everything
// else it keeps from its first context, as it keeps that one's sessions and tickets.
static int choose(SSL *ssl, int *alert, void *argument) {
    handfast_server_names *names = argument;
    char host[HOST_MAX + 1];
    size_t length = asked_host(ssl, host);
    SSL_CTX *context = NULL;
    if (length) {
        context = context_of(names, host);
        char *domain = context ? NULL : strchr(host, '.');
        if (domain) context = context_of(names, domain);
    }
    // Also where nothing is found: a second hello, after HelloRetryRequest, is decided anew.
    int done = SSL_set_SSL_CTX(ssl, context ? context : names->context) != NULL
        && (context ? set_session_context(ssl, names, host, length)
                    : SSL_set_session_id_context(ssl, names->session_context, sizeof names->session_context));
    if (done) return SSL_CLIENT_HELLO_SUCCESS;
    *alert = SSL_AD_INTERNAL_ERROR;
    return SSL_CLIENT_HELLO_ERROR;
}

// RFC 6066 §3: a name that was used is acknowledged, and another one is not an error.
static int acknowledge(SSL *ssl, int *alert, void *argument) {
    (void)alert;
    const handfast_server_names *names = argument;
    return SSL_get_SSL_CTX(ssl) == names->context ? SSL_TLSEXT_ERR_NOACK : SSL_TLSEXT_ERR_OK;
}

void handfast_server_names_install(handfast_server_names *names) {
    qsort(names->entries, names->count, sizeof(Entry), by_name);
    SSL_CTX_set_client_hello_cb(names->context, choose, names);
    SSL_CTX_set_tlsext_servername_callback(names->context, acknowledge);
    SSL_CTX_set_tlsext_servername_arg(names->context, names);
    for (size_t at = 0; at < names->count; at++) SSL_CTX_set_client_hello_cb(names->entries[at].context, choose, names);
}
